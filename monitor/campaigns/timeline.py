"""A target over time while a campaign is at work there: all its records, and the campaign's, by moments.

Moments are ten minutes long at first. When they would be more than ``MOMENTS``, they become longer: the whole
course stays, from the hour before the campaign on, only coarser.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from monitor.campaigns.port import Moment

MOMENTS = 48
LEAD_MS = 3_600_000
"""So long before the campaign's first record a timeline begins, as far as the records are remembered."""
_LEAST = 10
"""With fewer records before, nobody knows what is usual."""
_MINUTE_MS = 60_000
_STEPS_MS = tuple(minutes * _MINUTE_MS for minutes in (10, 30, 60, 180, 360, 720, 1_440))
USUAL_MS = _STEPS_MS[0]
"""What is usual is told for so long."""


class Timeline(msgspec.Struct, gc=False):
    """``counts`` are records, and the campaign's, of each moment by its number since the epoch.

    Records from ``since`` on (event-time milliseconds) are counted; None before the first.
    """

    step_ms: int = _STEPS_MS[0]
    since: int | None = None
    counts: dict[int, list[int]] = {}

    def copy(self) -> Timeline:
        """As it is now; what happens to either does not change the other."""
        counts = {at: counted.copy() for at, counted in self.counts.items()}
        return msgspec.structs.replace(self, counts=counts)

    def look_back(self, times: Iterable[int], remembered: int, first: int) -> None:
        """Count records at ``times`` up to where counting began, from the campaign's ``first`` on at least.

        Before it whole moments are counted: what was ``remembered`` only in part would look quiet.
        """
        since = min(first, -(-remembered // self.step_ms) * self.step_ms)
        for at in times:
            if since <= at and (self.since is None or at < self.since):
                self._moment(at)[0] += 1
        self.since = since if self.since is None else min(since, self.since)

    def note(self, at: int) -> None:
        """Count one record of the target."""
        if self.since is not None and at >= self.since:
            self._moment(at)[0] += 1

    def add(self, at: int) -> None:
        """Count one record of the campaign (that of the target is counted by ``note``)."""
        self._moment(at)[1] += 1

    def moments(self) -> tuple[Moment, ...]:
        """From the first to the last, those without a record too."""
        if not self.counts:
            return ()
        empty = [0, 0]
        return tuple(
            Moment(number * self.step_ms, max(counted), counted[1], self.step_ms // _MINUTE_MS)
            for number in range(min(self.counts), max(self.counts) + 1)
            for counted in (self.counts.get(number, empty),)
        )

    def _moment(self, at: int) -> list[int]:
        counted = self.counts.get(at // self.step_ms)
        if counted is None:
            self._make_room(at)
            counted = self.counts.setdefault(at // self.step_ms, [0, 0])
        return counted

    def _make_room(self, at: int) -> None:
        """Make moments longer until all and the one at ``at`` are few enough."""
        if not self.counts:
            return
        first = min(min(self.counts) * self.step_ms, at)
        last = max(max(self.counts) * self.step_ms, at)
        step = self.step_ms
        while last // step - first // step >= MOMENTS:
            step = next((longer for longer in _STEPS_MS if longer > step), 2 * step)
        if step == self.step_ms:
            return
        coarser: dict[int, list[int]] = {}
        for number, (records, members) in self.counts.items():
            counted = coarser.setdefault(number * self.step_ms // step, [0, 0])
            counted[0] += records
            counted[1] += members
        self.step_ms, self.counts = step, coarser


def usual_before(times: list[int], first: int, root_at: int, *, whole: bool) -> float | None:
    """Records of the target in ten minutes before ``first``, by what is remembered (``times``, ascending).

    ``whole`` says that these are all it ever had: then its root tells how long nobody wrote. None where fewer
    than ten records, or less than ten minutes, tell nothing.
    """
    before = [at for at in times if at < first]
    began = root_at if whole and 0 < root_at < first else (before[0] if len(before) >= _LEAST else first)
    return len(before) * USUAL_MS / (first - began) if first - began >= USUAL_MS else None
