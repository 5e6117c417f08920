"""How a level follows a measure without flapping.

A level is entered at once, when the measure reaches its threshold; it is left only after the measure has lain
below ``stay`` times the threshold for as long as ``hold_ms``. So falls lie at least ``hold_ms`` behind the
event before, and a measure that swings within the band causes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.alerts.port import AlertState

CALM = -1
"""The level, as an index into ``LEVELS``, of what is no incident."""


class Bands(msgspec.Struct, frozen=True):
    """Thresholds of the levels from blue to red, for the measure and for the people behind it."""

    measure: Sequence[float]
    people: Sequence[float]
    stay: float
    hold_ms: int

    def entered(self, measure: float, people: float) -> int:
        """The gravest level whose thresholds are reached."""
        return self._gravest(measure, people, 1.0)

    def kept(self, measure: float, people: float) -> int:
        """The gravest level that is not left yet."""
        return self._gravest(measure, people, self.stay)

    def _gravest(self, measure: float, people: float, part: float) -> int:
        level = CALM
        for index, (least, crowd) in enumerate(zip(self.measure, self.people, strict=True)):
            if measure >= least * part and people >= crowd * part:
                level = index
        return level


class Incident(msgspec.Struct, gc=False, array_like=True):
    """The state of one rule at one place. Times are event time in milliseconds."""

    level: int = CALM
    peak: int = CALM
    began_at: int = 0
    below_since: int | None = None
    below: int = CALM

    def step(self, bands: Bands, measure: float, people: float, at: int) -> AlertState | None:
        """Follow the measure at a moment, later than the ones before; what happened, if anything."""
        entered = bands.entered(measure, people)
        if entered > self.level:
            opened = self.level == CALM
            if opened:
                self.began_at, self.peak = at, CALM
            self.level, self.peak, self.below_since = entered, max(self.peak, entered), None
            return "opened" if opened else "escalated"
        kept = bands.kept(measure, people)
        if kept >= self.level:
            self.below_since = None
            return None
        return self._fall(kept, bands.hold_ms, at)

    def fade(self, hold_ms: int, at: int) -> AlertState | None:
        """Follow, as ``step`` does, that nothing is measured at a moment."""
        return None if self.level == CALM else self._fall(CALM, hold_ms, at)

    def fades_at(self, hold_ms: int) -> int:
        """The moment before which nothing changes by ``fade``; 0: the next is not to be passed over."""
        return 0 if self.below_since is None else self.below_since + hold_ms

    def _fall(self, kept: int, hold_ms: int, at: int) -> AlertState | None:
        if self.below_since is None:
            self.below_since, self.below = at, kept
        self.below = max(self.below, kept)
        if at - self.below_since < hold_ms:
            return None
        self.level, self.below_since = self.below, None
        return "resolved" if self.level == CALM else "de-escalated"
