"""What staff can look up and judge about campaigns. Plain functions over the search port."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from hashlib import blake2b
from statistics import median
from typing import Protocol

import msgspec

from monitor.campaigns.judgements import (
    FINDINGS,
    LONGEST_NOTE,
    Finding,
    Judgement,
    LivePrecision,
    latest,
    live_precision,
)
from monitor.campaigns.port import CampaignRevision, CampaignState, Interval, Level
from monitor.console.intervals import histogram_over
from monitor.console.opinion_desk import view
from monitor.console.views import (
    AccountRow,
    CampaignList,
    CampaignPage,
    CampaignRow,
    RecordView,
    Stretch,
    Timeline,
)
from monitor.errors import QueryError
from monitor.index.conditions import AnyOf, Has
from monitor.index.lists import CampaignQuery
from monitor.index.port import Bucket, OpinionReader, Query, Terms
from monitor.language import message

_MOST_ACCOUNTS = 100
_MOST_JOINT = 10
_FEWEST_STRETCHES = 5
_BARS = 80
_LEAST_MARGIN = 3 * 3_600_000


class JudgementWriter(Protocol):
    """Where judgements go."""

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Store judgements by id."""


class CampaignDesk:
    """Look-ups and judgements. ``index()`` gives the reader that the calling thread may use."""

    def __init__(
        self,
        index: Callable[[], OpinionReader],
        writer: JudgementWriter,
        zone: tzinfo,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._index = index
        self._writer = writer
        self._zone = zone
        self._clock = clock

    def list(
        self,
        *,
        state: CampaignState | None = None,
        level: Level | None = None,
        target: str | None = None,
        unjudged: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> CampaignList:
        """Campaigns, the latest opening first; merged ones only when asked for."""
        index = self._index()
        findings = _findings(index.judgements())
        found = index.find_campaigns(
            CampaignQuery(
                state=state,
                level=level,
                target=target,
                without=tuple(findings) if unjudged else (),
                cursor=cursor,
                limit=limit,
            )
        )
        return CampaignList(tuple(row(one, findings.get(one.id)) for one in found.campaigns), found.cursor)

    def page(self, campaign: str) -> CampaignPage | None:
        """The evidence of one campaign."""
        index = self._index()
        revision = index.campaign(campaign)
        if revision is None:
            return None
        judgements = index.judgements()
        accounts, joint = _accounts(index, revision)
        details = revision.details
        return CampaignPage(
            revision=revision,
            root=_root(index, revision),
            timeline=self._timeline(index, revision),
            groups=details.groups,
            accounts=accounts,
            joint=joint,
            signals=details.signals,
            against=details.against,
            judgements=tuple(one for one in judgements if one.campaign == campaign),
            precision=live_precision(judgements),
        )

    def judge(self, judge: str, campaign: str, finding: Finding, note: str = "") -> Judgement:
        """Keep what a person judged of the revision that is shown now.

        Raises:
            QueryError: no such campaign or finding, or the note is too long.
        """
        if finding not in FINDINGS:
            raise QueryError(
                message("{value} cannot be judged; choose one of {known}"),
                value=finding,
                known=", ".join(FINDINGS),
            )
        if len(note) > LONGEST_NOTE:
            raise QueryError(
                message("the note has {count} characters; at most {most} are kept"),
                count=len(note),
                most=LONGEST_NOTE,
            )
        revision = self._index().campaign(campaign)
        if revision is None:
            raise QueryError(
                message("there is no campaign {id}; it may have been written anew: look it up"), id=campaign
            )
        at = int(self._clock() * 1000)
        judgement = Judgement(
            id=blake2b(f"{campaign}|{judge}|{at}".encode(), digest_size=12).hexdigest(),
            campaign=campaign,
            revision=revision.revision,
            finding=finding,
            note=note,
            judge=judge,
            at=at,
            level=revision.level,
            score=revision.score,
            signals=revision.signals,
        )
        self._writer.put_judgements([judgement])
        return judgement

    def precision(self) -> LivePrecision:
        """How often the detector is right by what people judged."""
        return live_precision(self._index().judgements())

    def active(self, since: int, limit: int = 20) -> tuple[tuple[CampaignRow, ...], int]:
        """Open campaigns that were seen since an event time, the gravest first, and how many there are."""
        index = self._index()
        found = index.gravest_campaigns(since, limit)
        findings = _findings(index.judgements()) if found.campaigns else {}
        return tuple(row(one, findings.get(one.id)) for one in found.campaigns), found.total

    def _timeline(self, index: OpinionReader, revision: CampaignRevision) -> Timeline:
        """The target on which most happened, from well before the campaign until well after."""
        interval = _main_interval(index, revision)
        margin = max(_LEAST_MARGIN, interval.end - interval.start)
        start, end = interval.start - 2 * margin, interval.end + margin
        histogram = histogram_over(start, end, self._zone, _BARS)
        whole = Query(target=interval.target, after=start, before=end + 1)
        all_of_it = index.aggregate(whole, histogram)
        members = {
            bucket.key: bucket.count
            for bucket in index.aggregate(msgspec.structs.replace(whole, campaign=revision.id), histogram)
        }
        stretches = [Stretch(int(one.key), one.count, members.get(one.key, 0)) for one in all_of_it]
        return Timeline(
            interval.target,
            histogram.interval_seconds,
            tuple(stretches),
            _ordinary(stretches, histogram.interval_seconds * 1000),
        )


def row(campaign: CampaignRevision, finding: Finding | None) -> CampaignRow:
    """A campaign as lists show it."""
    return CampaignRow(
        id=campaign.id,
        level=campaign.level,
        state=campaign.state,
        score=campaign.score,
        targets=campaign.targets,
        opened_at=campaign.opened_at,
        last_seen_at=campaign.last_seen_at,
        closed_at=campaign.closed_at,
        accounts=campaign.accounts,
        records=campaign.records,
        example=next((example for example in campaign.examples if example), ""),
        finding=finding,
    )


def _findings(judgements: Sequence[Judgement]) -> dict[str, Finding]:
    return {one.campaign: one.finding for one in latest(judgements)}


def _main_interval(index: OpinionReader, revision: CampaignRevision) -> Interval:
    """Of the first few targets the one with most of the campaign's records."""
    known = revision.intervals[:5] or tuple(
        Interval(target, revision.opened_at, revision.last_seen_at) for target in revision.targets[:1]
    )
    if len(known) == 1:
        return known[0]
    counts = [index.count(Query(campaign=revision.id, target=one.target)) for one in known]
    return known[counts.index(max(counts))]


def _ordinary(stretches: Sequence[Stretch], width: int) -> float | None:
    """The median of all stretches without the campaign from the target's first record on; those without
    any record count as 0.
    """
    if not stretches:
        return None
    between = (stretches[-1].start - stretches[0].start) // width + 1
    with_campaign = sum(1 for one in stretches if one.members)
    quiet = [one.records for one in stretches if not one.members]
    empty = max(0, between - with_campaign - len(quiet))
    ordinary = [*quiet, *[0] * empty]
    return float(median(ordinary)) if len(ordinary) >= _FEWEST_STRETCHES else None


def _root(index: OpinionReader, revision: CampaignRevision) -> RecordView | None:
    """The post that the campaign hangs on, where it is one."""
    for target in revision.targets[:5]:
        hit = index.get(target)
        if hit is not None:
            return view(hit)
    return None


def _accounts(
    index: OpinionReader, revision: CampaignRevision
) -> tuple[tuple[AccountRow, ...], tuple[Bucket, ...]]:
    """The campaign's busiest accounts, and other campaigns in which at least two of them act."""
    counts = index.aggregate(Query(campaign=revision.id), Terms("author", _MOST_ACCOUNTS))
    authors = AnyOf(tuple(Has("author", str(one.key)) for one in counts))
    together = dict.fromkeys((str(one.key) for one in counts), 0)
    joint: list[Bucket] = []
    others = index.aggregate(Query(condition=authors), Terms("campaign", _MOST_JOINT + 1)) if counts else []
    for other in others:
        if other.key == revision.id:
            continue
        theirs = index.aggregate(
            Query(campaign=str(other.key), condition=authors), Terms("author", _MOST_ACCOUNTS)
        )
        if len(theirs) > 1:
            joint.append(Bucket(other.key, len(theirs)))
            for one in theirs:
                together[str(one.key)] += 1
    rows = [AccountRow(str(one.key), one.count, together[str(one.key)]) for one in counts]
    rows.sort(key=lambda one: (-one.together, -one.records, one.author))
    return tuple(rows), tuple(joint)
