"""What some weeks of hours say is usual: rates by hour of the day, factors of weekdays, noise and shares.

Derived: an hour of the day is the mean of its days, each cut at ``median + 2.5 x max(1.4826 x MAD,
sqrt(median + 1))`` (the scale of Rousseeuw and Croux 1993), shrunk towards its neighbours by the weight of
one day. The factor of a weekday is the mean ratio of its days to that profile, shrunk towards 1 by the
weight of two days.
What remains is noise beyond Poisson, ``variance = mean + dispersion x mean**2`` (negative binomial), by the
method of moments.
"""

from __future__ import annotations

from functools import cached_property
from statistics import median

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.opinion.hours import COLUMNS, Column

LEAST_DISPERSION = 0.02
_CUT, _NOISE = 2.5, 1.4826
_NEIGHBOURS_WEIGHT, _WEEKDAY_WEIGHT = 1.0, 2.0
_LEAST_TEXTS_OF_DAY = 20
_HOURS_OF_DAY, _DAYS_OF_WEEK = 24, 7
_STRETCH = 2.0**44

Counts = NDArray[np.float64]
"""A count of each hour (hours,)."""


class Usual(msgspec.Struct, frozen=True, gc=False):
    """A share that is usual, and how far days lie around it (a scaled median deviation)."""

    share: float
    spread: float


class Profile:
    """``rates`` per hour of the day and ``weekdays`` factors; noise and shares when they are asked for.

    ``columns`` hold, of each hour that says what is usual, what ``COLUMNS`` names.
    """

    def __init__(self, columns: Column, *, hour_profile: bool) -> None:
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
        return max(LEAST_DISPERSION, excess / squares if squares else 0.0)

    @cached_property
    def negative(self) -> Usual | None:
        return self._share("negative", "scored")

    @cached_property
    def angry(self) -> Usual | None:
        return self._share("angry", "known")

    def _share(self, part: str, whole: str) -> Usual | None:
        number, parts, wholes = (self._columns[COLUMNS.index(name)] for name in ("number", part, whole))
        return _share(parts, wholes, number // _HOURS_OF_DAY)


def _cut(counts: Counts, hour: Column) -> Counts:
    """Counts, those far above the others of their hour of the day cut."""
    middles = _middles(counts, hour)
    deviations = _middles(np.abs(counts - middles[hour]), hour)
    limits = middles + _CUT * np.maximum(_NOISE * deviations, np.sqrt(middles + 1))
    cut: Counts = np.minimum(counts, limits[hour])
    return cut


def _middles(values: Counts, hour: Column) -> Counts:
    """The median of each hour of the day; of an hour without values, 0.

    Each hour has a stretch of the number line of its own, far longer than any count: one sort serves all.
    """
    ordered = np.sort(values + hour * _STRETCH)
    days = np.bincount(hour, minlength=_HOURS_OF_DAY)
    first, last = np.cumsum(days) - days, len(ordered) - 1
    below, above = first + np.maximum(days - 1, 0) // 2, first + days // 2
    middles: Counts = (ordered[np.minimum(below, last)] + ordered[np.minimum(above, last)]) / 2
    return np.where(days > 0, middles - np.arange(_HOURS_OF_DAY) * _STRETCH, 0.0)


def _rates(cut: Counts, hour: Column) -> list[float]:
    sums = np.bincount(hour, cut, minlength=_HOURS_OF_DAY).tolist()
    days = np.bincount(hour, minlength=_HOURS_OF_DAY).tolist()
    overall = float(cut.mean())
    means = [sums[at] / days[at] if days[at] else overall for at in range(_HOURS_OF_DAY)]
    rates = []
    for at, own in enumerate(means):
        beside = (means[at - 1] + means[(at + 1) % _HOURS_OF_DAY]) / 2
        rates.append((own * days[at] + beside * _NEIGHBOURS_WEIGHT) / (days[at] + _NEIGHBOURS_WEIGHT))
    return rates


def _weekdays(cut: Counts, usual: Counts, day: Column, weekday: Column) -> list[float]:
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


def _share(parts: Column, wholes: Column, day: Column) -> Usual | None:
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
