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
from functools import cached_property, lru_cache
from math import sqrt
from statistics import median

import msgspec
import numpy as np
from numpy.typing import NDArray

HOUR_MS = 3_600_000
REMEMBERED_HOURS = 28 * 24
_RENEWED_HOURS = 6
_CUT, _NOISE, _LEAST_DISPERSION = 2.5, 1.4826, 0.02
_NEIGHBOURS_WEIGHT, _WEEKDAY_WEIGHT = 1.0, 2.0
_LEAST_TEXTS_OF_DAY = 20
_HOURS_OF_DAY, _DAYS_OF_WEEK = 24, 7
_STRETCH = 2.0**44

_COLUMNS = ("number", "weekday", "hour", "records", "scored", "negative", "known", "angry")
_RECORDS = _COLUMNS.index("records")
_NO_HOUR = -(1 << 62)

Counts = NDArray[np.float64]
Places = NDArray[np.int64]


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


class _Profile:
    """``rates`` per hour of the day and ``weekdays`` factors; noise and shares when they are asked for.

    ``columns`` hold, of each hour that says what is usual, what ``_COLUMNS`` names.
    """

    def __init__(self, columns: Places, *, hour_profile: bool) -> None:
        self._columns = columns
        numbers, self._weekday, self._hour, records = columns[:4]
        hour = self._hour
        self._cut = cut = _cut(records.astype(np.float64), hour)
        self.rates = _rates(cut, hour) if hour_profile else [float(cut.mean())] * _HOURS_OF_DAY
        self._usual = np.array(self.rates)[hour]
        # Local days: the hours since the last local midnight share one number.
        self.weekdays = _weekdays(cut, self._usual, numbers - hour, self._weekday)

    @cached_property
    def peak(self) -> float:
        return max(self.rates) * max(self.weekdays)

    @cached_property
    def dispersion(self) -> float:
        usual = self._usual * np.array(self.weekdays)[self._weekday]
        squares = float((usual * usual).sum())
        excess = float(((self._cut - usual) ** 2 - usual).sum())
        return max(_LEAST_DISPERSION, excess / squares if squares else 0.0)

    @cached_property
    def negative(self) -> Usual | None:
        return self._share("negative", "scored")

    @cached_property
    def angry(self) -> Usual | None:
        return self._share("angry", "known")

    def _share(self, part: str, whole: str) -> Usual | None:
        number, parts, wholes = (self._columns[_COLUMNS.index(name)] for name in ("number", part, whole))
        return _share(parts, wholes, number // _HOURS_OF_DAY)


class _Recent:
    """The columns of the last hours, each at the place of its number: in one copy what is usual is read."""

    def __init__(self, hours: Mapping[int, Hour], zone: tzinfo) -> None:
        self._zone = zone
        self._columns = np.full((len(_COLUMNS), 2 * REMEMBERED_HOURS), _NO_HOUR, dtype=np.int64)
        for number in sorted(hours):
            self.put(number, hours[number])

    def put(self, number: int, counts: Hour) -> None:
        """Remember an hour, instead of the one that many places before."""
        place = number % (2 * REMEMBERED_HOURS)
        if self._columns[0, place] <= number:
            weekday, hour = _slot(number, self._zone)
            self._columns[:, place] = (number, weekday, hour, *msgspec.structs.astuple(counts))

    def until(self, number: int) -> Places:
        """The columns of the remembered hours before one, in order."""
        first = number - REMEMBERED_HOURS
        place, size = first % (2 * REMEMBERED_HOURS), 2 * REMEMBERED_HOURS
        behind = max(0, place + REMEMBERED_HOURS - size)
        found = self._columns[:, place : place + REMEMBERED_HOURS]
        if behind:
            found = np.concatenate([found, self._columns[:, :behind]], axis=1)
        return found[:, found[0] == np.arange(first, number)]


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
        self._recent = _Recent(self.hours, zone)
        self._newest = max(self.hours, default=-1)
        self._until = -1
        self._profile: _Profile | None = None

    def learn(self, number: int, counts: Hour) -> None:
        """Remember a whole hour."""
        self.hours[number] = counts
        self._recent.put(number, counts)
        self._newest = max(self._newest, number)
        if number < self._until:
            self._until = -1
        if len(self.hours) > REMEMBERED_HOURS:
            self._forget()

    def most(self, at: int) -> int:
        """Records of the fullest hour of those that say what is usual at a moment; 0 without any."""
        return int(self._recent.until(_until(at))[_RECORDS].max(initial=0))

    def expected(self, start: int, end: int, *, as_of: int | None = None) -> float | None:
        """Records that are usual in ``[start, end)``, as it was known then or at ``as_of``.

        None: not enough history.
        """
        profile = self._known(end if as_of is None else as_of)
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
        return profile.peak if profile else None

    def dispersion(self, at: int) -> float:
        """Noise beyond Poisson: ``variance = mean + dispersion x mean**2``."""
        profile = self._known(at)
        return _LEAST_DISPERSION if profile is None else profile.dispersion

    def deviation(self, expected: float, at: int) -> float:
        """The standard deviation of a count whose mean is ``expected``."""
        return sqrt(expected + self.dispersion(at) * expected * expected)

    def negative(self, at: int) -> Usual | None:
        """The usual share of negative texts; None: not enough history."""
        profile = self._known(at)
        return profile.negative if profile else None

    def angry(self, at: int) -> Usual | None:
        """The usual share of angry texts; None: not enough history."""
        profile = self._known(at)
        return profile.angry if profile else None

    def _known(self, at: int) -> _Profile | None:
        until = _until(at)
        if until != self._until:
            self._until = until
            self._profile = self._learnt(until)
        return self._profile

    def _forget(self) -> None:
        """Forget what is older than four weeks; mostly that is one hour."""
        oldest = self._newest - REMEMBERED_HOURS
        self.hours.pop(oldest, None)
        if len(self.hours) > REMEMBERED_HOURS:
            for old in [number for number in self.hours if number <= oldest]:
                del self.hours[old]

    def _learnt(self, until: int) -> _Profile | None:
        columns = self._recent.until(until)
        if columns.shape[1] < self._history_hours:
            return None
        return _Profile(columns, hour_profile=self._hour_profile)

    def _rate(self, profile: _Profile, at: int) -> float:
        before, part = divmod(at - HOUR_MS // 2, HOUR_MS)
        ahead = part / HOUR_MS
        return self._in_hour(profile, before) * (1 - ahead) + self._in_hour(profile, before + 1) * ahead

    def _in_hour(self, profile: _Profile, number: int) -> float:
        weekday, hour = _slot(number, self._zone)
        return profile.rates[hour] * profile.weekdays[weekday]


def renewed_after(at: int) -> int:
    """When what is usual is renewed next, after a moment."""
    return (_until(at) + _RENEWED_HOURS) * HOUR_MS


def _until(at: int) -> int:
    """The hour up to which hours say what is usual at a moment."""
    return at // HOUR_MS // _RENEWED_HOURS * _RENEWED_HOURS


@lru_cache(maxsize=65_536)
def _slot(number: int, zone: tzinfo) -> tuple[int, int]:
    """Weekday (Monday is 0) and hour of the day of an hour."""
    moment = datetime.fromtimestamp(number * 3_600, zone)
    return moment.weekday(), moment.hour


def _cut(counts: Counts, hour: Places) -> Counts:
    """Counts, those far above the others of their hour of the day cut."""
    middles = _middles(counts, hour)
    deviations = _middles(np.abs(counts - middles[hour]), hour)
    limits = middles + _CUT * np.maximum(_NOISE * deviations, np.sqrt(middles + 1))
    cut: Counts = np.minimum(counts, limits[hour])
    return cut


def _middles(values: Counts, hour: Places) -> Counts:
    """The median of each hour of the day; of an hour without values, any number.

    Each hour has a stretch of the number line of its own, far longer than any count: one sort serves all.
    """
    ordered = np.sort(values + hour * _STRETCH)
    days = np.bincount(hour, minlength=_HOURS_OF_DAY)
    first, last = np.cumsum(days) - days, len(ordered) - 1
    below, above = first + np.maximum(days - 1, 0) // 2, first + days // 2
    middles: Counts = (ordered[np.minimum(below, last)] + ordered[np.minimum(above, last)]) / 2
    return middles - np.arange(_HOURS_OF_DAY) * _STRETCH


def _rates(cut: Counts, hour: Places) -> list[float]:
    sums = np.bincount(hour, cut, minlength=_HOURS_OF_DAY).tolist()
    days = np.bincount(hour, minlength=_HOURS_OF_DAY).tolist()
    overall = float(cut.mean())
    means = [sums[at] / days[at] if days[at] else overall for at in range(_HOURS_OF_DAY)]
    rates = []
    for at, own in enumerate(means):
        beside = (means[at - 1] + means[(at + 1) % _HOURS_OF_DAY]) / 2
        rates.append((own * days[at] + beside * _NEIGHBOURS_WEIGHT) / (days[at] + _NEIGHBOURS_WEIGHT))
    return rates


def _weekdays(cut: Counts, usual: Counts, day: Places, weekday: Places) -> list[float]:
    """``usual``, ``day`` and ``weekday`` are those of each hour in ``cut``; days stand in order."""
    new = np.diff(day, prepend=day[0] - 1) != 0
    firsts, places = np.flatnonzero(new), np.cumsum(new) - 1
    counted, expected = np.bincount(places, cut), np.bincount(places, usual)
    known = expected > 0
    of_day = weekday[firsts][known]
    sums = np.bincount(of_day, counted[known] / expected[known], minlength=_DAYS_OF_WEEK)
    days = np.bincount(of_day, minlength=_DAYS_OF_WEEK)
    factors: list[float] = ((sums + _WEEKDAY_WEIGHT) / (days + _WEEKDAY_WEIGHT)).tolist()
    return factors


def _share(parts: Places, wholes: Places, day: Places) -> Usual | None:
    """The median of the shares of days; of all together where days hold too few texts."""
    place = day - day[0]
    part, whole = np.bincount(place, parts), np.bincount(place, wholes)
    enough = whole >= _LEAST_TEXTS_OF_DAY
    shares: list[float] = (part[enough] / whole[enough]).tolist()
    if len(shares) >= 3:
        middle = median(shares)
        return Usual(middle, _NOISE * median(abs(share - middle) for share in shares))
    texts = float(whole.sum())
    if texts < 3 * _LEAST_TEXTS_OF_DAY:
        return None
    return Usual(float(part.sum()) / texts, 0.0)
