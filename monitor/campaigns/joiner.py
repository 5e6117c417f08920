"""What one campaign does on several objects is one campaign.

Two campaigns are one when most records of the smaller are records of the other (a burst in a cascade and
its hashtag). The one opened first keeps its id; the other gets a last revision that names it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.campaigns.port import LEVELS, CampaignRevision, Membership

SHARED_RATIO = 0.6
MAX_CAMPAIGNS = 4_000
MAX_RECORDS = 5_000


class _Known(msgspec.Struct, gc=False):
    """The latest revision of a campaign on one object, the joined campaign it belongs to, and its records."""

    latest: CampaignRevision
    joined: str
    records: dict[str, int]


class _Joined(msgspec.Struct, gc=False):
    """A joined campaign: its parts by id, the earliest opened first, and how often it was told."""

    parts: list[str]
    revision: int = -1


class _State(msgspec.Struct, gc=False):
    known: dict[str, _Known]
    joined: dict[str, _Joined]
    owners: dict[str, list[str]]


class RecordJoiner:
    """The ``CampaignJoiner``: one for all slots."""

    def __init__(self, max_campaigns: int = MAX_CAMPAIGNS) -> None:
        self._max_campaigns = max_campaigns
        self._state = _State({}, {}, {})

    def see(self, revision: CampaignRevision) -> Sequence[CampaignRevision]:
        """Take one revision of a campaign on one object; the joined campaigns it changes."""
        state = self._state
        known = state.known.get(revision.id)
        if known is None:
            known = state.known[revision.id] = _Known(revision, revision.id, {})
            state.joined[revision.id] = _Joined([revision.id])
        if revision.revision < known.latest.revision:
            return ()
        known.latest = msgspec.structs.replace(revision, members=())
        self._keep_records(known, revision)
        merged = self._merge(revision.id)
        members = {member.record: member.probability_milli for member in revision.members}
        for ended in merged:
            for part in ended.parts:
                members.update(state.known[part].records)
        told = self._tell(known.joined, members)
        self._forget()
        return (*(self._merged(ended, known.joined) for ended in merged), told)

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
        self._state = msgspec.msgpack.decode(snapshot, type=_State)

    def _keep_records(self, known: _Known, revision: CampaignRevision) -> None:
        for member in revision.members:
            if len(known.records) >= MAX_RECORDS:
                return
            if member.record not in known.records:
                self._state.owners.setdefault(member.record, []).append(revision.id)
            known.records[member.record] = member.probability_milli

    def _merge(self, identity: str) -> list[_Joined]:
        """Merge the joined campaign with those it shares most records with; the joined ones that end."""
        state = self._state
        known = state.known[identity]
        shared: dict[str, int] = {}
        for record in known.records:
            for owner in state.owners[record]:
                shared[owner] = shared.get(owner, 0) + 1
        ended: list[_Joined] = []
        for other, count in shared.items():
            there = state.known[other]
            smaller = min(len(known.records), len(there.records))
            if there.joined != known.joined and count >= SHARED_RATIO * smaller:
                ended.append(self._unite(known.joined, there.joined))
        return ended

    def _unite(self, one: str, other: str) -> _Joined:
        state = self._state
        first, last = sorted((one, other), key=lambda name: (state.known[name].latest.opened_at, name))
        ended = state.joined.pop(last)
        for part in ended.parts:
            state.known[part].joined = first
        state.joined[first].parts.extend(ended.parts)
        return ended

    def _tell(self, identity: str, members: dict[str, int]) -> CampaignRevision:
        state = self._state
        joined = state.joined[identity]
        joined.revision += 1
        parts = [state.known[part] for part in joined.parts]
        latest = [part.latest for part in parts]
        records = {record: None for part in parts for record in part.records}
        closed = all(part.state == "closed" for part in latest)
        last_seen = max(part.last_seen_at for part in latest)
        return CampaignRevision(
            id=identity,
            revision=joined.revision,
            state="closed" if closed else "open",
            level=max((part.level for part in latest), key=LEVELS.index),
            score=max(part.score for part in latest),
            targets=tuple(dict.fromkeys(target for part in latest for target in part.targets)),
            opened_at=min(part.opened_at for part in latest),
            last_seen_at=last_seen,
            closed_at=last_seen if closed else None,
            accounts=max(part.accounts for part in latest),
            records=max(len(records), *(part.records for part in latest)),
            signals=_highest([part.signals for part in latest]),
            against=_highest([part.against for part in latest]),
            intervals=tuple(interval for part in latest for interval in part.intervals),
            examples=tuple(dict.fromkeys(example for part in latest for example in part.examples))[:5],
            members=tuple(
                Membership(record, identity, joined.revision, milli) for record, milli in members.items()
            ),
        )

    def _merged(self, ended: _Joined, into: str) -> CampaignRevision:
        """The last revision of a joined campaign that lives on under an earlier one's id."""
        latest = self._state.known[ended.parts[0]].latest
        return msgspec.structs.replace(
            latest, revision=ended.revision + 1, state="merged", merged_into=into, members=()
        )

    def _forget(self) -> None:
        """Forget closed campaigns first, then the oldest, beyond the bound."""
        state = self._state
        while len(state.joined) > self._max_campaigns:
            closed = (name for name, one in state.joined.items() if self._is_closed(one))
            gone = next(closed, next(iter(state.joined)))
            for part in state.joined.pop(gone).parts:
                for record in state.known.pop(part).records:
                    owners = state.owners[record]
                    owners.remove(part)
                    if not owners:
                        del state.owners[record]

    def _is_closed(self, joined: _Joined) -> bool:
        return all(self._state.known[part].latest.state == "closed" for part in joined.parts)


def _highest(tables: list[dict[str, float]]) -> dict[str, float]:
    highest: dict[str, float] = {}
    for table in tables:
        for name, value in table.items():
            highest[name] = max(value, highest.get(name, 0.0))
    return highest
