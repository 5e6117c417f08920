"""A campaign on several objects, told as one: what its parts say, put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from monitor.campaigns.distinct import united
from monitor.campaigns.evidence import explain
from monitor.campaigns.levels import level_of
from monitor.campaigns.port import (
    LEVELS,
    CampaignRevision,
    Details,
    Evidence,
    Interval,
    Level,
    Membership,
    TextGroup,
)
from monitor.campaigns.signals.finding import Finding

SHARED_ACCOUNTS = 8
"""So many accounts in common are evidence."""
_SHOWN_ACCOUNTS, _SHOWN_GROUPS, _SHOWN_EXAMPLES, _SHOWN_PHRASES = 200, 12, 5, 64
MAX_TARGETS = MAX_INTERVALS = 500
"""Of a joined campaign: messages are bounded, and nobody looks through more."""


class Link(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Why two parts are one campaign: the accounts they share, and whether one publisher wrote both roots."""

    accounts: int
    one_publisher: bool


class Part(msgspec.Struct, gc=False):
    """A campaign on one object: its latest revision, the joined campaign it is in, and what it consists of.

    ``records`` have a probability in thousandths; ``links`` lead to the parts it is one with; ``told`` is the
    latest revision that was told under its own id. ``sketch`` is of its accounts (``distinct.sketch_of``).
    """

    latest: CampaignRevision
    joined: str
    records: dict[str, int] = {}
    accounts: dict[str, None] = {}
    phrases: dict[str, None] = {}
    links: dict[str, Link] = {}
    told: int = -1
    sketch: bytes = b""

    @property
    def is_closed(self) -> bool:
        """Whether it is over."""
        return self.latest.state == "closed"


def tell(identity: str, revision: int, parts: Sequence[Part], members: dict[str, int]) -> CampaignRevision:
    """One revision of a joined campaign; ``members`` are those that are new or changed."""
    latest = [part.latest for part in parts]
    closed = all(part.is_closed for part in parts)
    last_seen = max(part.last_seen_at for part in latest)
    details = _details(latest, _findings(parts), *_groups(parts))
    targets = tuple(dict.fromkeys(target for part in latest for target in part.targets))
    accounts = _accounts(parts)
    return CampaignRevision(
        id=identity,
        revision=revision,
        state="closed" if closed else "open",
        level=_level(latest, accounts, details.voice),
        score=max(part.score for part in latest),
        targets=targets[:MAX_TARGETS],
        opened_at=min(part.opened_at for part in latest),
        last_seen_at=last_seen,
        closed_at=last_seen if closed else None,
        accounts=accounts,
        records=_records(parts),
        signals={one.name: one.value for one in details.signals},
        against={one.name: one.value for one in details.against},
        intervals=_intervals(latest, frozenset(targets[:MAX_TARGETS])),
        examples=tuple(dict.fromkeys(text for part in latest for text in part.examples))[:_SHOWN_EXAMPLES],
        members=tuple(Membership(record, identity, revision, milli) for record, milli in members.items()),
        details=msgspec.structs.replace(
            details,
            publisher=latest[0].details.publisher,
            more_targets=len(targets[MAX_TARGETS:]),
        ),
    )


def tell_merged(part: Part, records: Iterable[str]) -> CampaignRevision:
    """The last revision under a part's own id, while it lives on in another: these records belong to that."""
    name = part.latest.id
    return msgspec.structs.replace(
        part.latest,
        revision=part.told,
        state="merged",
        merged_into=part.joined,
        members=tuple(Membership(record, name, part.told, 0) for record in records),
    )


def _accounts(parts: Sequence[Part]) -> int:
    """How many accounts the parts have together: no fewer than the largest, no more than all added up."""
    counted = [part.latest.accounts for part in parts]
    return min(sum(counted), max(united(part.sketch for part in parts), *counted))


def _records(parts: Sequence[Part]) -> int:
    """How many records the parts have together; at least as many as the largest counted itself."""
    known = {record for part in parts for record in part.records}
    return max(len(known), *(part.latest.records for part in parts))


