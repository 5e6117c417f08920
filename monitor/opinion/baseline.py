"""What is usual of one watchlist on one platform, by the hours of the last four weeks as they were.

Its caller leaves out hours in which something was going on, and outages, so that neither becomes usual. How
hours say what is usual is in ``monitor.opinion.profile``; between the middles of hours the rate is
interpolated (derived).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from math import sqrt

from monitor.opinion.hours import COLUMNS, HOUR_MS, REMEMBERED_HOURS, Hour, RecentHours, slot_of_week
from monitor.opinion.profile import LEAST_DISPERSION, Profile, Usual

_RENEWED_HOURS = 6


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
        self._recent = RecentHours(self.hours, zone)
        self._newest = max(self.hours, default=-1)
        self._until = -1
        self._profile: Profile | None = None

    def learn(self, number: int, counts: Hour) -> None:
        """Remember a whole hour."""
        self.learn_all({number: counts})

    def learn_all(self, hours: Mapping[int, Hour]) -> None:
        """Remember whole hours; together they cost little more than one."""
        self._recent.put(hours)
        for number, counts in hours.items():
            self.hours[number] = counts
            self._newest = max(self._newest, number)
            if number < self._until:
                self._until = -1
            if len(self.hours) > REMEMBERED_HOURS:
                self._forget()

    def most(self, at: int) -> int:
        """Records of the fullest hour of those that say what is usual at a moment; 0 without any."""
        return int(self._recent.until(_until(at))[COLUMNS.index("records")].max(initial=0))

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
        return LEAST_DISPERSION if profile is None else profile.dispersion

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

    def _known(self, at: int) -> Profile | None:
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

    def _learnt(self, until: int) -> Profile | None:
        columns = self._recent.until(until)
        if columns.shape[1] < self._history_hours:
            return None
        return Profile(columns, hour_profile=self._hour_profile)

    def _rate(self, profile: Profile, at: int) -> float:
        before, part = divmod(at - HOUR_MS // 2, HOUR_MS)
        ahead = part / HOUR_MS
        return self._in_hour(profile, before) * (1 - ahead) + self._in_hour(profile, before + 1) * ahead

    def _in_hour(self, profile: Profile, number: int) -> float:
        weekday, hour = slot_of_week(number, self._zone)
        return profile.rates[hour] * profile.weekdays[weekday]


def renewed_after(at: int) -> int:
    """When what is usual is renewed next, after a moment."""
    return (_until(at) + _RENEWED_HOURS) * HOUR_MS


def _until(at: int) -> int:
    """The hour up to which hours say what is usual at a moment."""
    return at // HOUR_MS // _RENEWED_HOURS * _RENEWED_HOURS
