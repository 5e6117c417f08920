"""Joining: campaigns whose records mostly coincide are one; the earliest id stays."""

from __future__ import annotations

import random

import msgspec

from monitor.campaigns.joined import MAX_TARGETS, Part, tell
from monitor.campaigns.joiner import MAX_TOLD, CampaignsJoiner
from monitor.campaigns.port import CampaignRevision, Interval
from streams.codec import cut
from streams.topics import plan
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


def test_what_turns_out_not_to_belong_goes_on_under_its_own_id() -> None:
    records = [f"r{at}" for at in range(10)]
    joiner = CampaignsJoiner()
    early = a_revision("c1", records=records, opened_at=10)
    late = a_revision("c2", target="#tag", records=[*records[:4], "own"], opened_at=20)
    none_shared = tuple(msgspec.structs.replace(one, probability_milli=0) for one in late.members[:4])
    corrected = msgspec.structs.replace(late, revision=1, records=1, members=none_shared)
    told = _told(joiner, [early, late, corrected])
    assert [(one.id, one.revision, one.state) for one in told[-3:]] == [
        ("c1", 1, "open"), ("c1", 2, "open"), ("c2", 1, "open"),
    ]  # fmt: skip
    gone = {member.record for member in told[-2].members if not member.probability_milli}
    assert gone == {"own"}
    assert {member.record for member in told[-1].members if member.probability_milli} == {"own"}


def test_who_is_one_follows_from_what_was_told_last_in_any_order() -> None:
    chance = random.Random(4)
    parts = [
        a_revision(f"c{at}", target=f"#t{at}", records=chance.sample([f"r{n}" for n in range(40)], 8))
        for at in range(20)
    ]
    outcomes = set()
    for seed in range(10):
        joiner = CampaignsJoiner()
        first = [
            msgspec.structs.replace(
                part, members=chance.sample(parts[(at + seed) % 20].members, 6) if at % 2 else ()
            )
            for at, part in enumerate(parts)
        ]
        last = [
            msgspec.structs.replace(
                part,
                revision=1,
                members=(
                    *(msgspec.structs.replace(one, probability_milli=0) for one in first[at].members),
                    *part.members,
                ),
            )
            for at, part in enumerate(parts)
        ]
        told = {one.id: one for one in _told(joiner, [*first, *random.Random(seed).sample(last, 20)])}
        outcomes.add(frozenset(one.targets for one in told.values() if one.state != "merged"))
    assert len(outcomes) == 1
    assert 1 < len(outcomes.pop()) < 20


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


def test_one_campaign_on_ever_more_targets_is_forgotten_too() -> None:
    joiner = CampaignsJoiner(max_parts=30)
    records = [f"r{at}" for at in range(8)]
    _told(joiner, [a_revision(f"c{at}", target=f"#t{at}", records=records) for at in range(400)])
    assert joiner.forgotten
    assert len(joiner.snapshot()) < 60_000


def test_the_oldest_campaigns_are_forgotten_beyond_the_bound() -> None:
    joiner = CampaignsJoiner(max_campaigns=5)
    _told(joiner, [a_revision(f"c{at}", records=[f"r{at}"], opened_at=at) for at in range(50)])
    assert len(joiner.snapshot()) < 5_000


def test_a_campaign_that_grows_by_more_than_a_message_holds_is_told_in_several_revisions() -> None:
    """Three campaigns of 5,000 records, under the longest names there are, turn out to be one."""
    joiner = CampaignsJoiner()
    accounts = tuple(f"u{number}" for number in range(40))

    def part(number: int, shared: tuple[str, ...], revision: int = 0) -> CampaignRevision:
        records = [f"sina_weibo:{number}{at:04}{'𠮷' * 123}" for at in range(0 if revision else 5_000)]
        one = a_revision(f"c{number}", target=f"#{number}", records=records, opened_at=100 + number)
        details = msgspec.structs.replace(one.details, accounts=shared)
        return msgspec.structs.replace(one, revision=revision, records=5_000, details=details)

    _told(joiner, [part(0, accounts[20:]), part(1, accounts[:20]), part(2, accounts[:20])])
    told = [one for one in joiner.see(part(0, accounts[:20], revision=1)) if one.id == "c0"]
    assert len(told) > 1
    assert [one.revision for one in told] == list(range(told[0].revision, told[0].revision + len(told)))
    assert len({member.record for one in told for member in one.members}) == 10_000
    assert {one.records for one in told} == {told[0].records}
    assert max(len(message) for message in cut(told)) < int(
        plan("t.", 1)["joined"].settings["max.message.bytes"]
    )


