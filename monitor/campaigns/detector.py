"""The detector of one slot: objects under watch, and what is forgotten first.

Nothing but the sightings enters a decision, and within ten minutes not even their order. An object seen once
is kept as its one sighting. Beyond the slot's bounds, objects seen once go first, then windows, both least
recently seen first; windows with an open campaign last, and then the campaign is closed, not lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.campaigns import life, settling
from monitor.campaigns.background import Background
from monitor.campaigns.lexicon import SHIPPED, Lexicon
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.settling import Settling
from monitor.campaigns.watch import Watch, Watching
from monitor.campaigns.window import LATENESS_MS, ObjectWindow

_MAX_STEP_MS = 21_600_000
_CONFIRMED = 3


class Bounds(msgspec.Struct, frozen=True):
    """How much one slot remembers: objects seen once, objects with a window, and records in windows."""

    once: int = 1_000
    windows: int = 250
    records: int = 4_000


class Counters(msgspec.Struct):
    """What a slot saw and forgot, since the beginning."""

    sightings: int = 0
    forgotten_once: int = 0
    forgotten_windows: int = 0
    campaigns_opened: int = 0
    campaigns_closed: int = 0
    campaigns_closed_early: int = 0


class Held(msgspec.Struct, frozen=True):
    """What a slot remembers now."""

    objects_seen_once: int
    windows: int
    records: int


class _Clock(msgspec.Struct, gc=False):
    """Event time that went by in a slot.

    Jumps (replay mixed with live traffic) do not count, and the clock follows a jump only after
    ``_CONFIRMED`` records in a row.
    """

    now: int = 0
    progress: int = 0
    astray: int = 0

    def see(self, at: int) -> None:
        step = at - self.now
        if abs(step) <= _MAX_STEP_MS:
            self.astray = 0
            if step > 0:
                self.now = at
                self.progress += step
            return
        self.astray += 1
        if self.astray >= _CONFIRMED or not self.now:
            self.now, self.astray = at, 0


class _Watched(msgspec.Struct, gc=False):
    """``acted`` is the slot's progress when the campaign last grew, ``seen`` when the object was seen."""

    watch: Watch
    settling: Settling | None = None
    acted: int = 0
    seen: int = 0


class _State(msgspec.Struct, gc=False):
    """Objects from the least to the most recently seen, ``unsettled`` those that may still change."""

    once: dict[str, Sighting]
    watched: dict[str, _Watched]
    counters: Counters
    open: dict[str, None]
    unsettled: dict[str, None]
    clock: _Clock
    records: int = 0


