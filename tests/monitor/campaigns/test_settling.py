"""Records may come ten minutes late, and one may carry any date."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from monitor.campaigns import life, settling
from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.joiner import CampaignsJoiner
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.watch import Watch, Watching
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


COPY = "这款面膜真的特别好用推荐给大家"


def _live(number: int, every_ms: int = 20_000) -> list[Sighting]:
    return [a_sighting(own=COPY, at=4_000 * 24 * HOUR + at * every_ms) for at in range(number)]


def _archive(number: int, day: int = 100) -> list[Sighting]:
    """Years before: other objects, a record in five minutes of their time."""
    return [
        msgspec.structs.replace(
            a_sighting(at=day * 24 * HOUR + at * 300_000, object=f"sina_weibo:old{at // 2}"),
            cascade=f"sina_weibo:old{at // 2}",
        )
        for at in range(number)
    ]


@pytest.mark.parametrize("beside", [0, 20, 100])
def test_an_old_file_replayed_beside_live_talk_closes_no_campaign_of_it(beside: int) -> None:
    detector, archive = SlotDetector(Background({})), iter(_archive(beside * 180))
    told: list[CampaignRevision] = []
    for one in _live(180):
        told += detector.see(one)
        told += [revision for _ in range(beside) for revision in detector.see(next(archive))]
    assert len({one.id for one in told}) == 1
    assert {one.state for one in told} == {"open"}


def test_a_campaign_of_another_time_is_closed_in_the_end() -> None:
    """A newer file was taken in before; its campaign must not be open for ever."""
    detector = SlotDetector(Background({}))
    told = [revision for one in [*_live(40), *_archive(1_000)] for revision in detector.see(one)]
    assert told[-1].state == "closed"


def test_what_is_told_of_a_campaign_that_a_late_record_revives_is_heard() -> None:
    """The joiner, as every reader, takes the highest revision for the latest."""
    minute = 60_000
    army = [a_sighting(own=COPY, at=HOUR + at * 15_000) for at in range(40)]
    last = army[-1].at
    late = a_sighting(own=COPY, at=last + 118 * minute)
    reader = a_sighting(own="今天下雨了路上小心一点吧各位", at=last + 123 * minute)
    more = [a_sighting(own=COPY, at=last + (128 + 9 * at) * minute) for at in range(6)]
    tail = [
        a_sighting(own=f"路过看看{at}今天的评论区真热闹啊", at=last + (190 + 40 * at) * minute)
        for at in range(12)
    ]
    found = {}
    for name, order in (
        ("in order", [*army, late, reader, *more, *tail]),
        ("late", [*army, reader, late, *more, *tail]),
    ):
        detector, joiner = SlotDetector(Background({})), CampaignsJoiner()
        parts = [part for one in order for part in detector.see(one)]
        assert [part.revision for part in parts] == sorted({part.revision for part in parts})
        told = [one for part in parts for one in joiner.see(part)]
        assert len(told) == len(parts)
        members = {member.record for one in told for member in one.members if member.probability_milli}
        found[name] = (told[-1].records, len(members))
    assert found["late"] == found["in order"]


def test_one_wrong_date_makes_no_campaign_longer_than_it_is() -> None:
    campaign = _live(60)
    wrong = a_sighting(own=COPY, at=300 * 24 * HOUR)
    detector = SlotDetector(Background({}))
    told = [part for one in [*campaign[:40], wrong, *campaign[40:]] for part in detector.see(one)]
    assert told[-1].records >= 57
    assert told[-1].began_at >= campaign[0].at
    assert told[-1].last_seen_at <= campaign[-1].at


def test_a_campaign_of_very_many_stretches_holds_few_of_them() -> None:
    intervals: list[tuple[int, int]] = []
    for number in range(5 * life.MAX_INTERVALS):
        life._extend(intervals, number * (life.PAUSE_MS + 1 + number))
    assert len(intervals) == life.MAX_INTERVALS
    assert intervals[0][0] == 0
    assert intervals == sorted(intervals)
    assert all(end < start for (_, end), (start, _) in pairwise(intervals))
    assert intervals[-1][1] == (5 * life.MAX_INTERVALS - 1) * (life.PAUSE_MS + 5 * life.MAX_INTERVALS)


def test_old_dates_do_not_have_a_busy_object_settle_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    replayed: list[int] = []
    replay = settling._replay

    def counting(watch: Watch, sightings: Iterable[Sighting], watching: Watching) -> None:
        again = list(sightings)
        replayed.append(len(again))
        replay(watch, again, watching)

    monkeypatch.setattr(settling, "_replay", counting)
    chance = random.Random(1)
    detector = SlotDetector(Background({}))
    busy = [a_sighting(own="".join(a_sentence(chance)), at=100 * 24 * HOUR + at * 300) for at in range(4_500)]
    for one in busy:
        detector.see(one)
    for _ in range(40):
        detector.see(a_sighting(at=24 * HOUR, author="one account"))
    assert sum(replayed) <= len(busy)


@pytest.mark.parametrize("ahead", [3 * HOUR, 9 * HOUR, 20 * HOUR, 23 * HOUR])
def test_one_record_dated_ahead_does_not_keep_a_campaign_open_or_make_it_graver(ahead: int) -> None:
    detector = SlotDetector(Background({}))
    start = 4_000 * 24 * HOUR
    told = [part for one in _live(40) for part in detector.see(one)]
    wrong = a_sighting(own=COPY, at=start + ahead)
    told += detector.see(wrong)
    others = [
        msgspec.structs.replace(a_sighting(at=start + at * 60_000, object=f"#o{at}"), cascade=f"#o{at}")
        for at in range(15, 12 * 60)
    ]
    told += [part for one in others if one.at <= start + 10 * HOUR for part in detector.see(one)]
    assert told[-1].state == "closed"
    assert told[-1].last_seen_at - told[-1].began_at <= 5 * HOUR