def test_a_campaign_on_thousands_of_objects_is_told_in_messages_of_bounded_size() -> None:
    accounts = tuple(f"u{number}" for number in range(40))
    parts = []
    for number in range(3_000):
        one = a_revision(f"c{number}", target=f"link:{number:04}{'𠮷' * 120}", opened_at=number * 1_000)
        phrases = tuple(range(1 << 60, (1 << 60) + 64))
        details = msgspec.structs.replace(one.details, accounts=accounts, phrases=phrases)
        intervals = tuple(
            Interval(one.targets[0], start, start + 60_000) for start in (number, 7_200_000 + number)
        )
        part = msgspec.structs.replace(one, details=details, intervals=intervals, members=())
        parts.append(Part(part, "c0"))
    told = tell("c0", 7, parts, {f"sina_weibo:{number:04}{'𠮷' * 120}": 900 for number in range(MAX_TOLD)})
    assert (len(told.targets), told.details.more_targets) == (MAX_TARGETS, 3_000 - MAX_TARGETS)
    assert {interval.target for interval in told.intervals} == set(told.targets)
    assert len(told.intervals) == MAX_TARGETS
    assert (told.intervals[0].start, told.intervals[0].end) == (0, 7_260_000)
    assert len(told.details.phrases) <= 64
    (message,) = cut([told])
    assert len(message) < int(plan("t.", 1)["joined"].settings["max.message.bytes"])


def test_a_campaign_that_was_forgotten_and_goes_on_is_told_beyond_what_was_told_before() -> None:
    joiner = CampaignsJoiner(max_campaigns=3)

    def part(name: str, revision: int) -> CampaignRevision:
        records = [f"{name}:{revision}"]
        one = a_revision(name, target=f"#{name}", records=records, opened_at=int(name[1:]))
        return msgspec.structs.replace(one, revision=revision)

    told = [one.revision for number in range(6) for one in joiner.see(part("c1", number))]
    for number in range(2, 6):
        joiner.see(part(f"c{number}", 0))
    assert joiner.forgotten == 2
    restored = CampaignsJoiner(max_campaigns=3)
    restored.restore(joiner.snapshot())
    for number in (6, 7):
        told += [one.revision for one in restored.see(part("c1", number)) if one.id == "c1"]
    assert told == list(range(8))


def test_what_was_told_under_a_merged_id_is_taken_back() -> None:
    """Each record belongs to the campaigns that stand: what readers keep by id agrees with what is said."""
    chance = random.Random(4)
    for _ in range(30):
        joiner = CampaignsJoiner()
        members: dict[str, dict[str, int]] = {}
        states: dict[str, CampaignRevision] = {}
        for step in range(chance.randint(4, 20)):
            number = chance.randrange(5)
            records = [f"r{chance.randrange(30)}" for _ in range(chance.randrange(12))]
            one = a_revision(f"c{number}", target=f"#t{number}", records=records, opened_at=number)
            gone = tuple(
                msgspec.structs.replace(member, probability_milli=chance.choice((0, 900)))
                for member in one.members
            )
            for told in joiner.see(msgspec.structs.replace(one, revision=step, members=gone)):
                states[told.id] = told
                members.setdefault(told.id, {}).update({m.record: m.probability_milli for m in told.members})
        for name, told in states.items():
            if told.state == "merged":
                assert not any(members[name].values())