class SlotDetector:
    """The ``CampaignDetector`` of one slot; ``counters`` and ``open_campaigns`` are for metrics."""

    def __init__(
        self, background: Background, lexicon: Lexicon = SHIPPED, bounds: Bounds | None = None
    ) -> None:
        self._watching = Watching(background, lexicon)
        self._bounds = bounds or Bounds()
        self._state = _State({}, {}, Counters(), {}, {}, _Clock())

    @property
    def counters(self) -> Counters:
        """What was seen and forgotten."""
        return self._state.counters

    @property
    def held(self) -> Held:
        """What is remembered now."""
        state = self._state
        return Held(len(state.once), len(state.watched), state.records)

    @property
    def open_campaigns(self) -> int:
        """Campaigns that are open on objects of this slot."""
        return len(self._state.open)

    def see(self, sighting: Sighting) -> Sequence[CampaignRevision]:
        """Take one sighting; the revisions it causes (mostly none)."""
        state = self._state
        state.counters.sightings += 1
        state.clock.see(sighting.at)
        revisions = self._settle_quiet() if state.unsettled else []
        if state.open:
            revisions += self._close_silent()
        watched = state.watched.pop(sighting.object, None)
        if watched is None:
            first = state.once.pop(sighting.object, None)
            if first is None:
                state.once[sighting.object] = sighting
                self._forget_once()
                return revisions
            window = ObjectWindow(sighting.object, is_cascade=sighting.cascade == sighting.object)
            watched = _Watched(Watch(window))
            state.watched[sighting.object] = watched
            revisions += self._take(watched, first)
        else:
            state.watched[sighting.object] = watched
        revisions += self._take(watched, sighting)
        self._forget_windows(revisions)
        return revisions

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
        self._state = msgspec.msgpack.decode(snapshot, type=_State)

    def _take(self, watched: _Watched, sighting: Sighting) -> list[CampaignRevision]:
        state, watch = self._state, watched.watch
        if watched.settling is None:
            watch.stirred = False
            watched.settling = Settling(watch.copy())
        name = sighting.object
        state.unsettled.pop(name, None)
        state.unsettled[name] = None
        watched.seen = state.clock.progress
        watched.settling.note(sighting)
        before = len(watch.window.ring)
        records = 0 if watch.campaign is None else watch.campaign.record_count
        revisions = self._watching.see(watch, sighting)
        revisions += settling.proceed(watched.settling, watch, self._watching)
        if watch.campaign is not None and watch.campaign.record_count != records:
            watched.acted = state.clock.progress
        self._follow(watched, before, revisions)
        return revisions

    def _follow(self, watched: _Watched, records_before: int, revisions: Sequence[CampaignRevision]) -> None:
        """Keep the slot's books after something happened to an object."""
        state, watch = self._state, watched.watch
        state.records += len(watch.window.ring) - records_before
        for revision in revisions:
            state.counters.campaigns_opened += revision.revision == 0
            state.counters.campaigns_closed += revision.state == "closed"
        if watch.campaign is not None:
            state.open[watch.window.object] = None
        else:
            state.open.pop(watch.window.object, None)

    def _settle_quiet(self) -> list[CampaignRevision]:
        """Settle the objects on which nothing earlier can come any more."""
        state = self._state
        oldest = state.clock.progress - LATENESS_MS
        revisions: list[CampaignRevision] = []
        while state.unsettled:
            watched = state.watched[next(iter(state.unsettled))]
            if watched.seen >= oldest:
                break
            revisions += self._settle(watched)
        return revisions

    def _settle(self, watched: _Watched) -> list[CampaignRevision]:
        state = self._state
        unsettled, watched.settling = watched.settling, None
        state.unsettled.pop(watched.watch.window.object, None)
        if unsettled is None:
            return []
        before = len(watched.watch.window.ring)
        revisions = settling.finish(unsettled, watched.watch, self._watching)
        self._follow(watched, before, revisions)
        return revisions

    def _close(self, watched: _Watched) -> list[CampaignRevision]:
        revisions = self._settle(watched)
        if watched.watch.campaign is not None:
            before = len(watched.watch.window.ring)
            closed = [self._watching.close(watched.watch)]
            self._follow(watched, before, closed)
            revisions += closed
        return revisions

    def _close_silent(self) -> list[CampaignRevision]:
        """Close what was silent for long while event time went by on other objects."""
        state = self._state
        oldest = state.clock.progress - 2 * life.SILENCE_MS
        silent = [name for name in state.open if state.watched[name].acted < oldest]
        return [revision for name in silent for revision in self._close(state.watched[name])]

    def _forget_once(self) -> None:
        state = self._state
        while len(state.once) > self._bounds.once:
            del state.once[next(iter(state.once))]
            state.counters.forgotten_once += 1

    def _forget_windows(self, revisions: list[CampaignRevision]) -> None:
        state, bounds = self._state, self._bounds
        while len(state.watched) > bounds.windows or (
            state.records > bounds.records and len(state.watched) > 1
        ):
            quiet = (name for name in state.watched if name not in state.open)
            name = next(quiet, None) or next(iter(state.watched))
            watched = state.watched[name]
            if watched.watch.campaign is not None:
                state.counters.campaigns_closed_early += 1
                revisions += self._close(watched)
            state.unsettled.pop(name, None)
            del state.watched[name]
            state.records -= len(watched.watch.window.ring)
            state.counters.forgotten_windows += 1
