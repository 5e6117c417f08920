"""What one campaign does on several objects is one campaign.

Two campaigns are one when most records of the smaller are records of the other (a burst in a cascade and
its hashtag), when they share a good part of their accounts (SynchroTrap, Cao et al. 2014), or when they
recycle the same rare texts. Regular readers of one publisher meet again and again, so that on roots of one
publisher shared accounts count only together with shared texts.

Whether two parts are one is asked again whenever either is told again, and what hangs together is found from
the answers, not from their history: so what is joined in the end follows from the parts as they are in the
end, whatever was told meanwhile. The campaign opened first keeps its id, the others end naming it; what turns
out not to belong goes on under its own id again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from monitor.campaigns.distinct import sketch_of
from monitor.campaigns.joined import SHARED_ACCOUNTS, Link, Part, tell, tell_merged
from monitor.campaigns.port import CampaignRevision

MAX_CAMPAIGNS = 4_000
MAX_PARTS = 12_000
MAX_RECORDS = 5_000
MAX_TOLD = 2_000
"""Records that one revision tells of: many times as many may move at once, and messages are bounded."""
MAX_LINKS = 64
"""That a part makes itself, to those opened first; who is one with more hangs together through them."""
APART_MS = 21_600_000
"""Campaigns further apart in time are joined by their records only."""
_SHARED_RECORDS_RATIO, _SHARED_RECORDS = 0.6, 4
_SHARED_ACCOUNTS_RATIO = 0.3
_SHARED_TEXTS_RATIO, _SHARED_TEXTS = 0.3, 3
Index = dict[str, list[str]]


class _State(msgspec.Struct, gc=False):
    """``joined`` has the parts of each joined campaign, those opened first first; ``last_told`` the revision
    told last of those that were forgotten.
    """

    parts: dict[str, Part]
    joined: dict[str, list[str]]
    by_record: Index
    by_account: Index
    by_phrase: Index
    forgotten: int = 0
    last_told: dict[str, int] = {}


class CampaignsJoiner:
    """The ``CampaignJoiner``: one for all slots."""

    def __init__(self, max_campaigns: int = MAX_CAMPAIGNS, max_parts: int = MAX_PARTS) -> None:
        self._max_campaigns = max_campaigns
        self._max_parts = max_parts
        self._state = _State({}, {}, {}, {}, {})

    @property
    def forgotten(self) -> int:
        """Joined campaigns forgotten beyond the bound, closed ones first."""
        return self._state.forgotten

    def see(self, revision: CampaignRevision) -> Sequence[CampaignRevision]:
        """Take one revision of a campaign on one object; the joined campaigns it changes."""
        state = self._state
        part = state.parts.get(revision.id)
        if part is None:
            part = state.parts[revision.id] = Part(revision, revision.id)
            part.told = max(state.last_told.pop(revision.id, -1), revision.revision - 1)
            state.joined[revision.id] = [revision.id]
        elif revision.revision <= part.latest.revision:
            return ()
        part.latest = msgspec.structs.replace(revision, members=())
        self._keep(part, revision)
        changed = {member.record for member in revision.members}
        told = self._regroup(part, self._link(part), changed)
        self._forget()
        return told

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
        self._state = msgspec.msgpack.decode(snapshot, type=_State)

    def _keep(self, part: Part, revision: CampaignRevision) -> None:
        """A part is what its latest revision says; of its records what all its revisions say."""
        state, name = self._state, revision.id
        for member in revision.members:
            if not member.probability_milli:
                if part.records.pop(member.record, None) is not None:
                    _disown(state.by_record, [member.record], name)
            elif len(part.records) < MAX_RECORDS or member.record in part.records:
                if member.record not in part.records:
                    _own(state.by_record, [member.record], name)
                part.records[member.record] = member.probability_milli
        if not revision.records:
            _disown(state.by_record, part.records, name)
            part.records = {}
        _disown(state.by_account, part.accounts, name)
        _disown(state.by_phrase, part.phrases, name)
        part.accounts = dict.fromkeys(revision.details.accounts)
        part.phrases = dict.fromkeys(map(str, revision.details.phrases))
        part.sketch = revision.details.sketch or sketch_of(part.accounts)
        _own(state.by_account, part.accounts, name)
        _own(state.by_phrase, part.phrases, name)

    def _link(self, part: Part) -> list[str]:
        """Ask again whom the part is one with; the joined campaigns that this may change."""
        state, name = self._state, part.latest.id
        by_record = _overlaps(state.by_record, part.records)
        by_account = _overlaps(state.by_account, part.accounts)
        by_phrase = _overlaps(state.by_phrase, part.phrases)
        near = (by_record.keys() | by_account.keys() | by_phrase.keys()) - {name}
        links: dict[str, Link] = {}
        for one in sorted(near, key=self._opened):
            other = state.parts[one]
            if len(links) >= MAX_LINKS and name not in other.links:
                continue
            if _is_one(part, other, by_record[one], by_account[one], by_phrase[one]):
                links[one] = Link(by_account[one], _one_publisher(part, other))
        for one in part.links:
            del state.parts[one].links[name]
        for one, link in links.items():
            state.parts[one].links[name] = link
        part.links = links
        return list(dict.fromkeys([part.joined, *(state.parts[one].joined for one in links)]))

    def _regroup(self, part: Part, touched: list[str], changed: set[str]) -> list[CampaignRevision]:
        """Find again what hangs together in these joined campaigns, and tell those that are others now."""
        state = self._state
        before = {name: state.joined.pop(name) for name in touched}
        names = [name for names in before.values() for name in names]
        grouped = {names[0]: names for names in self._hanging_together(names)}
        state.joined.update(grouped)
        came_from = {name: state.parts[name].joined for name in names}
        for identity, members in grouped.items():
            for name in members:
                state.parts[name].joined = identity
        told: list[CampaignRevision] = []
        for name, names in before.items():
            if name not in grouped:
                told += self._merged(name, names)
        for identity, now in grouped.items():
            if now == before.get(identity) and part.joined != identity:
                continue
            moved = [name for name in now if came_from[name] != identity]
            moved += [name for name in before.get(identity, ()) if state.parts[name].joined != identity]
            records = {record for name in moved for record in state.parts[name].records}
            if part.joined == identity:
                records |= changed
            told += self._tell(identity, records)
        return told

    def _hanging_together(self, names: list[str]) -> Iterator[list[str]]:
        """Parts that are linked, directly or through others; each list and all of them by opening."""
        state, left = self._state, set(names)
        for first in sorted(names, key=self._opened):
            if first not in left:
                continue
            left.remove(first)
            found = [first]
            for name in found:
                linked = [other for other in state.parts[name].links if other in left]
                left.difference_update(linked)
                found += linked
            yield sorted(found, key=self._opened)

    def _tell(self, identity: str, records: Iterable[str]) -> Iterator[CampaignRevision]:
        """A revision that tells of these records; several, where they are more than one may hold."""
        state = self._state
        head = state.parts[identity]
        parts = [state.parts[name] for name in state.joined[identity]]
        probable = [(record, self._probability(record, identity)) for record in sorted(records)]
        for start in range(0, max(1, len(probable)), MAX_TOLD):
            head.told += 1
            yield tell(identity, head.told, parts, dict(probable[start : start + MAX_TOLD]))

    def _probability(self, record: str, identity: str) -> int:
        """In thousandths, that a record belongs to a joined campaign."""
        parts = (self._state.parts[name] for name in self._state.by_record.get(record, ()))
        return max((part.records[record] for part in parts if part.joined == identity), default=0)

    def _merged(self, name: str, parts: Iterable[str]) -> Iterator[CampaignRevision]:
        """The end of what was told under this name, of these parts: none of its records is of it any more."""
        part = self._state.parts[name]
        records = sorted({record for one in parts for record in self._state.parts[one].records})
        for start in range(0, max(1, len(records)), MAX_TOLD):
            part.told += 1
            yield tell_merged(part, records[start : start + MAX_TOLD])

    def _opened(self, name: str) -> tuple[int, str]:
        return self._state.parts[name].latest.opened_at, name

    def _forget(self) -> None:
        """Forget closed campaigns first, then the oldest, beyond the bounds."""
        state = self._state
        while len(state.joined) > self._max_campaigns or len(state.parts) > self._max_parts:
            closed = (name for name, parts in state.joined.items() if self._are_closed(parts))
            gone = next(closed, next(iter(state.joined)))
            state.forgotten += 1
            for name in state.joined.pop(gone):
                part = state.parts.pop(name)
                state.last_told[name] = part.told
                _disown(state.by_record, part.records, name)
                _disown(state.by_account, part.accounts, name)
                _disown(state.by_phrase, part.phrases, name)
        while len(state.last_told) > self._max_parts:
            del state.last_told[next(iter(state.last_told))]

    def _are_closed(self, names: Iterable[str]) -> bool:
        return all(self._state.parts[name].is_closed for name in names)


def _own(index: Index, keys: Iterable[str], owner: str) -> None:
    for key in keys:
        index.setdefault(key, []).append(owner)


def _disown(index: Index, keys: Iterable[str], owner: str) -> None:
    for key in keys:
        owners = index[key]
        owners.remove(owner)
        if not owners:
            del index[key]


def _overlaps(index: Index, keys: Iterable[str]) -> Counter[str]:
    """How many of the keys each campaign shares."""
    return Counter(owner for key in keys for owner in index[key])


def _is_one(part: Part, other: Part, records: int, accounts: int, phrases: int) -> bool:
    if records >= max(_SHARED_RECORDS, _SHARED_RECORDS_RATIO * min(len(part.records), len(other.records))):
        return True
    if _apart(part.latest, other.latest) > APART_MS:
        return False
    texts = phrases >= max(_SHARED_TEXTS, _SHARED_TEXTS_RATIO * min(len(part.phrases), len(other.phrases)))
    together = accounts >= max(
        SHARED_ACCOUNTS, _SHARED_ACCOUNTS_RATIO * min(len(part.accounts), len(other.accounts))
    )
    return texts or (together and not _one_publisher(part, other))


def _apart(one: CampaignRevision, other: CampaignRevision) -> int:
    return max(_began(one), _began(other)) - min(one.last_seen_at, other.last_seen_at)


def _began(one: CampaignRevision) -> int:
    """When a campaign acted first; when it was opened depends on the order of arrival."""
    return one.intervals[0].start if one.intervals else one.opened_at


def _one_publisher(part: Part, other: Part) -> bool:
    publisher = part.latest.details.publisher
    return bool(publisher) and publisher == other.latest.details.publisher
