"""What one campaign does on several objects is one campaign.

Two campaigns are one when most records of the smaller are records of the other (a burst in a cascade and
its hashtag), when they share a good part of their accounts (SynchroTrap, Cao et al. 2014), or when they
recycle the same rare texts. Regular readers of one publisher meet again and again, so that on roots of one
publisher shared accounts count only together with shared texts. The campaign opened first keeps its id;
the other gets a last revision that names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from monitor.campaigns.evidence import explain
from monitor.campaigns.port import (
    LEVELS,
    CampaignRevision,
    Details,
    Evidence,
    Interval,
    Membership,
    TextGroup,
)
from monitor.campaigns.signals.finding import Finding

MAX_CAMPAIGNS = 4_000
MAX_RECORDS = 5_000
APART_MS = 21_600_000
"""Campaigns further apart in time are joined by their records only."""
_SHARED_RECORDS_RATIO, _SHARED_RECORDS = 0.6, 4
_SHARED_ACCOUNTS_RATIO, _SHARED_ACCOUNTS = 0.3, 8
_SHARED_TEXTS_RATIO, _SHARED_TEXTS = 0.3, 3
_SHOWN_ACCOUNTS, _SHOWN_GROUPS, _SHOWN_EXAMPLES = 200, 12, 5
Index = dict[str, list[str]]


class _Part(msgspec.Struct, gc=False):
    """A campaign on one object: its latest revision, the joined campaign it is in, and its records."""

    latest: CampaignRevision
    joined: str
    records: dict[str, int]
    accounts: dict[str, None]
    phrases: dict[str, None]


class _Joined(msgspec.Struct, gc=False):
    """A joined campaign: its parts, how often it was told, and by what the parts were joined."""

    parts: list[str]
    revision: int = -1
    shared_accounts: int = 0
    one_publisher: int = 0


class _State(msgspec.Struct, gc=False):
    parts: dict[str, _Part]
    joined: dict[str, _Joined]
    by_record: Index
    by_account: Index
    by_phrase: Index
    forgotten: int = 0


class CampaignsJoiner:
    """The ``CampaignJoiner``: one for all slots."""

    def __init__(self, max_campaigns: int = MAX_CAMPAIGNS) -> None:
        self._max_campaigns = max_campaigns
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
            part = state.parts[revision.id] = _Part(revision, revision.id, {}, {}, {})
            state.joined[revision.id] = _Joined([revision.id])
        elif revision.revision <= part.latest.revision:
            return ()
        part.latest = msgspec.structs.replace(revision, members=())
        self._keep(part, revision)
        ended = self._merge(part)
        members = {member.record: member.probability_milli for member in revision.members}
        for one in ended:
            for name in one.parts:
                members = {**state.parts[name].records, **members}
        told = self._tell(part.joined, members)
        merged = [self._merged(one, part.joined) for one in ended]
        self._forget()
        return (*merged, told)

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
        self._state = msgspec.msgpack.decode(snapshot, type=_State)

    def _keep(self, part: _Part, revision: CampaignRevision) -> None:
        state, name = self._state, revision.id
        if revision.state == "closed" and not revision.records:
            self._let_go(part, name)
        for member in revision.members:
            if not member.probability_milli:
                if part.records.pop(member.record, None) is not None:
                    _disown(state.by_record, [member.record], name)
            elif len(part.records) < MAX_RECORDS or member.record in part.records:
                _own(state.by_record, member.record, name, part.records)
                part.records[member.record] = member.probability_milli
        for account in revision.details.accounts:
            _own(state.by_account, account, name, part.accounts)
            part.accounts[account] = None
        for phrase in revision.details.phrases:
            _own(state.by_phrase, str(phrase), name, part.phrases)
            part.phrases[str(phrase)] = None

    def _let_go(self, part: _Part, name: str) -> None:
        """A campaign that turned out to be none has nothing in common with others."""
        state = self._state
        _disown(state.by_record, part.records, name)
        _disown(state.by_account, part.accounts, name)
        _disown(state.by_phrase, part.phrases, name)
        part.records, part.accounts, part.phrases = {}, {}, {}

    def _merge(self, part: _Part) -> list[_Joined]:
        """Merge the part's campaign with those it is one with; the joined ones that end."""
        state = self._state
        by_record = _overlaps(state.by_record, part.records)
        by_account = _overlaps(state.by_account, part.accounts)
        by_phrase = _overlaps(state.by_phrase, part.phrases)
        ended: list[_Joined] = []
        for name in sorted(by_record.keys() | by_account.keys() | by_phrase.keys()):
            other = state.parts[name]
            if other.joined == part.joined:
                continue
            if _is_one(part, other, by_record[name], by_account[name], by_phrase[name]):
                ended.append(self._unite(part, other, by_account[name]))
        return ended

    def _unite(self, part: _Part, other: _Part, shared_accounts: int) -> _Joined:
        state = self._state
        first, last = sorted(
            (part.joined, other.joined), key=lambda name: (state.parts[name].latest.opened_at, name)
        )
        ended, stays = state.joined.pop(last), state.joined[first]
        for name in ended.parts:
            state.parts[name].joined = first
        stays.parts.extend(ended.parts)
        stays.shared_accounts = max(stays.shared_accounts, ended.shared_accounts, shared_accounts)
        stays.one_publisher = max(stays.one_publisher, ended.one_publisher, _one_publisher(part, other))
        return ended

    def _tell(self, identity: str, members: dict[str, int]) -> CampaignRevision:
        state = self._state
        joined = state.joined[identity]
        joined.revision += 1
        parts = [state.parts[name] for name in joined.parts]
        latest = [part.latest for part in parts]
        closed = all(part.state == "closed" for part in latest)
        last_seen = max(part.last_seen_at for part in latest)
        details = _details(latest, _findings(joined, len(parts)))
        first = latest[0]
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
            accounts=_united([part.accounts for part in parts], [one.accounts for one in latest]),
            records=_united([part.records for part in parts], [one.records for one in latest]),
            signals={one.name: one.value for one in details.signals},
            against={one.name: one.value for one in details.against},
            intervals=_intervals(latest),
            examples=tuple(dict.fromkeys(text for part in latest for text in part.examples))[
                :_SHOWN_EXAMPLES
            ],
            members=tuple(
                Membership(record, identity, joined.revision, milli) for record, milli in members.items()
            ),
            details=msgspec.structs.replace(details, publisher=first.details.publisher),
        )

    def _merged(self, ended: _Joined, into: str) -> CampaignRevision:
        """The last revision of a joined campaign that lives on under an earlier one's id."""
        latest = self._state.parts[ended.parts[0]].latest
        return msgspec.structs.replace(
            latest, revision=ended.revision + 1, state="merged", merged_into=into, members=()
        )

    def _forget(self) -> None:
        """Forget closed campaigns first, then the oldest, beyond the bound."""
        state = self._state
        while len(state.joined) > self._max_campaigns:
            closed = (name for name, one in state.joined.items() if self._is_closed(one))
            gone = next(closed, next(iter(state.joined)))
            state.forgotten += 1
            for name in state.joined.pop(gone).parts:
                part = state.parts.pop(name)
                _disown(state.by_record, part.records, name)
                _disown(state.by_account, part.accounts, name)
                _disown(state.by_phrase, part.phrases, name)

    def _is_closed(self, joined: _Joined) -> bool:
        return all(self._state.parts[name].latest.state == "closed" for name in joined.parts)


