"""How well campaigns match episodes that a reader judged.

An alarm is one target's first active interval in a campaign, cut at two hours. It matches an episode of
the same target when their windows overlap, with five minutes of slack before the episode's start.
Episodes judged ``ambiguous`` are neither right nor wrong: alarms that match one are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Annotated, Literal

import msgspec

from monitor.campaigns.port import CampaignRevision
from monitor.errors import SourceError

CUT_MS = 7_200_000
SLACK_MS = 300_000
Judgement = Literal["coordinated", "organic", "ambiguous"]


class Episode(msgspec.Struct, frozen=True):
    """A burst in a cascade that a reader judged; times are event time in milliseconds since the epoch."""

    target: str
    start: int
    end: int
    label: Judgement
    subtype: str


class _Line(msgspec.Struct):
    root_id: str
    start: Annotated[datetime, msgspec.Meta(tz=True)]
    end: Annotated[datetime, msgspec.Meta(tz=True)]
    label: Judgement
    subtype: str
    platform: str = "sina_weibo"


class Alarm(msgspec.Struct, frozen=True):
    """One target's first active interval in a campaign."""

    campaign: str
    target: str
    start: int
    end: int
    opened_at: int


class Recall(msgspec.Struct, frozen=True):
    """Coordinated episodes of one subtype, and how many an alarm matches."""

    episodes: int
    found: int


class Evaluation(msgspec.Struct, frozen=True):
    """The result: recall per subtype, organic episodes that raised an alarm, and further alarms.

    ``organic_alarmed`` of the ``organic`` episodes raised one of ``false_alarms``. ``median_delay_seconds``
    runs from an episode's tenth record to the opening of the campaign; None where either is not known: a
    campaign that went on elsewhere before was not opened here. Of the episodes in ``absent`` there is no
    record: nothing is said of them.
    """

    recall: dict[str, Recall]
    missed: tuple[str, ...]
    absent: tuple[str, ...]
    organic: int
    organic_alarmed: int
    false_alarms: tuple[Alarm, ...]
    further_alarms: tuple[Alarm, ...]
    records: int
    further_per_100_000: float
    median_delay_seconds: float | None


def read_episodes(lines: Iterable[bytes], name: str) -> list[Episode]:
    """Episodes of a JSON-lines file; raises ``SourceError`` naming the line that is none."""
    decoder = msgspec.json.Decoder(_Line)
    episodes = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceError(f"{name}, line {number}: not an episode: {error}") from error
        start, end = (round(at.timestamp() * 1000) for at in (one.start, one.end))
        if end < start:
            raise SourceError(f"{name}, line {number}: not an episode: it ends before it starts")
        episodes.append(Episode(f"{one.platform}:{one.root_id}", start, end, one.label, one.subtype))
    return episodes


def alarms_of(campaigns: Iterable[CampaignRevision]) -> Iterator[Alarm]:
    """One alarm per target of each campaign that is no part of another; one that was taken back has none."""
    for campaign in campaigns:
        if campaign.state == "merged":
            continue
        for target in campaign.targets:
            intervals = [one for one in campaign.intervals if one.target == target]
            if not intervals:
                continue
            first = min(intervals, key=lambda one: one.start)
            end = min(first.end, first.start + CUT_MS)
            yield Alarm(campaign.id, target, first.start, end, campaign.opened_at)


def evaluate(
    campaigns: Iterable[CampaignRevision],
    episodes: Sequence[Episode],
    records: int,
    tenth_record: Callable[[Episode], int | None] = lambda _: None,
    has_records: Callable[[Episode], bool] = lambda _: True,
) -> Evaluation:
    """Match alarms with episodes; ``tenth_record`` tells when an episode's tenth record was written, and
    ``has_records`` whether any of it is known."""
    known = list(campaigns)
    absent = [one for one in episodes if not has_records(one)]
    episodes = [one for one in episodes if one not in absent]
    alarms = list(alarms_of(known))
    recall: dict[str, Recall] = {}
    missed, delays = [], []
    for episode in (one for one in episodes if one.label == "coordinated"):
        hits = [alarm for alarm in alarms if matches(alarm, episode)]
        before = recall.get(episode.subtype, Recall(0, 0))
        recall[episode.subtype] = Recall(before.episodes + 1, before.found + bool(hits))
        if not hits:
            missed.append(_name(episode))
        opened = [alarm.opened_at for alarm in hits if alarm.opened_at >= alarm.start]
        tenth = tenth_record(episode) if opened else None
        if tenth is not None:
            delays.append(max(0, min(opened) - tenth) / 1000)
    matched = {alarm.campaign for alarm in alarms if any(matches(alarm, one) for one in episodes)}
    unmatched = [alarm for alarm in alarms if not any(matches(alarm, one) for one in episodes)]
    further = _one_a_campaign(unmatched, matched, alarms)
    false_alarms = tuple(_false(alarms, episodes))
    return Evaluation(
        recall=recall,
        missed=tuple(missed),
        absent=tuple(_name(one) for one in absent),
        organic=sum(one.label == "organic" for one in episodes),
        organic_alarmed=sum(
            one.label == "organic" and any(matches(alarm, one) for alarm in false_alarms) for one in episodes
        ),
        false_alarms=false_alarms,
        further_alarms=further,
        records=records,
        further_per_100_000=round(100_000 * len(further) / records, 2) if records else 0.0,
        median_delay_seconds=median(delays) if delays else None,
    )


def matches(alarm: Alarm, episode: Episode) -> bool:
    """Same target, windows that overlap (with slack before the start)."""
    return (
        alarm.target == episode.target
        and alarm.start <= episode.end
        and alarm.end >= episode.start - SLACK_MS
    )


def _name(episode: Episode) -> str:
    return f"{episode.target} {episode.subtype}"


def _false(alarms: list[Alarm], episodes: Sequence[Episode]) -> Iterator[Alarm]:
    """Alarms that match an organic episode and no other."""
    for alarm in alarms:
        labels = {episode.label for episode in episodes if matches(alarm, episode)}
        if labels == {"organic"}:
            yield alarm


def _one_a_campaign(alarms: list[Alarm], matched: set[str], every: list[Alarm]) -> tuple[Alarm, ...]:
    """Every cascade is an alarm of its own; a campaign's other targets say the same once more.

    So they count only, once, for a campaign that has no cascade, and that no episode speaks of.
    """
    told = matched | {alarm.campaign for alarm in every if _is_cascade(alarm.target)}
    kept = []
    for alarm in alarms:
        if _is_cascade(alarm.target):
            kept.append(alarm)
        elif alarm.campaign not in told:
            kept.append(alarm)
            told.add(alarm.campaign)
    return tuple(kept)


def _is_cascade(target: str) -> bool:
    return not target.startswith(("#", "link:", "account:", "text:"))
