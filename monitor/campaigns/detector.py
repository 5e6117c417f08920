"""The detector of one slot: windows of objects, the campaigns open on them, and what is forgotten first.

Nothing but the sightings, in their order, enters a decision. An object seen once is kept as its one
sighting. Beyond the slot's bounds, objects seen once go first, then windows, both least recently seen
first; windows with an open campaign last, and then the campaign is closed, not lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.campaigns import against, life, verdict
from monitor.campaigns.background import Background
from monitor.campaigns.lexicon import SHIPPED, Lexicon
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.signals import recycled_pool, runs, same_words, support
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.window import ObjectWindow, Seen

_CONSIDER_AT = 0.3
_MAX_STEP_MS = 21_600_000
_SUSPECTS = 8
_LEAST_ACCOUNTS = 8


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


class _Watched(msgspec.Struct, gc=False):
    window: ObjectWindow
    campaign: life.Campaign | None = None
    progress: int = 0


class _State(msgspec.Struct, gc=False):
    """Objects from the least to the most recently seen; ``progress`` is the event time that went by."""

    once: dict[str, Sighting]
    watched: dict[str, _Watched]
    counters: Counters
    open: dict[str, None]
    records: int = 0
    progress: int = 0
    last_at: int = 0


class SlotDetector:
    """The ``CampaignDetector`` of one slot; ``counters`` and ``open_campaigns`` are for metrics."""

    def __init__(
        self, background: Background, lexicon: Lexicon = SHIPPED, bounds: Bounds | None = None
    ) -> None:
        self._background = background
        self._lexicon = lexicon
        self._bounds = bounds or Bounds()
        self._state = _State({}, {}, Counters(), {})

    @property
    def counters(self) -> Counters:
        """What was seen and forgotten."""
        return self._state.counters

    @property
    def open_campaigns(self) -> int:
        """Campaigns that are open on objects of this slot."""
        return len(self._state.open)

    def see(self, sighting: Sighting) -> Sequence[CampaignRevision]:
        """Take one sighting; the revisions it causes (mostly none)."""
        state = self._state
        state.counters.sightings += 1
        self._advance(sighting.at)
        revisions = self._close_silent() if state.open else []
        watched = state.watched.pop(sighting.object, None)
        if watched is None:
            first = state.once.pop(sighting.object, None)
            if first is None:
                state.once[sighting.object] = sighting
                self._forget_once()
                return revisions
            watched = _Watched(ObjectWindow(sighting.object, is_cascade=sighting.cascade == sighting.object))
            self._look(watched, first, revisions)
        state.watched[sighting.object] = watched
        self._look(watched, sighting, revisions)
        self._forget_windows(revisions)
        return revisions

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
        self._state = msgspec.msgpack.decode(snapshot, type=_State)

    def _advance(self, at: int) -> None:
        """Let event time go by; jumps (replay mixed with live traffic) do not count."""
        state = self._state
        step = at - state.last_at
        if 0 < step < _MAX_STEP_MS:
            state.progress += step
        state.last_at = at

    def _look(self, watched: _Watched, sighting: Sighting, revisions: list[CampaignRevision]) -> None:
        """Remember a sighting in its window and judge what it completes."""
        window = watched.window
        if sighting.record == sighting.object:
            window.take_root(sighting)
            return
        before = len(window.ring)
        seen = window.add(sighting, self._background)
        self._state.records += len(window.ring) - before
        if seen is None:
            return
        campaign = watched.campaign
        if campaign is not None:
            if seen.at - life.last_seen(campaign) > life.SILENCE_MS:
                revisions.append(self._close(watched))
                campaign = None
            else:
                life.note(campaign, seen)
        findings = self._findings(window, seen)
        if campaign is not None:
            self._grow(watched, campaign, seen, findings, revisions)
        elif findings:
            self._consider(watched, seen, findings, revisions)

    def _findings(self, window: ObjectWindow, seen: Seen) -> list[Finding]:
        """The main signals that the newest record completes."""
        if seen.group < 0:
            found = [runs.measure(window, seen)] if window.is_cascade else []
        elif len(window.groups[seen.group].seen) < 2:
            return []
        else:
            found = [same_words.measure(window, seen.group), runs.measure(window, seen)]
            if window.is_cascade or not window.object.startswith("text:"):
                found.append(recycled_pool.measure(window))
        return [finding for finding in found if finding is not None and finding.value >= _CONSIDER_AT]

    def _consider(
        self, watched: _Watched, seen: Seen, findings: list[Finding], revisions: list[CampaignRevision]
    ) -> None:
        window = watched.window
        members = _members(window, findings)
        score, others, speaking = self._judge(window, findings, members)
        if score < verdict.OPEN_AT or len({member.author for member in members}) < _LEAST_ACCOUNTS:
            return
        campaign = watched.campaign = life.opened(window, seen, score)
        watched.progress = self._state.progress
        self._state.open[window.object] = None
        self._state.counters.campaigns_opened += 1
        life.take(campaign, window, findings, members)
        campaign.found.update({one.name: one for one in others})
        campaign.against = {one.name: one for one in speaking}
        revisions.append(life.tell(campaign, window, "open"))

    def _grow(
        self,
        watched: _Watched,
        campaign: life.Campaign,
        seen: Seen,
        findings: list[Finding],
        revisions: list[CampaignRevision],
    ) -> None:
        window = watched.window
        if findings:
            members = _members(window, findings)
            score, others, speaking = self._judge(window, findings, members)
            if score >= verdict.OPEN_AT:
                life.take(campaign, window, findings, members)
                campaign.found.update({one.name: one for one in others})
                if score >= campaign.score:
                    campaign.score = score
                    campaign.against = {one.name: one for one in speaking}
        if life.belongs(campaign, seen):
            life.add(campaign, window, seen)
            watched.progress = self._state.progress
        if life.is_worth_telling(campaign):
            revisions.append(life.tell(campaign, window, "open"))

    def _judge(
        self, window: ObjectWindow, findings: list[Finding], members: list[Seen]
    ) -> tuple[float, list[Finding], list[Finding]]:
        supporting = support.measure(window, members)
        speaking = against.measure(window, members, self._lexicon)
        return verdict.score(findings, supporting, speaking), supporting, speaking

    def _close(self, watched: _Watched) -> CampaignRevision:
        campaign = watched.campaign
        assert campaign is not None
        watched.campaign = None
        window = watched.window
        del self._state.open[window.object]
        self._state.counters.campaigns_closed += 1
        window.suspect = [*window.suspect, (campaign.intervals[0][0], life.last_seen(campaign))][-_SUSPECTS:]
        return life.tell(campaign, window, "closed")

    def _close_silent(self) -> list[CampaignRevision]:
        """Close what was silent for long while event time went by on other objects."""
        state = self._state
        oldest = state.progress - 2 * life.SILENCE_MS
        silent = [name for name in state.open if state.watched[name].progress < oldest]
        return [self._close(state.watched[name]) for name in silent]

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
            if watched.campaign is not None:
                state.counters.campaigns_closed_early += 1
                revisions.append(self._close(watched))
            del state.watched[name]
            state.records -= len(watched.window.ring)
            state.counters.forgotten_windows += 1


def _members(window: ObjectWindow, findings: list[Finding]) -> list[Seen]:
    """The records that the findings rest on, in event-time order, since their last long pause."""
    members: dict[str, Seen] = {}
    for finding in findings:
        for name in finding.groups:
            members.update({s.record: s for s in window.groups[name].seen if s.at >= finding.since})
        if finding.bare is not None:
            members.update(
                {
                    s.record: s
                    for s in window.ring
                    if s.at >= finding.since and s.group < 0 and s.bare == finding.bare
                }
            )
    return life.since_pause(sorted(members.values(), key=lambda seen: (seen.at, seen.record)))
