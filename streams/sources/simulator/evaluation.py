"""How well a detector did on a simulation, against its truth ledger.

**Which detection belongs to which episode.** A detection that names its member records is judged by them:
it belongs to a campaign when more than half of its members are campaign records, and it then finds every
campaign that holds at least a tenth of its members. A detection without members is judged by place and
time: it matches an episode when one of its intervals lies on one of the episode's targets and overlaps
the episode's interval there, widened by five minutes before the start. A detection that matches no
campaign is a false alarm; it is put down to the organic event it matches by the same rule, or to
``ordinary`` talk.

**Recall** is the share of campaigns found by at least one detection, **precision** the share of
detections that are not false alarms. So two detections of one campaign count twice for precision and once
for recall, and one detection that covers two campaigns finds both. Campaigns of original posts with
nothing in common have no target: only a detection that names its members can find them, which costs a
detector without members some recall. Nothing is left out because it is hard: a campaign of which only a
few records came before the end of the simulation counts as missed when not found. **Delay** is the time
from an episode's first record to the earliest matching detection's opening, never below 0.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import msgspec

from monitor.campaigns.port import CampaignRevision
from streams.sources.simulator.ledger import Truth, TruthEntry

SLACK = timedelta(minutes=5)
_SECOND = timedelta(seconds=1)
_MAJORITY = 0.5
_SHARE_TO_FIND = 0.1
_LIKELY_MILLI = 500
ORDINARY = "ordinary"


class DetectedInterval(msgspec.Struct, frozen=True):
    """When a detected campaign was seen on one target; ``end`` is None while it goes on."""

    target: str
    start: datetime
    end: datetime | None


class DetectedCampaign(msgspec.Struct, frozen=True):
    """What a detector reports; times carry an offset.

    ``records`` (``platform:id``) are the members, empty where the detector does not tell.
    """

    targets: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None
    intervals: tuple[DetectedInterval, ...]
    records: frozenset[str] = frozenset()


def detections(revisions: Iterable[CampaignRevision]) -> list[DetectedCampaign]:
    """Return the campaigns that a stream of revisions ends in, in order of opening.

    Of each id the highest revision holds; members of probability .5 and more are gathered over all of them. A
    merged campaign is no detection of its own: its members and intervals go to the one it was merged into.
    """
    last: dict[str, CampaignRevision] = {}
    members: dict[str, dict[str, bool]] = {}
    for revision in revisions:
        known = last.get(revision.id)
        if known is None or revision.revision >= known.revision:
            last[revision.id] = revision
        gathered = members.setdefault(revision.id, {})
        for member in revision.members:
            gathered[member.record] = member.probability_milli >= _LIKELY_MILLI
    heirs = {name: _heir(revision, last) for name, revision in last.items()}
    intervals: dict[str, list[DetectedInterval]] = {}
    for name, revision in last.items():
        heir = heirs[name]
        intervals.setdefault(heir, []).extend(
            DetectedInterval(part.target, _moment(part.start), _moment(part.end))
            for part in revision.intervals
        )
        if heir != name:
            members[heir] = members[name] | members[heir]
    survivors = [revision for name, revision in last.items() if heirs[name] == name]
    found = [
        DetectedCampaign(
            targets=tuple(dict.fromkeys(part.target for part in intervals[revision.id])),
            opened_at=_moment(revision.opened_at),
            closed_at=None if revision.closed_at is None else _moment(revision.closed_at),
            intervals=tuple(intervals[revision.id]),
            records=frozenset(record for record, likely in members[revision.id].items() if likely),
        )
        for revision in survivors
    ]
    return sorted(found, key=lambda campaign: campaign.opened_at)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _heir(revision: CampaignRevision, last: dict[str, CampaignRevision]) -> str:
    """Return the id that a merged campaign lives on under, through any number of merges."""
    seen = {revision.id}
    while revision.merged_into in last and revision.merged_into not in seen:
        revision = last[revision.merged_into]
        seen.add(revision.id)
    return revision.id


class KindResult(msgspec.Struct, frozen=True):
    """One kind of campaign: how many there were, how many were found, and the median delay in seconds."""

    episodes: int
    found: int
    recall: float | None
    median_delay_seconds: float | None


class Evaluation(msgspec.Struct, frozen=True):
    """Precision and recall; None where there is nothing to divide by.

    ``false_alarms`` counts false alarms by the organic kind they mistook, ``ordinary`` where none.
    ``missed`` are ids of campaigns.
    """

    campaigns: int
    found: int
    detected: int
    precision: float | None
    recall: float | None
    by_kind: dict[str, KindResult]
    false_alarms: dict[str, int]
    missed: tuple[str, ...]


class _Spans:
    """The ledger's intervals and records, looked up by target and by record."""

    def __init__(self, entries: Iterable[TruthEntry]) -> None:
        self._by_target: dict[str, list[tuple[datetime, datetime, TruthEntry]]] = {}
        self._by_record: dict[str, TruthEntry] = {}
        for entry in entries:
            for record in entry.records:
                self._by_record[record] = entry
            for interval in entry.intervals:
                start = datetime.fromisoformat(interval.start) - SLACK
                end = datetime.fromisoformat(interval.end) + _SECOND
                self._by_target.setdefault(interval.target, []).append((start, end, entry))

    def matching(self, campaign: DetectedCampaign) -> list[TruthEntry]:
        """Return the episodes that the detection belongs to, by the rule of this module."""
        return self._by_members(campaign.records) if campaign.records else self._by_place(campaign)

    def _by_members(self, records: frozenset[str]) -> list[TruthEntry]:
        held: dict[str, tuple[int, TruthEntry]] = {}
        for record in records:
            entry = self._by_record.get(record)
            if entry is not None:
                held[entry.id] = (held.get(entry.id, (0, entry))[0] + 1, entry)
        if sum(count for count, _ in held.values()) <= _MAJORITY * len(records):
            return []
        return [entry for count, entry in held.values() if count >= _SHARE_TO_FIND * len(records)]

    def _by_place(self, campaign: DetectedCampaign) -> list[TruthEntry]:
        found: dict[str, TruthEntry] = {}
        for seen in campaign.intervals:
            for start, end, entry in self._by_target.get(seen.target, ()):
                if seen.start < end and (seen.end is None or seen.end >= start):
                    found[entry.id] = entry
        return list(found.values())


