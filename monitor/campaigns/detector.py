"""The detector of one slot: objects under watch, and what is forgotten first.

Nothing but the sightings enters a decision, and within ten minutes not even their order. An object seen once
is kept as its one sighting. Beyond the slot's bounds, objects seen once go first, then windows, both least
recently seen first; windows with an open campaign last, and then the campaign is closed, not lost.
Most of what is remembered is quiet: it lies packed until it is seen again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from monitor.campaigns import life, settling
from monitor.campaigns.background import Background
from monitor.campaigns.lexicon import SHIPPED, Lexicon
from monitor.campaigns.packing import pack, unpack
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.settling import Settling
from monitor.campaigns.watch import Watch, Watching
from monitor.campaigns.window import LATENESS_MS, ObjectWindow

_MAX_STEP_MS = 21_600_000
_CONFIRMED = 3
_ANOTHER_TIME_MS = 24 * life.SILENCE_MS
_LAYOUT: Final = 2


class Bounds(msgspec.Struct, frozen=True):
    """How much one slot remembers: objects seen once, objects with a window, and records in windows.

    Of these the records in quiet windows that are ``ready`` lie as objects, the others packed; ``unsettled``
    sightings of the last ten minutes can still be brought in order, beyond them objects settle early.
    """

    once: int = 1_000
    windows: int = 250
    records: int = 4_000
    ready: int = 400
    unsettled: int = 4_000


class Counters(msgspec.Struct):
    """What a slot saw and forgot, since the beginning."""

    sightings: int = 0
    forgotten_once: int = 0
    forgotten_windows: int = 0
    campaigns_opened: int = 0
    campaigns_closed: int = 0
    campaigns_closed_early: int = 0


class Held(msgspec.Struct, frozen=True):
    """What a slot remembers now; ``unsettled`` sightings may still be brought into another order."""

    objects_seen_once: int
    windows: int
    records: int
    unsettled: int


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
    """An object's watch, what it is ``packed`` as, or both while they are the same; and the records it holds.

    ``acted`` is the slot's progress when the campaign last grew, ``seen`` when the object was seen;
    ``acted_at`` is about when, in event time.
    """

    watch: Watch | None
    packed: bytes = b""
    held: int = 0
    settling: Settling | None = None
    acted: int = 0
    seen: int = 0
    acted_at: int = 0

    def unpacked(self) -> Watch:
        """The watch as objects; whoever changes it says so by ``change``."""
        if self.watch is None:
            self.watch = unpack(self.packed)
        return self.watch

    def change(self) -> Watch:
        """The watch as objects that are about to change: what it was packed as holds no more."""
        watch = self.unpacked()
        self.packed = b""
        return watch

    def pack(self) -> None:
        """Lie packed only, from now on."""
        self.pack_too()
        self.watch = None

    def pack_too(self) -> None:
        """Lie packed also; what did not change since is not packed again."""
        if self.watch is not None and not self.packed:
            self.packed = pack(self.watch)
        if self.settling is not None:
            self.settling.pack()

    def as_written(self) -> _Watched:
        """The same as it is written."""
        if self.watch is None and self.settling is None:
            return self
        self.pack_too()
        return _Watched(None, self.packed, self.held, self.settling, self.acted, self.seen, self.acted_at)


class _State(msgspec.Struct, gc=False):
    """Objects from the least to the most recently seen; those seen once as the encoding of a sighting.

    ``unsettled`` are those that may still change, ``ready`` those that may not and are not packed yet.
    ``layout`` changes with what is packed, so that what another version of this program packed is not read.
    """

    layout: Literal[2]
    once: dict[str, bytes]
    watched: dict[str, _Watched]
    counters: Counters
    open: dict[str, None]
    unsettled: dict[str, None]
    clock: _Clock
    records: int = 0
    unsettled_sightings: int = 0
    ready: dict[str, None] = {}
    ready_records: int = 0


_ENCODER = msgspec.msgpack.Encoder()
_SIGHTING = msgspec.msgpack.Decoder(Sighting)
_STATE = msgspec.msgpack.Decoder(_State)


class SlotDetector:
    """The ``CampaignDetector`` of one slot; ``counters`` and ``open_campaigns`` are for metrics."""

    def __init__(
        self, background: Background, lexicon: Lexicon = SHIPPED, bounds: Bounds | None = None
    ) -> None:
        self._watching = Watching(background, lexicon)
        self._bounds = bounds or Bounds()
        self._state = _State(_LAYOUT, {}, {}, Counters(), {}, {}, _Clock())
        self._quiet_until = 0

    @property
    def counters(self) -> Counters:
        """What was seen and forgotten."""
        return self._state.counters

    @property
    def held(self) -> Held:
        """What is remembered now."""
        state = self._state
        return Held(len(state.once), len(state.watched), state.records, state.unsettled_sightings)

    @property
    def open_campaigns(self) -> int:
        """Campaigns that are open on objects of this slot."""
        return len(self._state.open)

    def see(self, sighting: Sighting) -> Sequence[CampaignRevision]:
        """Take one sighting; the revisions it causes (mostly none)."""
        state = self._state
        state.counters.sightings += 1
        state.clock.see(sighting.at)
        revisions: list[CampaignRevision] = []
        if state.clock.progress > self._quiet_until:
            revisions += self._settle_quiet()
        if state.open:
            revisions += self._close_silent()
        watched = state.watched.pop(sighting.object, None)
        if watched is None:
            first = state.once.pop(sighting.object, None)
            if first is None:
                state.once[sighting.object] = _ENCODER.encode(sighting)
                self._forget_once()
                return revisions
            window = ObjectWindow(sighting.object, is_cascade=sighting.cascade == sighting.object)
            watched = _Watched(Watch(window))
            state.watched[sighting.object] = watched
            revisions += self._take(watched, _SIGHTING.decode(first))
        else:
            state.watched[sighting.object] = watched
        revisions += self._take(watched, sighting)
        if state.unsettled_sightings > self._bounds.unsettled:
            revisions += self._settle_early()
        self._forget_windows(revisions)
        return revisions

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""
        state = self._state
        watched = {name: one.as_written() for name, one in state.watched.items()}
        return _ENCODER.encode(msgspec.structs.replace(state, watched=watched, ready={}, ready_records=0))

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
        self._state = _STATE.decode(snapshot)
        self._quiet_until = 0

    def _take(self, watched: _Watched, sighting: Sighting) -> list[CampaignRevision]:
        state, name = self._state, sighting.object
        revisions: list[CampaignRevision] = []
        unsettled = watched.settling
        silent = unsettled is not None and sighting.at - unsettled.newest > life.SILENCE_MS
        if silent and name in state.open:
            revisions += self._settle(name, watched)
            unsettled = None
        if unsettled is None:
            unsettled = self._wake(name, watched)
        else:
            del state.unsettled[name]
        state.unsettled[name] = None
        watch = watched.change()
        watched.seen = state.clock.progress
        known = len(unsettled.log)
        unsettled.note(sighting)
        records = 0 if watch.campaign is None else watch.campaign.record_count
        revisions += self._watching.see(watch, sighting)
        revisions += settling.proceed(unsettled, watch, self._watching)
        state.unsettled_sightings += len(unsettled.log) - known
        if watch.campaign is not None and watch.campaign.record_count != records:
            watched.acted = state.clock.progress
            # One record that is dated ahead must not keep a campaign open.
            latest = watched.acted_at + 2 * life.SILENCE_MS if watched.acted_at else sighting.at
            watched.acted_at = max(watched.acted_at, min(sighting.at, latest))
        self._follow(name, watched, revisions)
        return revisions

    def _wake(self, name: str, watched: _Watched) -> Settling:
        """From now on the object may change; what it was before is kept until that is settled."""
        self._leave_ready(name, watched)
        before = watched.packed or watched.unpacked().copy()
        watched.change().stirred = False
        unsettled = watched.settling = Settling(before)
        return unsettled

    def _rest(self, name: str, watched: _Watched) -> None:
        """What is settled lies packed, but for the latest."""
        state = self._state
        if watched.settling is None and watched.watch is not None and name not in state.ready:
            state.ready[name] = None
            state.ready_records += watched.held
        while state.ready_records > self._bounds.ready:
            first = next(iter(state.ready))
            self._leave_ready(first, state.watched[first])
            state.watched[first].pack()

    def _leave_ready(self, name: str, watched: _Watched) -> None:
        if name in self._state.ready:
            del self._state.ready[name]
            self._state.ready_records -= watched.held

    def _follow(self, name: str, watched: _Watched, revisions: Sequence[CampaignRevision]) -> None:
        """Keep the slot's books after something happened to an object."""
        state, watch = self._state, watched.unpacked()
        held, watched.held = watched.held, watch.window.held
        state.records += watched.held - held
        for revision in revisions:
            state.counters.campaigns_opened += revision.revision == 0
            state.counters.campaigns_closed += revision.state == "closed"
        if watch.campaign is not None:
            state.open[name] = None
        elif name in state.open:
            del state.open[name]

    def _settle_quiet(self) -> list[CampaignRevision]:
        """Settle the objects on which nothing earlier can come any more."""
        state = self._state
        revisions: list[CampaignRevision] = []
        self._quiet_until = state.clock.progress
        while state.unsettled:
            name = next(iter(state.unsettled))
            until = state.watched[name].seen + LATENESS_MS
            if until >= state.clock.progress:
                self._quiet_until = until
                break
            revisions += self._settle(name, state.watched[name])
        return revisions

    def _settle_early(self) -> list[CampaignRevision]:
        """Beyond the bound the objects least recently seen settle before their time."""
        state = self._state
        revisions: list[CampaignRevision] = []
        while state.unsettled_sightings > self._bounds.unsettled:
            name = next(iter(state.unsettled))
            revisions += self._settle(name, state.watched[name])
        return revisions

    def _settle(self, name: str, watched: _Watched) -> list[CampaignRevision]:
        state = self._state
        unsettled, watched.settling = watched.settling, None
        state.unsettled.pop(name, None)
        if unsettled is None:
            return []
        state.unsettled_sightings -= len(unsettled.log)
        revisions: list[CampaignRevision] = []
        if unsettled.is_disordered(watched.unpacked()):
            revisions = settling.finish(unsettled, watched.change(), self._watching)
            self._follow(name, watched, revisions)
        self._rest(name, watched)
        return revisions

    def _close(self, name: str, watched: _Watched) -> list[CampaignRevision]:
        revisions = self._settle(name, watched)
        if watched.unpacked().campaign is not None:
            closed = [self._watching.close(watched.change())]
            self._follow(name, watched, closed)
            revisions += closed
        self._rest(name, watched)
        return revisions

    def _close_silent(self) -> list[CampaignRevision]:
        """Close what was silent for long while event time went by on other objects.

        Where the clock stands before the campaign's latest record, another time goes by than the campaign's
        (an old file is replayed beside it): only much of that closes it.
        """
        clock, watched = self._state.clock, self._state.watched
        oldest = clock.progress - 2 * life.SILENCE_MS
        silent = [
            name
            for name in self._state.open
            if (one := watched[name]).acted < oldest
            and (clock.now > one.acted_at or one.acted < clock.progress - _ANOTHER_TIME_MS)
        ]
        return [revision for name in silent for revision in self._close(name, watched[name])]

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
            if name in state.open:
                state.counters.campaigns_closed_early += 1
                revisions += self._close(name, watched)
            self._leave_ready(name, watched)
            if watched.settling is not None:
                state.unsettled_sightings -= len(watched.settling.log)
                del state.unsettled[name]
            del state.watched[name]
            state.records -= watched.held
            state.counters.forgotten_windows += 1
