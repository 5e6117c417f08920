"""Joining: campaigns whose records mostly coincide are one; the earliest id stays."""

from __future__ import annotations

import msgspec

from monitor.campaigns.joiner import CampaignsJoiner
from monitor.campaigns.port import CampaignRevision
from tests.testkit.sightings import a_revision


def _told(joiner: CampaignsJoiner, revisions: list[CampaignRevision]) -> list[CampaignRevision]:
    return [told for revision in revisions for told in joiner.see(revision)]


def test_a_cascade_and_its_hashtag_become_one_campaign() -> None:
    records = [f"r{at}" for at in range(20)]
    told = _told(
        CampaignsJoiner(),
        [
            a_revision("c1", target="sina_weibo:root", records=records, opened_at=10),
            a_revision("c2", target="#tag", records=records[:15], opened_at=20),
        ],
    )
    assert told[-1].id == "c1"
    assert set(told[-1].targets) == {"sina_weibo:root", "#tag"}


def test_the_later_one_names_the_campaign_it_went_into() -> None:
    records = [f"r{at}" for at in range(20)]
    joiner = CampaignsJoiner()
    early = a_revision("c1", records=records, opened_at=10)
    late = a_revision("c2", records=records, opened_at=20)
    merged = [told for told in _told(joiner, [late, early]) if told.state == "merged"]
    assert [(told.id, told.merged_into) for told in merged] == [("c2", "c1")]


def test_members_of_a_merged_campaign_move_to_the_one_that_stays() -> None:
    joiner = CampaignsJoiner()
    late = a_revision("c2", records=[*"abcde"], opened_at=20)
    early = a_revision("c1", records=[*"abcd"], opened_at=10)
    last = _told(joiner, [late, early])[-1]
    assert {member.record for member in last.members} == set("abcde")
    assert {member.campaign for member in last.members} == {"c1"}


def test_a_campaign_taken_back_has_no_records_and_joins_nothing() -> None:
    joiner = CampaignsJoiner()
    opened = a_revision("c1", records=[*"abcde"], opened_at=10)
    none_left = tuple(msgspec.structs.replace(one, probability_milli=0) for one in opened.members)
    taken_back = msgspec.structs.replace(
        opened, revision=1, state="closed", records=0, accounts=0, members=none_left
    )
    told = _told(joiner, [opened, taken_back, a_revision("c2", target="#tag", records=[*"abcde"])])
    assert [(one.id, one.state, one.records) for one in told] == [
        ("c1", "open", 5), ("c1", "closed", 0), ("c2", "open", 5),
    ]  # fmt: skip


def test_campaigns_without_common_records_stay_apart() -> None:
    told = _told(CampaignsJoiner(), [a_revision("c1", records=["a"]), a_revision("c2", records=["b"])])
    assert {revision.state for revision in told} == {"open"}


def test_a_restored_joiner_continues_byte_for_byte() -> None:
    revisions = [
        a_revision(f"c{at}", target=f"#t{at}", records=[f"r{at // 3}"], opened_at=at) for at in range(12)
    ]
    whole = CampaignsJoiner()
    first = _told(whole, revisions[:5])
    resumed = CampaignsJoiner()
    resumed.restore(whole.snapshot())
    assert msgspec.json.encode(first + _told(resumed, revisions[5:])) == msgspec.json.encode(
        _told(CampaignsJoiner(), revisions)
    )


def test_the_oldest_campaigns_are_forgotten_beyond_the_bound() -> None:
    joiner = CampaignsJoiner(max_campaigns=5)
    _told(joiner, [a_revision(f"c{at}", records=[f"r{at}"], opened_at=at) for at in range(50)])
    assert len(joiner.snapshot()) < 5_000
