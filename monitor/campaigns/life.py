"""The life of a campaign on one object: opened, grown, closed; told in revisions of one id."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import pairwise
from statistics import median_low
from zlib import crc32

import msgspec

from monitor.campaigns.distinct import sketch_of
from monitor.campaigns.evidence import explain
from monitor.campaigns.levels import level_of
from monitor.campaigns.port import (
    CampaignRevision,
    CampaignState,
    Details,
    Evidence,
    Interval,
    Level,
    Membership,
    TextGroup,
)
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.signals.same_words import records_within
from monitor.campaigns.timeline import LEAD_MS, Timeline, usual_before
from monitor.campaigns.window import HORIZON_MS, ObjectWindow, Seen

PAUSE_MS = 1_800_000
"""A longer pause ends an interval."""
SILENCE_MS = 7_200_000
"""A longer one closes the campaign."""
_TELL_MS = 300_000
"""Members wait no longer than this to be told, while the object is written about."""
MAX_RECORDS = 20_000
MAX_ACCOUNTS = 10_000
MAX_INTERVALS = 200
_MAX_TEXTS, _MAX_TEXT_AUTHORS = 200, 1_024
_SHOWN_ACCOUNTS = 200
_SHOWN_GROUPS = 12
_RUN_PAUSE_MS = 600_000
"""After a longer pause a plain repost no longer prolongs a run."""
_EXAMPLES = 5
_GROUP_MILLI, _RUN_MILLI, _POOL_MILLI = 950, 850, 800


class TextCount(msgspec.Struct, gc=False, array_like=True):
    """Records with one text, and hashes of who wrote them, up to a bound."""

    records: int
    authors: dict[int, None]


class Campaign(msgspec.Struct, gc=False):
    """A campaign that is open on one object.

    ``groups`` and ``bares`` are the texts and plain strings it consists of, with the probability (in
    thousandths) that a record with one of them belongs to it; ``untold`` waits for the next revision;
    ``judged`` is how many records it had when it was judged last. ``began_at`` is event time of its first
    record, ``voice`` how many records the object had since then, ``usual`` how many in ten minutes before.
    """

    id: str
    opened_at: int
    revision: int
    score: float
    found: dict[str, Finding]
    against: dict[str, Finding]
    groups: dict[int, int]
    bares: dict[str, int]
    texts: dict[str, TextCount]
    records: dict[str, int]
    accounts: dict[str, None]
    phrases: list[int]
    intervals: list[tuple[int, int]]
    untold: list[str]
    record_count: int = 0
    began_at: int | None = None
    voice: int = 0
    usual: float | None = None
    course: Timeline = msgspec.field(default_factory=Timeline)
    judged: int = 0
    told_level: Level = "blue"
    told_at: int = 0


def opened(window: ObjectWindow, seen: Seen, score: float) -> Campaign:
    """Open a campaign on the evidence that ``seen`` completed; its id is made of what opened it."""
    digest = blake2b(f"{window.object}\0{seen.record}\0{seen.at}".encode(), digest_size=8).hexdigest()
    return Campaign("c" + digest, seen.at, -1, score, {}, {}, {}, {}, {}, {}, {}, [], [], [])


def copy(campaign: Campaign) -> Campaign:
    """The campaign as it is now; what happens to either does not change the other."""
    return msgspec.structs.replace(
        campaign,
        found=campaign.found.copy(),
        against=campaign.against.copy(),
        groups=campaign.groups.copy(),
        bares=campaign.bares.copy(),
        texts={text: TextCount(one.records, one.authors.copy()) for text, one in campaign.texts.items()},
        records=campaign.records.copy(),
        accounts=campaign.accounts.copy(),
        phrases=campaign.phrases.copy(),
        intervals=campaign.intervals.copy(),
        course=campaign.course.copy(),
        untold=campaign.untold.copy(),
    )


def take(campaign: Campaign, window: ObjectWindow, findings: Iterable[Finding], members: list[Seen]) -> None:
    """Take in what the findings rest on: ``members`` in event-time order."""
    for finding in findings:
        known = campaign.found.get(finding.name)
        if known is None or finding.value >= known.value:
            campaign.found[finding.name] = finding
        if finding.bare is not None:
            campaign.bares.setdefault(finding.bare, _RUN_MILLI)
        milli = _POOL_MILLI if finding.name == "recycled_pool" else _GROUP_MILLI
        for name in finding.groups:
            if name not in campaign.groups:
                campaign.phrases.extend(window.groups[name].keys[:1])
            campaign.groups[name] = max(milli, campaign.groups.get(name, 0))
    if members:
        _look_back(campaign, window, members[0].at)
    _add_all(campaign, window, members)


def _look_back(campaign: Campaign, window: ObjectWindow, first: int) -> None:
    """Count what else the object had since ``first``, and an hour before, as far as it is remembered."""
    began = campaign.began_at
    if began is not None and began <= first:
        return
    times = [seen.at for seen in window.ring]
    whole = window.total <= len(times)
    if began is None:
        campaign.voice = round(records_within(window, window.last_at - first + 1, window.last_at))
        campaign.usual = usual_before(times, first, window.root_at, whole=whole)
    else:
        campaign.voice += sum(first <= at < began for at in times)
    campaign.began_at = first
    remembered = first - LEAD_MS if whole else max(first - LEAD_MS, times[0])
    campaign.course.look_back(times, remembered, first)


def since_pause(members: list[Seen]) -> list[Seen]:
    """The latest of these records (in event-time order) without a pause that would part them.

    A slow campaign has long gaps throughout: four times its median gap is no pause.
    """
    gaps = [later.at - earlier.at for earlier, later in pairwise(members)]
    if not gaps:
        return members
    pause = max(PAUSE_MS, min(SILENCE_MS, 4 * median_low(gaps)))
    for at in range(len(gaps) - 1, -1, -1):
        if gaps[at] > pause:
            return members[at + 1 :]
    return members


def belongs(campaign: Campaign, seen: Seen) -> bool:
    """Whether a new record carries a text of the campaign, or prolongs its run."""
    if seen.group >= 0:
        return seen.group in campaign.groups
    return seen.bare in campaign.bares and seen.at - last_seen(campaign) <= _RUN_PAUSE_MS


def add(campaign: Campaign, window: ObjectWindow, seen: Seen) -> None:
    """Take one record into the campaign."""
    _add_all(campaign, window, [seen])


def _add_all(campaign: Campaign, window: ObjectWindow, records: list[Seen]) -> None:
    for seen in records:
        if seen.record in campaign.records:
            continue
        milli = campaign.groups[seen.group] if seen.group >= 0 else campaign.bares[seen.bare]
        if len(campaign.records) < MAX_RECORDS:
            campaign.records[seen.record] = milli
        campaign.record_count += 1
        campaign.untold.append(seen.record)
        if len(campaign.accounts) < MAX_ACCOUNTS:
            campaign.accounts[seen.author] = None
        _count_text(campaign, window.groups[seen.group].own if seen.group >= 0 else "", seen)
        later = seen.at - last_seen(campaign)
        if not campaign.intervals or -HORIZON_MS <= later <= 2 * SILENCE_MS:
            # One wrong date must not make a campaign years long, nor graver than it is.
            _extend(campaign.intervals, seen.at)
        if _is_dated(window, seen):
            campaign.course.add(seen.at)


def _count_text(campaign: Campaign, own: str, seen: Seen) -> None:
    text = campaign.texts.get(own)
    if text is None:
        if len(campaign.texts) >= _MAX_TEXTS:
            return
        text = campaign.texts[own] = TextCount(0, {})
    text.records += 1
    if len(text.authors) < _MAX_TEXT_AUTHORS:
        text.authors[crc32(seen.author.encode())] = None


def note(campaign: Campaign, window: ObjectWindow, seen: Seen) -> None:
    """Count a record of the object, whoever wrote it."""
    if campaign.began_at is not None and seen.at >= campaign.began_at:
        campaign.voice += 1
    if _is_dated(window, seen):
        campaign.course.note(seen.at)


def _is_dated(window: ObjectWindow, seen: Seen) -> bool:
    """Whether a record is of the object's own time: one wrong date must not stretch a timeline."""
    return abs(seen.at - window.last_at) <= HORIZON_MS