def _level(latest: list[CampaignRevision], accounts: int, voice: int) -> Level:
    """That of the whole: many small parts are one large campaign, which is no less grave than any of them."""
    lasted = max(one.last_seen_at for one in latest) - min(one.began_at for one in latest)
    loud = sum(one.records for one in latest if one.details.voice)
    whole = level_of(accounts, lasted, loud, voice)
    return max(whole, *(one.level for one in latest), key=LEVELS.index)


def _intervals(latest: list[CampaignRevision], targets: frozenset[str]) -> tuple[Interval, ...]:
    """The intervals on these targets; of very many, one for each target, from its first to its last."""
    intervals = [interval for part in latest for interval in part.intervals if interval.target in targets]
    if len(intervals) > MAX_INTERVALS:
        whole: dict[str, Interval] = {}
        for one in intervals:
            known = whole.get(one.target, one)
            start, end = min(known.start, one.start), max(known.end, one.end)
            whole[one.target] = Interval(one.target, start, end)
        intervals = list(whole.values())
    return tuple(sorted(intervals, key=lambda one: (one.start, one.end, one.target)))


def _findings(parts: Sequence[Part]) -> tuple[list[Evidence], list[Evidence]]:
    """What the join itself says for and against."""
    signals, against = [], []
    links = [link for part in parts for link in part.links.values()]
    shared = max((link.accounts for link in links), default=0)
    if shared >= SHARED_ACCOUNTS:
        value = 1.0 - SHARED_ACCOUNTS / (2.0 * shared)
        signals.append(explain(Finding("shared_accounts", value, figures=(shared, len(parts)))))
    if any(link.one_publisher for link in links):
        against.append(explain(Finding("regular_readers", 0.3, figures=(len(parts),))))
    return signals, against


def _groups(parts: Sequence[Part]) -> tuple[tuple[TextGroup, ...], int]:
    """Groups of texts, and how many more there are.

    A part whose records others have already (a cascade's hashtag) adds none. What the parts leave out may be
    the same in each, so that only the most that one of them leaves out is sure to be more.
    """
    groups: dict[str, TextGroup] = {}
    left_out = 0
    counted: set[str] = set()
    for part in sorted(parts, key=lambda one: (-one.latest.records, one.latest.id)):
        if 2 * len(counted & part.records.keys()) > len(part.records):
            continue
        counted.update(part.records)
        left_out = max(left_out, part.latest.details.more_groups)
        for group in part.latest.details.groups:
            known = groups.get(group.text, TextGroup(group.text, 0, 0))
            groups[group.text] = TextGroup(
                group.text, known.records + group.records, max(known.accounts, group.accounts)
            )
    ordered = tuple(sorted(groups.values(), key=lambda group: (-group.records, group.text)))
    return ordered[:_SHOWN_GROUPS], len(ordered[_SHOWN_GROUPS:]) + left_out


def _details(
    latest: list[CampaignRevision],
    joined: tuple[list[Evidence], list[Evidence]],
    groups: tuple[TextGroup, ...],
    more_groups: int,
) -> Details:
    parts = [part.details for part in latest]
    accounts = dict.fromkeys(account for part in parts for account in part.accounts)
    main = max(parts, key=lambda part: sum(moment.members for moment in part.timeline))
    return Details(
        signals=_strongest([*joined[0], *(one for part in parts for one in part.signals)]),
        against=_strongest([*joined[1], *(one for part in parts for one in part.against)]),
        groups=groups,
        timeline=main.timeline,
        accounts=tuple(accounts)[:_SHOWN_ACCOUNTS],
        phrases=tuple(dict.fromkeys(phrase for part in parts for phrase in part.phrases))[:_SHOWN_PHRASES],
        more_groups=more_groups,
        usual=main.usual,
        voice=sum(part.voice for part in parts),
    )


def _strongest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Of each name the strongest, the strongest first."""
    best: dict[str, Evidence] = {}
    for one in evidence:
        known = best.get(one.name)
        if known is None or one.value > known.value:
            best[one.name] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.value, one.name)))