def evaluate(detected: Sequence[DetectedCampaign], truth: Truth) -> Evaluation:
    """Compare detections with the ledger by the rules of this module."""
    campaigns = truth.coordinated()
    coordinated, organic = _Spans(campaigns), _Spans(truth.organic())
    delays: dict[str, float] = {}
    false_alarms: dict[str, int] = {}
    for campaign in detected:
        matches = coordinated.matching(campaign)
        for entry in matches:
            waited = (campaign.opened_at - datetime.fromisoformat(entry.start)).total_seconds()
            delays[entry.id] = min(max(waited, 0.0), delays.get(entry.id, float("inf")))
        if not matches:
            mistaken = organic.matching(campaign)
            name = mistaken[0].kind if mistaken else ORDINARY
            false_alarms[name] = false_alarms.get(name, 0) + 1
    wrong = sum(false_alarms.values())
    return Evaluation(
        campaigns=len(campaigns),
        found=len(delays),
        detected=len(detected),
        precision=_ratio(len(detected) - wrong, len(detected)),
        recall=_ratio(len(delays), len(campaigns)),
        by_kind=_by_kind(campaigns, delays),
        false_alarms=false_alarms,
        missed=tuple(entry.id for entry in campaigns if entry.id not in delays),
    )


def _by_kind(campaigns: Sequence[TruthEntry], delays: dict[str, float]) -> dict[str, KindResult]:
    results = {}
    for kind in sorted({entry.kind for entry in campaigns}):
        ids = [entry.id for entry in campaigns if entry.kind == kind]
        waits = [delays[name] for name in ids if name in delays]
        results[str(kind)] = KindResult(
            episodes=len(ids),
            found=len(waits),
            recall=_ratio(len(waits), len(ids)),
            median_delay_seconds=median(waits) if waits else None,
        )
    return results


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