def _extend(intervals: list[tuple[int, int]], at: int) -> None:
    """Add a moment to the intervals (ascending); pauses longer than ``PAUSE_MS`` part them.

    Of more than ``MAX_INTERVALS`` those with the shortest pause between them become one.
    """
    if intervals and intervals[-1][0] <= at <= intervals[-1][1] + PAUSE_MS:
        intervals[-1] = (intervals[-1][0], max(at, intervals[-1][1]))
        return
    intervals.append((at, at))
    intervals.sort()
    joined = [intervals[0]]
    for start, end in intervals[1:]:
        if start - joined[-1][1] <= PAUSE_MS:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    if len(joined) > MAX_INTERVALS:
        place = min(range(1, len(joined)), key=lambda one: joined[one][0] - joined[one - 1][1])
        joined[place - 1 : place + 1] = [(joined[place - 1][0], joined[place][1])]
    intervals[:] = joined


def last_seen(campaign: Campaign) -> int:
    """Event time of the campaign's latest record."""
    return campaign.intervals[-1][1] if campaign.intervals else campaign.opened_at


def is_worth_telling(campaign: Campaign, window: ObjectWindow, at: int) -> bool:
    """Whether enough has changed for a revision: a fifth more records, a graver level, or some minutes ago.

    Figures wait half an hour for memberships: a large campaign's next wave must not wait for its end.
    """
    grown = len(campaign.untold) * 5 >= campaign.record_count
    if grown or not campaign.untold:
        return grown
    return at - campaign.told_at >= _TELL_MS or level(campaign, window) != campaign.told_level


