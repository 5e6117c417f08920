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

from collections.abc import Mapping, Sequence
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
    """``rates`` per hour of the day, ``weekdays`` factors, and shares when they are asked for."""

    def __init__(self, hours: Sequence[tuple[int, Hour]], zone: tzinfo, *, hour_profile: bool) -> None:
        self._hours = hours
        slots = [_slot(number, zone) for number, _ in hours]
        weekday, hour = np.array(slots).T
        cut = _cut(np.array([one.records for _, one in hours], dtype=np.float64), hour)
        self.rates = _rates(cut, hour) if hour_profile else [float(cut.mean())] * _HOURS_OF_DAY
        usual = np.array(self.rates)[hour]
        # Local days: the hours since the last local midnight share one number.
        day = np.array([number for number, _ in hours]) - hour
        self.weekdays = _weekdays(cut, usual, day, weekday)
        usual = usual * np.array(self.weekdays)[weekday]
        squares = float((usual * usual).sum())
        excess = float(((cut - usual) ** 2 - usual).sum())
        self.dispersion = max(_LEAST_DISPERSION, excess / squares if squares else 0.0)

    @cached_property
    def peak(self) -> float:
        return max(self.rates) * max(self.weekdays)

    @cached_property
    def negative(self) -> Usual | None:
        return _share([(one.negative, one.scored, number) for number, one in self._hours])

    @cached_property
    def angry(self) -> Usual | None:
        return _share([(one.angry, one.known, number) for number, one in self._hours])


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
        self._newest = max(self.hours, default=-1)
        self._until = -1
        self._profile: _Profile | None = None

    def learn(self, number: int, counts: Hour) -> None:
        """Remember a whole hour."""
        self.hours[number] = counts
        self._newest = max(self._newest, number)
        if number < self._until:
            self._until = -1
        if len(self.hours) > REMEMBERED_HOURS:
            self._forget()

    def most(self, at: int) -> int:
        """Records of the fullest hour of those that say what is usual at a moment; 0 without any."""
        until = _until(at)
        first = until - REMEMBERED_HOURS
        return max((one.records for number, one in self.hours.items() if first <= number < until), default=0)

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
        first = until - REMEMBERED_HOURS
        hours = sorted((number, one) for number, one in self.hours.items() if first <= number < until)
        if len(hours) < self._history_hours:
            return None
        return _Profile(hours, self._zone, hour_profile=self._hour_profile)

    def _rate(self, profile: _Profile, at: int) -> float:
        before, part = divmod(at - HOUR_MS // 2, HOUR_MS)
        ahead = part / HOUR_MS
        return self._in_hour(profile, before) * (1 - ahead) + self._in_hour(profile, before + 1) * ahead

    def _in_hour(self, profile: _Profile, number: int) -> float:
        weekday, hour = _slot(number, self._zone)
        return profile.rates[hour] * profile.weekdays[weekday]


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
    """The median of each hour of the day; of an hour without values, any number."""
    ordered = values[np.lexsort((values, hour))]
    days = np.bincount(hour, minlength=_HOURS_OF_DAY)
    first, last = np.cumsum(days) - days, len(ordered) - 1
    below, above = first + np.maximum(days - 1, 0) // 2, first + days // 2
    middles: Counts = (ordered[np.minimum(below, last)] + ordered[np.minimum(above, last)]) / 2
    return middles


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
    """``usual``, ``day`` and ``weekday`` are those of each hour in ``cut``."""
    _, firsts, places = np.unique(day * _DAYS_OF_WEEK + weekday, return_index=True, return_inverse=True)
    counted, expected = np.bincount(places, cut), np.bincount(places, usual)
    known = expected > 0
    of_day = weekday[firsts][known]
    sums = np.bincount(of_day, counted[known] / expected[known], minlength=_DAYS_OF_WEEK)
    days = np.bincount(of_day, minlength=_DAYS_OF_WEEK)
    factors: list[float] = ((sums + _WEEKDAY_WEIGHT) / (days + _WEEKDAY_WEIGHT)).tolist()
    return factors


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
