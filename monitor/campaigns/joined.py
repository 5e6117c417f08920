"""A campaign on several objects, told as one: what its parts say, put together."""

from __future__ import annotations

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

SHARED_ACCOUNTS = 8
"""So many accounts in common are evidence."""
_SHOWN_ACCOUNTS, _SHOWN_GROUPS, _SHOWN_EXAMPLES = 200, 12, 5


class Link(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Why two parts are one campaign: the accounts they share, and whether one publisher wrote both roots."""

    accounts: int
    one_publisher: bool


class Part(msgspec.Struct, gc=False):
    """A campaign on one object: its latest revision, the joined campaign it is in, and what it consists of.

    ``records`` have a probability in thousandths; ``links`` lead to the parts it is one with; ``told`` is the
    latest revision that was told under its own id.
    """

    latest: CampaignRevision
    joined: str
    records: dict[str, int] = {}
    accounts: dict[str, None] = {}
    phrases: dict[str, None] = {}
    links: dict[str, Link] = {}
    told: int = -1

    @property
    def is_closed(self) -> bool:
        """Whether it is over."""
        return self.latest.state == "closed"


def tell(identity: str, revision: int, parts: Sequence[Part], members: dict[str, int]) -> CampaignRevision:
    """One revision of a joined campaign; ``members`` are those that are new or changed."""
    latest = [part.latest for part in parts]
    closed = all(part.is_closed for part in parts)
    last_seen = max(part.last_seen_at for part in latest)
    details = _details(latest, _findings(parts), _groups(parts))
    return CampaignRevision(
        id=identity,
        revision=revision,
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
        examples=tuple(dict.fromkeys(text for part in latest for text in part.examples))[:_SHOWN_EXAMPLES],
        members=tuple(Membership(record, identity, revision, milli) for record, milli in members.items()),
        details=msgspec.structs.replace(details, publisher=latest[0].details.publisher),
    )


def tell_merged(part: Part) -> CampaignRevision:
    """The last revision under a part's own id, while it lives on in another."""
    return msgspec.structs.replace(
        part.latest, revision=part.told, state="merged", merged_into=part.joined, members=()
    )


def _united(known: Iterable[Iterable[str]], counted: list[int]) -> int:
    """How many different ones the parts hold; at least as many as the largest counted itself."""
    return max(len({key for keys in known for key in keys}), *counted)


def _intervals(latest: list[CampaignRevision]) -> tuple[Interval, ...]:
    intervals = (interval for part in latest for interval in part.intervals)
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


def _groups(parts: Sequence[Part]) -> tuple[TextGroup, ...]:
    """Groups of texts; a part whose records others have already (a cascade's hashtag) adds none."""
    groups: dict[str, TextGroup] = {}
    counted: set[str] = set()
    for part in sorted(parts, key=lambda one: (-one.latest.records, one.latest.id)):
        if 2 * len(counted & part.records.keys()) > len(part.records):
            continue
        counted.update(part.records)
        for group in part.latest.details.groups:
            known = groups.get(group.text, TextGroup(group.text, 0, 0))
            groups[group.text] = TextGroup(
                group.text, known.records + group.records, max(known.accounts, group.accounts)
            )
    return tuple(sorted(groups.values(), key=lambda group: (-group.records, group.text))[:_SHOWN_GROUPS])


def _details(
    latest: list[CampaignRevision],
    joined: tuple[list[Evidence], list[Evidence]],
    groups: tuple[TextGroup, ...],
) -> Details:
    parts = [part.details for part in latest]
    accounts = dict.fromkeys(account for part in parts for account in part.accounts)
    return Details(
        signals=_strongest([*joined[0], *(one for part in parts for one in part.signals)]),
        against=_strongest([*joined[1], *(one for part in parts for one in part.against)]),
        groups=groups,
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
