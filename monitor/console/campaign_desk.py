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
from monitor.campaigns.timeline import USUAL_MS
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
_MOST_TARGETS = 100
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

    def page(self, campaign: str, target: str | None = None) -> CampaignPage | None:
        """The evidence of one campaign, with the timeline of one of its targets: the one with most of its
        records, unless another is asked for.
        """
        index = self._index()
        revision = index.campaign(campaign)
        if revision is None:
            return None
        judgements = index.judgements()
        accounts, joint = _accounts(index, revision)
        details = revision.details
        return CampaignPage(
            revision=revision,
            began_at=began_at(revision),
            root=_root(index, revision),
            timeline=self._timeline(index, revision, target),
            groups=details.groups,
            accounts=accounts,
            joint=joint,
            signals=details.signals,
            against=details.against,
            judgements=tuple(one for one in judgements if one.campaign == campaign),
            precision=live_precision(judgements),
        )

    def revision(self, campaign: str, number: int | None = None) -> CampaignRevision:
        """The latest revision of a campaign, which must be that of the number where one is given.

        Raises:
            QueryError: there is no such campaign, or it has been written anew since.
        """
        revision = self._index().campaign(campaign)
        if revision is None:
            raise QueryError(
                message("there is no campaign {id}; it may have been written anew: look it up"), id=campaign
            )
        if number not in {None, revision.revision}:
            raise QueryError(
                message("{id} is at revision {latest} now, not {revision}: look at it again"),
                id=campaign,
                latest=revision.revision,
                revision=number,
            )
        return revision

    def judge(self, judge: str, shown: CampaignRevision, finding: Finding, note: str = "") -> Judgement:
        """Keep what a person judged of the revision that they were shown, whatever came after it.

        Raises:
            QueryError: no such finding, or the note is too long.
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
        at = int(self._clock() * 1000)
        judgement = Judgement(
            id=blake2b(f"{shown.id}|{judge}|{at}".encode(), digest_size=12).hexdigest(),
            campaign=shown.id,
            revision=shown.revision,
            finding=finding,
            note=note,
            judge=judge,
            at=at,
            level=shown.level,
            score=shown.score,
            signals=shown.signals,
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

    def _timeline(self, index: OpinionReader, revision: CampaignRevision, asked: str | None) -> Timeline:
        """One target from well before the campaign's first record there until well after its last."""
        everywhere = Query(campaign=revision.id)
        counts = _by_target(index, revision)
        target = asked if asked in revision.targets else _main_target(revision, counts)
        intervals = tuple(one for one in revision.intervals if one.target == target)
        first, last = _span(index, revision, target, intervals)
        margin = max(_LEAST_MARGIN, last - first)
        start, end = first - 2 * margin, last + margin
        histogram = histogram_over(start, end, self._zone, _BARS)
        whole = Query(target=target, after=start, before=end + 1)
        members = {
            bucket.key: bucket.count
            for bucket in index.aggregate(msgspec.structs.replace(whole, campaign=revision.id), histogram)
        }
        stretches = [
            Stretch(int(one.key), one.count, members.get(one.key, 0))
            for one in index.aggregate(whole, histogram)
        ]
        return Timeline(
            target=target,
            interval_seconds=histogram.interval_seconds,
            stretches=tuple(stretches),
            ordinary=_usual(revision, stretches, histogram.interval_seconds * 1000),
            members=sum(members.values()),
            all_members=index.count(everywhere),
            targets=tuple(counts),
            intervals=intervals,
        )


def row(campaign: CampaignRevision, finding: Finding | None) -> CampaignRow:
    """A campaign as lists show it."""
    return CampaignRow(
        id=campaign.id,
        level=campaign.level,
        state=campaign.state,
        score=campaign.score,
        targets=campaign.targets,
        began_at=began_at(campaign),
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


def began_at(revision: CampaignRevision) -> int:
    """Event time of a campaign's first record: it is noticed (``opened_at``) only after some."""
    return min((one.start for one in revision.intervals), default=revision.opened_at)


def _by_target(index: OpinionReader, revision: CampaignRevision) -> list[Bucket]:
    """How many of the campaign's records are on each of its targets, most first."""
    found = index.aggregate(Query(campaign=revision.id), Terms("target", _MOST_TARGETS))
    return [one for one in found if one.key in revision.targets]


def _main_target(revision: CampaignRevision, counts: Sequence[Bucket]) -> str:
    """The target with most of the campaign's records; of equals the first that the campaign names."""
    most = {str(one.key): one.count for one in counts}
    return max(revision.targets, key=lambda target: most.get(target, 0), default="")


def _span(
    index: OpinionReader, revision: CampaignRevision, target: str, intervals: Sequence[Interval]
) -> tuple[int, int]:
    """Event time from a campaign's first record on a target to its last, in its intervals or not."""
    ours = Query(campaign=revision.id, target=target, limit=1)
    moments = [moment for one in intervals for moment in (one.start, one.end)]
    for sort in ("oldest", "newest"):
        hits = index.search(msgspec.structs.replace(ours, sort=sort)).hits
        moments += [hit.document.created_at for hit in hits]
    if not moments:
        moments = [began_at(revision), revision.last_seen_at]
    return min(moments), max(moments)


def _usual(revision: CampaignRevision, stretches: Sequence[Stretch], width: int) -> float | None:
    """What is usual on a target in one stretch.

    Of a campaign on one object detection noted it when the campaign began, as its evidence says, too.
    """
    noted = revision.details.usual
    if noted is not None and len(revision.targets) == 1:
        return round(noted * width / USUAL_MS, 1)
    return _ordinary(stretches, width)


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