def level(campaign: Campaign, window: ObjectWindow) -> Level:
    """Blue to red."""
    lasted = last_seen(campaign) - campaign.intervals[0][0]
    return level_of(len(campaign.accounts), lasted, campaign.record_count, _voice(campaign, window))


def _voice(campaign: Campaign, window: ObjectWindow) -> int:
    """Records of the object since the campaign's first; none where the object is the campaign's own words."""
    if window.is_text:
        return 0
    return max(campaign.voice, campaign.record_count)


def tell(campaign: Campaign, window: ObjectWindow, state: CampaignState) -> CampaignRevision:
    """The next revision, with the memberships that were not told yet."""
    campaign.revision += 1
    campaign.told_level, campaign.told_at = level(campaign, window), window.last_at
    untold, campaign.untold = campaign.untold, []
    last = last_seen(campaign)
    groups = _groups(campaign)
    return CampaignRevision(
        id=campaign.id,
        revision=campaign.revision,
        state=state,
        level=campaign.told_level,
        score=round(campaign.score, 4),
        targets=(window.object,),
        opened_at=campaign.opened_at,
        last_seen_at=last,
        closed_at=last if state == "closed" else None,
        accounts=len(campaign.accounts),
        records=campaign.record_count,
        signals={name: round(one.value, 4) for name, one in campaign.found.items()},
        against={name: round(one.value, 4) for name, one in campaign.against.items()},
        intervals=tuple(Interval(window.object, start, end) for start, end in campaign.intervals),
        examples=tuple(group.text for group in groups if group.text)[:_EXAMPLES],
        members=tuple(
            Membership(record, campaign.id, campaign.revision, _milli(campaign, record)) for record in untold
        ),
        details=Details(
            signals=_explained(campaign.found),
            against=_explained(campaign.against),
            groups=groups,
            timeline=campaign.course.moments(),
            accounts=tuple(campaign.accounts)[:_SHOWN_ACCOUNTS],
            phrases=tuple(campaign.phrases[:64]),
            publisher=window.root_author,
            more_groups=len(campaign.texts) - len(groups),
            usual=None if campaign.usual is None else round(campaign.usual, 2),
            voice=_voice(campaign, window),
            sketch=sketch_of(campaign.accounts) if len(campaign.accounts) > _SHOWN_ACCOUNTS else b"",
        ),
    )


def withdraw(told: Campaign, window: ObjectWindow) -> CampaignRevision:
    """End a campaign that turned out to be none: what was told of its members is taken back."""
    told.revision += 1
    last = last_seen(told)
    return CampaignRevision(
        id=told.id,
        revision=told.revision,
        state="closed",
        level="blue",
        score=0.0,
        targets=(window.object,),
        opened_at=told.opened_at,
        last_seen_at=last,
        closed_at=last,
        accounts=0,
        records=0,
        signals={},
        against={},
        intervals=(),
        examples=(),
        members=_taken_back(told, set(told.records) - set(told.untold)),
    )


def announce(campaign: Campaign, window: ObjectWindow, ended: dict[str, int]) -> CampaignRevision:
    """Tell a campaign that only the order of event time brought to light, with all its members."""
    campaign.untold = list(campaign.records)
    campaign.revision = ended.get(campaign.id, -1)
    return tell(campaign, window, "open")


def correct(campaign: Campaign, told: Campaign, window: ObjectWindow) -> list[CampaignRevision]:
    """Let a settled campaign go on as the one told before; a revision where members are none any more."""
    known = set(told.records) - set(told.untold)
    campaign.id, campaign.opened_at, campaign.revision = told.id, told.opened_at, told.revision
    campaign.told_level, campaign.told_at = told.told_level, told.told_at
    campaign.untold = [record for record in campaign.records if record not in known]
    wrong = known - campaign.records.keys()
    if not wrong:
        return []
    revision = tell(campaign, window, "open")
    return [msgspec.structs.replace(revision, members=(*revision.members, *_taken_back(campaign, wrong)))]


def _taken_back(campaign: Campaign, records: Iterable[str]) -> tuple[Membership, ...]:
    return tuple(Membership(record, campaign.id, campaign.revision, 0) for record in sorted(records))


def _milli(campaign: Campaign, record: str) -> int:
    """A record's own probability, lowered where the campaign as a whole is in doubt."""
    return round(campaign.records.get(record, _POOL_MILLI) * min(1.0, 0.5 + campaign.score / 2))


def _explained(findings: dict[str, Finding]) -> tuple[Evidence, ...]:
    ordered = sorted(findings.values(), key=lambda one: (-one.value, one.name))
    return tuple(explain(one) for one in ordered)


def _groups(campaign: Campaign) -> tuple[TextGroup, ...]:
    ordered = sorted(campaign.texts.items(), key=lambda item: (-item[1].records, item[0]))
    return tuple(TextGroup(text, one.records, len(one.authors)) for text, one in ordered[:_SHOWN_GROUPS])
