"""The course of a campaign on its target: from before its beginning, coarser when it is long, never cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.timeline import MOMENTS, Timeline, usual_before
from tests.testkit.sightings import a_sighting

MINUTE = 60_000
HOUR = 60 * MINUTE
COPY = "这款面膜真的特别好用推荐给大家"


@given(st.lists(st.integers(0, 30 * 24 * HOUR), min_size=1, max_size=80))
def test_a_timeline_keeps_every_record_in_few_moments(times: list[int]) -> None:
    timeline = Timeline()
    timeline.look_back((), 0, 0)
    for at in times:
        timeline.note(at)
        timeline.add(at)
    moments = timeline.moments()
    assert sum(one.members for one in moments) == sum(one.records for one in moments) == len(times)
    assert len(moments) <= MOMENTS
    assert moments[0].start <= min(times) < moments[0].start + moments[0].minutes * MINUTE
    assert [one.start for one in moments] == list(
        range(moments[0].start, moments[-1].start + 1, moments[0].minutes * MINUTE)
    )


def test_a_copy_is_a_timeline_of_its_own() -> None:
    timeline = Timeline()
    timeline.add(0)
    timeline.copy().add(0)
    assert timeline.moments()[0].members == 1


def test_usual_is_said_only_where_enough_is_remembered() -> None:
    times = [at * MINUTE for at in range(30)]
    assert usual_before(times, 30 * MINUTE, 0, whole=False) == 10.0
    assert usual_before(times[:9], 30 * MINUTE, 0, whole=False) is None
    assert usual_before([], 30 * MINUTE, MINUTE, whole=True) == 0.0
    assert usual_before([at * 1_000 for at in range(30)], 30_000, 0, whole=False) is None


def _told(talk: list[Sighting]) -> list[CampaignRevision]:
    detector = SlotDetector(Background({}))
    return [revision for one in talk for revision in detector.see(one)]


def _others(count: int, gap_ms: int, start: int = 0) -> list[Sighting]:
    texts = [
        "".join(chr(0x4E00 + (at * 97 + at * place * 31) % 5_000) for place in range(12))
        for at in range(count)
    ]
    return [a_sighting(own=own, at=start + at * gap_ms) for at, own in enumerate(texts)]


def _copies(count: int, gap_ms: int, start: int) -> list[Sighting]:
    return [a_sighting(own=COPY, at=start + at * gap_ms) for at in range(count)]


def test_a_campaigns_timeline_begins_in_the_hour_before_with_what_was_usual() -> None:
    start = 1_000 * HOUR
    details = _told(_others(120, MINUTE, start - 2 * HOUR) + _copies(40, 1_000, start))[-1].details
    before = [one for one in details.timeline if one.start < start]
    assert [(one.start, one.records, one.members) for one in before] == [
        (start - HOUR + at * 10 * MINUTE, 10, 0) for at in range(6)
    ]
    assert details.usual == 10.0


def test_a_long_campaign_keeps_its_beginning() -> None:
    start = 1_000 * HOUR
    last = _told(_copies(40, 1_000, start) + _copies(40, HOUR, start + HOUR))[-1]
    moments = last.details.timeline
    assert last.last_seen_at - last.began_at > 30 * HOUR
    assert moments[0].start <= start
    assert sum(one.members for one in moments) == last.records
    assert len(moments) <= MOMENTS


def test_one_record_with_a_wrong_date_does_not_stretch_a_timeline() -> None:
    start = 1_000 * HOUR
    wrong = a_sighting(own="明年的今天", at=start + 9_000 * HOUR)
    moments = _told([*_copies(40, 1_000, start), wrong, *_copies(20, 1_000, start + 41_000)])[
        -1
    ].details.timeline
    assert {one.minutes for one in moments} == {10}


def test_texts_beyond_those_shown_are_counted() -> None:
    pool = [
        "".join(chr(0x4E00 + (at * 997 + at * place * 131) % 5_000) for place in range(14))
        for at in range(1, 19)
    ]
    talk = [a_sighting(own=pool[at % len(pool)], at=at * 10_000) for at in range(180)]
    details = _told(talk)[-1].details
    assert len(details.groups) + details.more_groups == len(pool)
    assert details.more_groups == 6