def _own(index: Index, key: str, owner: str, known: Iterable[str]) -> None:
    if key not in known:
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


def _is_one(part: _Part, other: _Part, records: int, accounts: int, phrases: int) -> bool:
    if records >= max(_SHARED_RECORDS, _SHARED_RECORDS_RATIO * min(len(part.records), len(other.records))):
        return True
    if _apart(part.latest, other.latest) > APART_MS:
        return False
    texts = phrases >= max(_SHARED_TEXTS, _SHARED_TEXTS_RATIO * min(len(part.phrases), len(other.phrases)))
    together = accounts >= max(
        _SHARED_ACCOUNTS, _SHARED_ACCOUNTS_RATIO * min(len(part.accounts), len(other.accounts))
    )
    return texts or (together and not _one_publisher(part, other))


def _apart(one: CampaignRevision, other: CampaignRevision) -> int:
    return max(one.opened_at, other.opened_at) - min(one.last_seen_at, other.last_seen_at)


def _one_publisher(part: _Part, other: _Part) -> int:
    publisher = part.latest.details.publisher
    return int(bool(publisher) and publisher == other.latest.details.publisher)


def _united(known: Iterable[Iterable[str]], counted: list[int]) -> int:
    """How many different ones the parts hold; at least as many as the largest counted itself."""
    return max(len({key for keys in known for key in keys}), *counted)


def _intervals(latest: list[CampaignRevision]) -> tuple[Interval, ...]:
    intervals = (interval for part in latest for interval in part.intervals)
    return tuple(sorted(intervals, key=lambda one: (one.start, one.end, one.target)))


def _findings(joined: _Joined, targets: int) -> tuple[list[Evidence], list[Evidence]]:
    """What the join itself says for and against."""
    signals, against = [], []
    if joined.shared_accounts >= _SHARED_ACCOUNTS:
        value = 1.0 - _SHARED_ACCOUNTS / (2.0 * joined.shared_accounts)
        signals.append(explain(Finding("shared_accounts", value, figures=(joined.shared_accounts, targets))))
    if joined.one_publisher:
        against.append(explain(Finding("regular_readers", 0.3, figures=(targets,))))
    return signals, against


def _details(latest: list[CampaignRevision], joined: tuple[list[Evidence], list[Evidence]]) -> Details:
    parts = [part.details for part in latest]
    groups: dict[str, TextGroup] = {}
    for group in sorted((group for part in parts for group in part.groups), key=lambda one: one.records):
        groups[group.text] = group
    shown = sorted(groups.values(), key=lambda group: (-group.records, group.text))[:_SHOWN_GROUPS]
    accounts = dict.fromkeys(account for part in parts for account in part.accounts)
    return Details(
        signals=_strongest([*joined[0], *(one for part in parts for one in part.signals)]),
        against=_strongest([*joined[1], *(one for part in parts for one in part.against)]),
        groups=tuple(shown),
        timeline=max(parts, key=lambda part: sum(moment.members for moment in part.timeline)).timeline,
        accounts=tuple(accounts)[:_SHOWN_ACCOUNTS],
        phrases=tuple(dict.fromkeys(phrase for part in parts for phrase in part.phrases)),
    )


def _strongest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Of each name the strongest, the strongest first."""
    best: dict[str, Evidence] = {}
    for one in evidence:
        known = best.get(one.name)
        if known is None or one.value > known.value:
            best[one.name] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.value, one.name)))
