"""Simulated weeks at the level of figures: daily rhythm, weekends, news, fan events, incidents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp
from random import Random

import msgspec

from monitor.alerts.window import Cell
from monitor.opinion.figures import ANGRY, CERTAIN, KNOWN, NEGATIVE

MINUTE_MS, HOUR_MINUTES, DAY_MINUTES = 60_000, 60, 1_440
_REGULARS, _BY_REGULARS = 400, 0.1
START = 1_322_409_600_000
"""Monday 28 November 2011, midnight in Shanghai."""
PLATFORMS = (("sina_weibo", 0.7), ("tencent_weibo", 0.3))
# How much of an average hour is written at each hour of the day.
RHYTHM = (
    0.75, 0.45, 0.28, 0.18, 0.14, 0.16, 0.3, 0.55, 0.85, 1.1, 1.25, 1.3,
    1.4, 1.3, 1.2, 1.2, 1.2, 1.2, 1.2, 1.3, 1.5, 1.75, 1.7, 1.2,
)  # fmt: skip


class Happening(msgspec.Struct, frozen=True):
    """Something on one watchlist: ``factor`` times the usual volume, and another share of negative texts.

    ``start`` and ``minutes`` count from the start of the world; it grows for ``ramp`` minutes and fades.
    """

    kind: str
    watchlist: int
    start: int
    minutes: int
    ramp: int
    factor: float
    negative: float | None = None

    def strength(self, minute: int) -> float:
        """From 0 to 1 at its height."""
        passed = minute - self.start
        if not 0 <= passed < self.minutes:
            return 0.0
        if passed < self.ramp:
            return (passed + 1) / self.ramp
        return exp(-2.0 * (passed - self.ramp) / self.minutes)


class World:
    """``watchlists`` subjects over ``days`` days; ``hourly`` records an hour of the smallest and largest."""

    def __init__(
        self, seed: int, days: int, watchlists: int, hourly: tuple[float, float] = (15.0, 500.0)
    ) -> None:
        self._random = Random(seed)
        self.days = days
        smallest, largest = hourly
        self.rates = [
            smallest * (largest / smallest) ** (number / max(1, watchlists - 1))
            for number in range(watchlists)
        ]
        self._shares = [self._random.uniform(0.15, 0.4) for _ in self.rates]
        self._weekend = [self._random.uniform(0.7, 1.25) for _ in self.rates]
        authors = Random(seed)
        # As uniform as author hashes are: how many people there are is told from the smallest.
        self._regulars = [authors.getrandbits(63) for _ in range(_REGULARS)]
        self.happenings: list[Happening] = []

    def ordinary_life(self, news_a_day: float = 1.5, fans_a_day: float = 0.5) -> None:
        """News and fan events, which are no incidents."""
        random = self._random
        for _ in range(round(news_a_day * self.days)):
            minutes = random.randint(120, 360)
            self._happen("news", random.randrange(len(self.rates)), minutes, 30, random.uniform(1.3, 2.3))
        for _ in range(round(fans_a_day * self.days)):
            minutes = random.randint(60, 240)
            where = random.randrange(len(self.rates) // 5 + 1)
            self._happen("fans", where, minutes, 15, random.uniform(1.5, 3.0), 0.1)

    def incidents(self, first_day: int, count: int, watchlists: Sequence[int]) -> list[Happening]:
        """``count`` incidents by day, every third one a turn of opinion rather than of volume."""
        random = self._random
        found = []
        for number in range(count):
            day = random.randint(first_day - 1, self.days - 1)
            start = day * DAY_MINUTES + random.randint(8 * HOUR_MINUTES, 21 * HOUR_MINUTES)
            turn = number % 3 == 2
            factor = random.uniform(2.0, 3.0) if turn else random.uniform(6.0, 15.0)
            negative = random.uniform(0.75, 0.9) if turn else random.uniform(0.55, 0.75)
            where = watchlists[number % len(watchlists)]
            one = Happening("incident", where, start, random.randint(120, 300), 5, factor, negative)
            self.happenings.append(one)
            found.append(one)
        return found

    def bursts_at_night(self, first_day: int, count: int, watchlists: Sequence[int]) -> list[Happening]:
        """``count`` bursts of volume that begin between one and five at night; opinion stays as it is."""
        random = self._random
        found = []
        for number in range(count):
            day = random.randint(first_day - 1, self.days - 1)
            start = day * DAY_MINUTES + random.randint(1 * HOUR_MINUTES, 5 * HOUR_MINUTES)
            where = watchlists[number % len(watchlists)]
            factor = random.uniform(6.0, 15.0)
            one = Happening("incident", where, start, random.randint(60, 180), 5, factor)
            self.happenings.append(one)
            found.append(one)
        return found

    def _happen(
        self, kind: str, where: int, minutes: int, ramp: int, factor: float, negative: float | None = None
    ) -> None:
        start = self._random.randrange(self.days * DAY_MINUTES - minutes)
        self.happenings.append(Happening(kind, where, start, minutes, ramp, factor, negative))

    def cells(self, watchlist: int, step_seconds: int = 60) -> Iterator[tuple[str, int, Cell]]:
        """Platform, start and counts of every step of one watchlist in which something was written.

        A minute holds a whole number of steps.
        """
        step_ms = step_seconds * 1_000
        random = Random(f"{self.rates}{watchlist}{len(self.happenings)}")
        mine = [one for one in self.happenings if one.watchlist == watchlist]
        share, noise = self._shares[watchlist], 1.0
        for minute in range(self.days * DAY_MINUTES):
            if minute % HOUR_MINUTES == 0:
                noise = exp(random.gauss(0.0, 0.12))
            if minute % DAY_MINUTES == 0:
                share = min(max(self._shares[watchlist] + random.gauss(0.0, 0.02), 0.05), 0.6)
            rate = self._usual(watchlist, minute) * noise
            written = {
                platform: self._minute(random, rate * part, share, mine, minute, MINUTE_MS // step_ms)
                for platform, part in PLATFORMS
            }
            for step in range(MINUTE_MS // step_ms):
                for platform, cells in written.items():
                    if cells[step].records:
                        yield platform, START + minute * MINUTE_MS + step * step_ms, cells[step]

    def _usual(self, watchlist: int, minute: int) -> float:
        day, within = divmod(minute, DAY_MINUTES)
        hour, past = divmod(within, HOUR_MINUTES)
        ahead = past / HOUR_MINUTES
        rhythm = RHYTHM[hour] * (1 - ahead) + RHYTHM[(hour + 1) % 24] * ahead
        weekend = self._weekend[watchlist] if day % 7 >= 5 else 1.0
        return float(self.rates[watchlist] / HOUR_MINUTES * rhythm * weekend)

    def _minute(
        self, random: Random, rate: float, share: float, mine: list[Happening], minute: int, steps: int
    ) -> list[Cell]:
        cells = [Cell(0) for _ in range(steps)]
        self._write(random, cells, rate, share)
        for one in mine:
            strength = one.strength(minute)
            if strength:
                more = rate * (one.factor - 1) * strength
                self._write(random, cells, more, share if one.negative is None else one.negative)
        return cells

    def _write(self, random: Random, cells: list[Cell], rate: float, share: float) -> None:
        for _ in range(_poisson(random, rate)):
            cell = cells[int(random.random() * len(cells))]
            regular = random.random() < _BY_REGULARS
            author = random.choice(self._regulars) if regular else random.getrandbits(63)
            cell.records += 1
            cell.people.add(author)
            if random.random() < 0.8:
                negative = random.random() < share
                angry = negative and random.random() < 0.4
                cell.scored += 1
                cell.known += 1
                cell.negative += negative
                cell.angry += angry
                said = CERTAIN | KNOWN | negative * NEGATIVE | angry * ANGRY
                cell.heard[author] = cell.heard.get(author, 0) | said


def _poisson(random: Random, mean: float) -> int:
    if mean > 60:
        return max(0, round(random.gauss(mean, mean**0.5)))
    limit, count, product = exp(-mean), 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count
