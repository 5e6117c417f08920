"""Campaigns in one slot: near-equal own words from many accounts, or a run of equal empty reposts.

State per object is a short window in event-time order; objects are forgotten least recently seen first.
Nothing but the sightings, in their order, enters a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from monitor.campaigns.port import CampaignRevision, CampaignState, Interval, Level, Membership, Sighting
from monitor.campaigns.words import compared

WINDOW_MS = 600_000
WINDOW_SIGHTINGS = 120
SILENCE_MS = 1_800_000
MAX_OBJECTS = 2_000
SAME_TEXT_ACCOUNTS = 8
SAME_TEXT_LETTERS = 6
EMPTY_RUN = 30
EMPTY_RUN_MS = 120_000
MEMBER_MILLI = 900


class _Seen(msgspec.Struct, frozen=True, gc=False, array_like=True, order=True):
    """One sighting in a window; ``words`` is the folded own text, or the bare button text after NUL."""

    at: int
    record: str
    author: str
    words: str
    own: str


class _Open(msgspec.Struct, gc=False):
    id: str
    opened_at: int
    start: int
    end: int
    revision: int
    signals: dict[str, float]
    words: dict[str, None]
    authors: dict[str, None]
    records: dict[str, int]
    examples: list[str]
    untold: list[str]


class _Object(msgspec.Struct, gc=False):
    name: str
    seen: list[_Seen]
    campaign: _Open | None = None


class _State(msgspec.Struct, gc=False):
    """Objects from the least to the most recently seen."""

    objects: list[_Object]
    forgotten_objects: int = 0


class SlotDetector:
    """The ``CampaignDetector`` of one slot."""

    def __init__(self, max_objects: int = MAX_OBJECTS) -> None:
        self._max_objects = max_objects
        self._objects: dict[str, _Object] = {}
        self.forgotten_objects = 0

    def see(self, sighting: Sighting) -> Sequence[CampaignRevision]:
        """Take one sighting; the revisions it causes (mostly none)."""
        name = sighting.object
        known = self._objects.pop(name, None) or _Object(name, [])
        self._objects[name] = known
        revisions = list(self._forget())
        if sighting.record == name:
            return revisions
        entry = _Seen(sighting.at, sighting.record, sighting.author, _words(sighting), sighting.own[:140])
        _insert(known.seen, entry)
        if known.campaign is not None and entry.at - known.campaign.end > SILENCE_MS:
            revisions.append(_revision(known.name, known.campaign, "closed"))
            known.campaign = None
        revisions.extend(_look(known, entry))
        return revisions

    def _forget(self) -> Iterable[CampaignRevision]:
        while len(self._objects) > self._max_objects:
            gone = self._objects.pop(next(iter(self._objects)))
            self.forgotten_objects += 1
            if gone.campaign is not None:
                yield _revision(gone.name, gone.campaign, "closed")

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""
        return msgspec.msgpack.encode(_State(list(self._objects.values()), self.forgotten_objects))

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
        state = msgspec.msgpack.decode(snapshot, type=_State)
        self._objects = {known.name: known for known in state.objects}
        self.forgotten_objects = state.forgotten_objects


def _words(sighting: Sighting) -> str:
    return compared(sighting.own) if sighting.own else "\0" + sighting.bare


def _insert(seen: list[_Seen], entry: _Seen) -> None:
    """Keep the window in event-time order, short, and no longer than ten minutes."""
    seen.append(entry)
    at = len(seen) - 1
    while at and seen[at] < seen[at - 1]:
        seen[at], seen[at - 1] = seen[at - 1], seen[at]
        at -= 1
    if len(seen) > WINDOW_SIGHTINGS:
        del seen[0]
    horizon = seen[-1].at - WINDOW_MS
    while seen[0].at < horizon:
        del seen[0]


def _look(known: _Object, entry: _Seen) -> Iterable[CampaignRevision]:
    """Judge the words of the newest sighting against its window."""
    campaign = known.campaign
    if campaign is not None and entry.words in campaign.words:
        _join(campaign, [entry])
        if len(campaign.untold) * 5 >= len(campaign.records):
            campaign.revision += 1
            yield _revision(known.name, campaign, "open")
        return
    same = [other for other in known.seen if other.words == entry.words]
    authors = len({other.author for other in same})
    signal = _signal(known, entry, authors)
    if signal is None:
        return
    if campaign is None:
        campaign = known.campaign = _opened(known.name, entry, same[0].at)
    campaign.words[entry.words] = None
    campaign.signals[signal] = max(campaign.signals.get(signal, 0.0), round(authors / (authors + 4), 4))
    if entry.own:
        campaign.examples = [*campaign.examples, entry.own][:5]
    _join(campaign, same)
    campaign.revision += 1
    yield _revision(known.name, campaign, "open")


def _opened(target: str, entry: _Seen, start: int) -> _Open:
    identity = blake2b(f"{target} {entry.record} {entry.at}".encode(), digest_size=8).hexdigest()
    return _Open("c" + identity, entry.at, start, entry.at, -1, {}, {}, {}, {}, [], [])


def _signal(known: _Object, entry: _Seen, authors: int) -> str | None:
    if not entry.words.startswith("\0"):
        long_enough = len(entry.words) >= SAME_TEXT_LETTERS
        return "same_words" if long_enough and authors >= SAME_TEXT_ACCOUNTS else None
    last = known.seen[-EMPTY_RUN:]
    if len(last) < EMPTY_RUN or last[-1].at - last[0].at > EMPTY_RUN_MS or authors < EMPTY_RUN * 0.8:
        return None
    same = sum(other.words == entry.words for other in last)
    return "empty_run" if same >= EMPTY_RUN * 0.95 else None


def _join(campaign: _Open, entries: list[_Seen]) -> None:
    """Take entries into a campaign."""
    for entry in entries:
        if entry.record in campaign.records:
            continue
        campaign.records[entry.record] = MEMBER_MILLI
        campaign.untold.append(entry.record)
        campaign.authors[entry.author] = None
        campaign.start, campaign.end = min(campaign.start, entry.at), max(campaign.end, entry.at)


def _level(accounts: int) -> Level:
    bounds: tuple[tuple[int, Level], ...] = ((1_000, "red"), (250, "orange"), (60, "yellow"))
    return next((level for bound, level in bounds if accounts >= bound), "blue")


def _revision(target: str, campaign: _Open, state: CampaignState) -> CampaignRevision:
    """A revision with the memberships that were not told yet."""
    if state == "closed":
        campaign.revision += 1
    untold, campaign.untold = campaign.untold, []
    return CampaignRevision(
        id=campaign.id,
        revision=campaign.revision,
        state=state,
        level=_level(len(campaign.authors)),
        score=max(campaign.signals.values()),
        targets=(target,),
        opened_at=campaign.opened_at,
        last_seen_at=campaign.end,
        closed_at=campaign.end if state == "closed" else None,
        accounts=len(campaign.authors),
        records=len(campaign.records),
        signals=dict(campaign.signals),
        against={},
        intervals=(Interval(target, campaign.start, campaign.end),),
        examples=tuple(campaign.examples),
        members=tuple(
            Membership(record, campaign.id, campaign.revision, campaign.records[record]) for record in untold
        ),
    )
