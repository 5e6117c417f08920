"""Records may come ten minutes late, and one may carry any date."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.port import CampaignRevision, Sighting
from tests.testkit.planting import a_campaign, a_sentence, an_empty_run
from tests.testkit.sightings import a_sighting

LATENESS_MS = 600_000
HOUR = 3_600_000
ONE = "sina_weibo:root"
Closed = list[tuple[tuple[str, ...], tuple[tuple[int, int], ...], list[str]]]


def _talk(chance: random.Random, name: str) -> list[Sighting]:
    """A day of one object: people, a campaign of paraphrases, one of empty reposts, and silence."""
    paid = a_campaign(chance, accounts=30, minutes=10, sentences=3, paraphrase=0.2)
    empty = an_empty_run(chance, accounts=60, minutes=6)
    texts = [(chance.randrange(4 * HOUR), "".join(a_sentence(chance))) for _ in range(60)]
    texts += [(HOUR + one.after, one.text) for one in paid]
    texts += [(7 * HOUR + one.after, "") for one in empty]
    texts += [(12 * HOUR + at * 400_000, "".join(a_sentence(chance))) for at in range(60)]
    said = [a_sighting(own=own, at=at // 1_000 * 1_000, object=name) for at, own in texts]
    return [msgspec.structs.replace(one, cascade=name) for one in said]


def _closed(sightings: Iterable[Sighting]) -> Closed:
    """Targets, intervals and members of the campaigns that are closed in the end."""
    detector = SlotDetector(Background({}))
    last: dict[str, CampaignRevision] = {}
    members: dict[str, dict[str, int]] = {}
    for sighting in sightings:
        for told in detector.see(sighting):
            last[told.id] = told
            kept = members.setdefault(told.id, {})
            kept.update({one.record: one.probability_milli for one in told.members})
    return sorted(
        (one.targets, _times(one), sorted(name for name, milli in members[one.id].items() if milli))
        for one in last.values()
        if one.state == "closed" and one.records
    )


def _times(one: CampaignRevision) -> tuple[tuple[int, int], ...]:
    return tuple((part.start, part.end) for part in one.intervals)


def _in_order(talk: list[Sighting]) -> list[Sighting]:
    return sorted(talk, key=lambda one: (one.at, one.record))


def _late(talk: list[Sighting], chance: random.Random, lateness: int = LATENESS_MS) -> list[Sighting]:
    """The same records as they arrive when each may be up to so many milliseconds late."""
    return [
        one for _, one in sorted(((one.at + chance.randrange(lateness), one) for one in talk), key=_first)
    ]


def _first(pair: tuple[int, Sighting]) -> tuple[int, str]:
    return pair[0], pair[1].record


@settings(max_examples=12, deadline=None)
@given(some.integers(0, 1_000_000))
@example(25_954)  # a late record revives a campaign that silence had closed
def test_lateness_of_ten_minutes_gives_the_same_closed_campaigns(seed: int) -> None:
    chance = random.Random(seed)
    talk = _talk(chance, ONE) + _talk(chance, "sina_weibo:other")
    assert _closed(_late(talk, chance)) == _closed(_in_order(talk))


def test_the_talk_that_is_shuffled_holds_campaigns() -> None:
    chance = random.Random(1)
    assert len(_closed(_in_order(_talk(chance, ONE)))) >= 2


def test_what_was_told_of_a_record_that_is_no_member_is_taken_back() -> None:
    """Every record of the last state has the probability told last, zero included."""
    for seed in range(6):
        chance = random.Random(seed)
        talk = _talk(chance, ONE)
        detector = SlotDetector(Background({}))
        counted: dict[str, int] = {}
        told: dict[str, dict[str, int]] = {}
        for sighting in _late(talk, chance):
            for one in detector.see(sighting):
                counted[one.id] = one.records
                told.setdefault(one.id, {}).update(
                    {member.record: member.probability_milli for member in one.members}
                )
        for name, members in told.items():
            assert sum(milli > 0 for milli in members.values()) == counted[name]


@pytest.mark.parametrize("ahead", [3 * HOUR, 11 * HOUR, 20 * 24 * HOUR, 2_000 * 24 * HOUR])
@pytest.mark.parametrize("own", ["", "这款面膜真的特别好用推荐给大家"])
def test_one_record_dated_ahead_hides_no_campaign(ahead: int, own: str) -> None:
    copies = [a_sighting(own="这款面膜真的特别好用推荐给大家", at=HOUR + at * 3_000) for at in range(40)]
    wrong = a_sighting(own=own, at=HOUR + ahead)
    detector = SlotDetector(Background({}))
    told = [revision for one in [wrong, *copies] for revision in detector.see(one)]
    assert told
    detector = SlotDetector(Background({}))
    told = [revision for one in [*copies[:5], wrong, *copies[5:]] for revision in detector.see(one)]
    assert told


def test_an_object_that_wakes_up_after_days_forgets_what_was_before() -> None:
    copies = [a_sighting(own="这款面膜真的特别好用推荐给大家", at=at * 3_000) for at in range(6)]
    later = [a_sighting(own="这款面膜真的特别好用推荐给大家", at=240 * HOUR + at) for at in range(4)]
    detector = SlotDetector(Background({}))
    assert not [revision for one in copies + later for revision in detector.see(one)]


def test_copies_from_before_all_that_is_remembered_open_nothing() -> None:
    chance = random.Random(3)
    detector = SlotDetector(Background({}))
    copies = [a_sighting(own="河边的小店换了招牌以后生意好了三倍", at=number * 1_000) for number in range(8)]
    talk = [a_sighting(own="".join(a_sentence(chance)), at=3 * HOUR + at * 1_000) for at in range(300)]
    told = [detector.see(one) for one in [*copies[:3], *talk, *copies[3:]]]
    assert not any(told)


def test_a_record_later_than_any_may_be_ends_nothing() -> None:
    chance = random.Random(3)
    detector = SlotDetector(Background({}))
    talk = [a_sighting(own="".join(a_sentence(chance)), at=at * 60_000) for at in range(100)]
    run = [a_sighting(at=2 * HOUR + at * 2_000) for at in range(30)]
    told = [detector.see(one) for one in [*talk, *run, a_sighting(at=2 * HOUR - 660_000)]]
    assert any(told)
    assert not told[-1]
