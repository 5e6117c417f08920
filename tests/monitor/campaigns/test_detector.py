"""A slot's detector: what opens a campaign, what does not, and that a snapshot continues exactly."""

from __future__ import annotations

import msgspec
import pytest

from monitor.campaigns.background import Background
from monitor.campaigns.detector import Bounds, SlotDetector
from monitor.campaigns.port import CampaignRevision, Sighting
from tests.testkit.sightings import a_sighting


def a_detector() -> SlotDetector:
    return SlotDetector(Background({}))


def _run(detector: SlotDetector, sightings: list[Sighting]) -> list[CampaignRevision]:
    return [revision for sighting in sightings for revision in detector.see(sighting)]


def _copies(count: int, own: str, gap_ms: int = 2_000, start: int = 0) -> list[Sighting]:
    return [a_sighting(own=own, at=start + at * gap_ms) for at in range(count)]


def test_one_text_from_many_accounts_opens_a_campaign() -> None:
    revisions = _run(a_detector(), _copies(30, "这款面膜真的特别好用推荐给大家"))
    assert revisions
    assert len({revision.id for revision in revisions}) == 1
    assert revisions[-1].targets == ("sina_weibo:root",)


def test_different_texts_open_nothing() -> None:
    texts = [
        "".join(chr(0x4E00 + (at * 97 + place * 31 * at) % 5_000) for place in range(12)) for at in range(60)
    ]
    assert not _run(a_detector(), [a_sighting(own=own, at=at * 1000) for at, own in enumerate(texts)])


def test_a_template_with_a_slot_opens_a_campaign() -> None:
    texts = [f"第{at}个人说的话各不相同{at * 7919}" for at in range(60)]
    assert _run(a_detector(), [a_sighting(own=own, at=at * 1000) for at, own in enumerate(texts)])


def test_a_run_of_equal_empty_reposts_opens_a_campaign() -> None:
    assert _run(a_detector(), _copies(60, "", gap_ms=1_000))


def test_every_member_is_told_once_the_campaign_closes() -> None:
    sightings = _copies(40, "这款面膜真的特别好用推荐给大家")
    late = a_sighting(own="路过看看", at=30_000_000)
    revisions = _run(a_detector(), [*sightings, late])
    assert revisions[-1].state == "closed"
    told = {member.record for revision in revisions for member in revision.members}
    assert told == {sighting.record for sighting in sightings}


def test_a_later_wave_of_a_large_campaign_is_told_within_minutes() -> None:
    first = _copies(150, "这款面膜真的特别好用推荐给大家")
    wave = _copies(20, "这款面膜真的特别好用推荐给大家", start=1_500_000)
    passing = a_sighting(own="路过看看", at=1_900_000)
    revisions = _run(a_detector(), [*first, *wave, passing])
    told = {member.record for revision in revisions for member in revision.members}
    assert {sighting.record for sighting in wave} <= told


@pytest.mark.parametrize("cut", [1, 9, 25])
def test_a_restored_detector_continues_byte_for_byte(cut: int) -> None:
    sightings = _copies(40, "这款面膜真的特别好用推荐给大家") + _copies(60, "", 1_000, 100_000)
    whole = a_detector()
    first = _run(whole, sightings[:cut])
    resumed = a_detector()
    resumed.restore(whole.snapshot())
    rest = _run(resumed, sightings[cut:])
    undisturbed = _run(a_detector(), sightings)
    assert msgspec.json.encode(first + rest) == msgspec.json.encode(undisturbed)


def test_objects_beyond_the_bound_are_forgotten_and_counted() -> None:
    detector = SlotDetector(Background({}), bounds=Bounds(once=10))
    _run(detector, [a_sighting(object=f"#tag{at}", at=at) for at in range(25)])
    assert detector.counters.forgotten_once == 15
