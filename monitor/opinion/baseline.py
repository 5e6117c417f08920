"""What is usual: volume by hour of the day and weekday, and shares, of one watchlist on one platform.

It remembers the hours of the last four weeks as they were. Its caller leaves out hours in which something
was going on, and outages, so that neither becomes usual.

Derived: an hour of the day is the mean of its days, each cut at ``median + 2.5 x max(1.4826 x MAD,
sqrt(median + 1))`` (the scale of Rousseeuw and Croux 1993), shrunk towards its neighbours by the weight of
one day. The factor of a weekday is the mean ratio of its days to that profile, shrunk towards 1 by the
weight of two days.
What remains is noise beyond Poisson, ``variance = mean + dispersion x mean**2`` (negative binomial), by the
method of moments. Between the middles of hours the rate is interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from math import sqrt
from statistics import median

import msgspec

HOUR_MS = 3_600_000
REMEMBERED_HOURS = 28 * 24
_RENEWED_HOURS = 6
_CUT, _NOISE, _LEAST_DISPERSION = 2.5, 1.4826, 0.02
_NEIGHBOURS_WEIGHT, _WEEKDAY_WEIGHT = 1.0, 2.0
_LEAST_TEXTS_OF_DAY = 20
_HOURS_OF_DAY, _DAYS_OF_WEEK = 24, 7


class Hour(msgspec.Struct, gc=False, array_like=True):
    """Counts of one hour: ``scored`` texts of certain label, ``known`` texts of known emotion."""

    records: int = 0
    scored: int = 0
    negative: int = 0
    known: int = 0
    angry: int = 0


class Usual(msgspec.Struct, frozen=True, gc=False):
    """A share that is usual, and how far days lie around it (a scaled median deviation)."""

    share: float
    spread: float


class _Profile(msgspec.Struct, frozen=True):
    """``rates`` per hour of the day, ``weekdays`` factors."""

    rates: list[float]
    weekdays: list[float]
    dispersion: float
    negative: Usual | None
    angry: Usual | None


class Baseline:
    """Learns whole hours, in any order; says what is usual, or that there is not enough history.

    Times are milliseconds since the epoch; hours are numbered from there, and told apart in ``zone``. What is
    usual follows from the hours up to the last quarter of a day, so that it stays the same within one.
    """

    def __init__(
        self,
        zone: tzinfo,
        history_days: float,
        *,
        hour_profile: bool = True,
        hours: Mapping[int, Hour] | None = None,
    ) -> None:
        """``history_days`` of hours are enough history; without ``hour_profile`` all hours are one."""
        self._zone = zone
        self._hour_profile = hour_profile
        self._history_hours = round(history_days * 24)
        self.hours: dict[int, Hour] = dict(hours or {})
        self._until = -1
        self._profile: _Profile | None = None

    def learn(self, number: int, counts: Hour) -> None:
        """Remember a whole hour."""
        self.hours[number] = counts
        if number < self._until:
            self._until = -1
        if len(self.hours) > REMEMBERED_HOURS:
            newest = max(self.hours)
            for old in [one for one in self.hours if one <= newest - REMEMBERED_HOURS]:
                del self.hours[old]

    def expected(self, start: int, end: int) -> float | None:
        """Records that are usual in ``[start, end)``; None: not enough history."""
        profile = self._known(end)
        if profile is None:
            return None
        total, at = 0.0, start
        while at < end:
            stop = min(end, at + HOUR_MS // 2)
            total += self._rate(profile, (at + stop) // 2) * (stop - at) / HOUR_MS
            at = stop
        return total

    def peak(self, at: int) -> float | None:
        """The most records that are usual in any hour; None: not enough history."""
        profile = self._known(at)
        return max(profile.rates) * max(profile.weekdays) if profile else None

    def deviation(self, expected: float, at: int) -> float:
        """The standard deviation of a count whose mean is ``expected``."""
        profile = self._known(at)
        dispersion = _LEAST_DISPERSION if profile is None else profile.dispersion
        return sqrt(expected + dispersion * expected * expected)

    def negative(self, at: int) -> Usual | None:
        """The usual share of negative texts; None: not enough history."""
        profile = self._known(at)
        return profile.negative if profile else None

    def angry(self, at: int) -> Usual | None:
        """The usual share of angry texts; None: not enough history."""
        profile = self._known(at)
        return profile.angry if profile else None

    def _known(self, at: int) -> _Profile | None:
        until = at // HOUR_MS // _RENEWED_HOURS * _RENEWED_HOURS
        if until != self._until:
            self._until = until
            self._profile = self._learnt(until)
        return self._profile

    def _learnt(self, until: int) -> _Profile | None:
        first = until - REMEMBERED_HOURS
        hours = {number: one for number, one in self.hours.items() if first <= number < until}
        if len(hours) < self._history_hours:
            return None
        slots = {number: _slot(number, self._zone) for number in hours}
        cut = _cut(hours, slots)
        rates = _rates(cut, slots) if self._hour_profile else [_mean(cut)] * _HOURS_OF_DAY
        weekdays = _weekdays(cut, slots, rates)
        usual = {number: rates[slots[number][1]] * weekdays[slots[number][0]] for number in cut}
        excess = sum((count - usual[number]) ** 2 - usual[number] for number, count in cut.items())
        squares = sum(mean * mean for mean in usual.values())
        return _Profile(
            rates,
            weekdays,
            max(_LEAST_DISPERSION, excess / squares if squares else 0.0),
            _share([(one.negative, one.scored, number) for number, one in hours.items()]),
            _share([(one.angry, one.known, number) for number, one in hours.items()]),
        )

    def _rate(self, profile: _Profile, at: int) -> float:
        before, part = divmod(at - HOUR_MS // 2, HOUR_MS)
        ahead = part / HOUR_MS
        return self._in_hour(profile, before) * (1 - ahead) + self._in_hour(profile, before + 1) * ahead

    def _in_hour(self, profile: _Profile, number: int) -> float:
        weekday, hour = _slot(number, self._zone)
        return profile.rates[hour] * profile.weekdays[weekday]


@lru_cache(maxsize=65_536)
def _slot(number: int, zone: tzinfo) -> tuple[int, int]:
    """Weekday (Monday is 0) and hour of the day of an hour."""
    moment = datetime.fromtimestamp(number * 3_600, zone)
    return moment.weekday(), moment.hour


_Slots = Mapping[int, tuple[int, int]]


def _cut(hours: Mapping[int, Hour], slots: _Slots) -> dict[int, float]:
    """Counts by hour, those far above the others of their hour of the day cut."""
    by_hour: list[list[int]] = [[] for _ in range(_HOURS_OF_DAY)]
    for number, one in hours.items():
        by_hour[slots[number][1]].append(one.records)
    limits = [_limit(counts) for counts in by_hour]
    return {number: min(float(one.records), limits[slots[number][1]]) for number, one in hours.items()}


def _limit(counts: list[int]) -> float:
    if not counts:
        return 0.0
    middle = median(counts)
    deviation = median(abs(count - middle) for count in counts)
    return middle + _CUT * max(_NOISE * deviation, sqrt(middle + 1))


def _rates(cut: Mapping[int, float], slots: _Slots) -> list[float]:
    sums, days = [0.0] * _HOURS_OF_DAY, [0] * _HOURS_OF_DAY
    for number, count in cut.items():
        hour = slots[number][1]
        sums[hour] += count
        days[hour] += 1
    overall = _mean(cut)
    means = [sums[hour] / days[hour] if days[hour] else overall for hour in range(_HOURS_OF_DAY)]
    rates = []
    for hour, own in enumerate(means):
        beside = (means[hour - 1] + means[(hour + 1) % _HOURS_OF_DAY]) / 2
        rates.append((own * days[hour] + beside * _NEIGHBOURS_WEIGHT) / (days[hour] + _NEIGHBOURS_WEIGHT))
    return rates


def _mean(cut: Mapping[int, float]) -> float:
    return sum(cut.values()) / max(1, len(cut))


def _weekdays(cut: Mapping[int, float], slots: _Slots, rates: list[float]) -> list[float]:
    seen: dict[int, list[float]] = {}
    for number, count in cut.items():
        weekday, hour = slots[number]
        # Local days: the hours since the last local midnight share one number.
        day = seen.setdefault((number - hour) * _DAYS_OF_WEEK + weekday, [0.0, 0.0])
        day[0] += count
        day[1] += rates[hour]
    ratios: list[list[float]] = [[] for _ in range(_DAYS_OF_WEEK)]
    for key, (count, usual) in seen.items():
        if usual > 0:
            ratios[key % _DAYS_OF_WEEK].append(count / usual)
    return [(sum(days) + _WEEKDAY_WEIGHT) / (len(days) + _WEEKDAY_WEIGHT) for days in ratios]


def _share(hours: list[tuple[int, int, int]]) -> Usual | None:
    """The median of the shares of days; of all together where days hold too few texts."""
    days: dict[int, list[int]] = {}
    for part, whole, number in hours:
        day = days.setdefault(number // _HOURS_OF_DAY, [0, 0])
        day[0] += part
        day[1] += whole
    shares = [part / whole for part, whole in days.values() if whole >= _LEAST_TEXTS_OF_DAY]
    if len(shares) >= 3:
        middle = median(shares)
        return Usual(middle, _NOISE * median(abs(share - middle) for share in shares))
    texts = sum(whole for _, whole in days.values())
    if texts < 3 * _LEAST_TEXTS_OF_DAY:
        return None
    return Usual(sum(part for part, _ in days.values()) / texts, 0.0)
