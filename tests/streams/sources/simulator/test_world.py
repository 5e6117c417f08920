"""The stream of simulated records as a whole."""

from collections import Counter
from datetime import datetime
from itertools import islice, pairwise

import pytest

from monitor.errors import SourceError
from monitor.records import Post, RecordDecoder
from streams.sources.simulator import DEFAULT_PLAN, DEFAULT_START, OFFICIALS, Plan, simulate
from streams.sources.simulator.scene import EpisodeKind
from tests.streams.sources.simulator.conftest import Day

pytestmark = pytest.mark.xdist_group("simulator")

PLATFORMS = frozenset({"sina_weibo", "tencent_weibo"})


def test_the_same_seed_gives_the_same_bytes() -> None:
    first = [record.line for record in simulate(1, 3, 3_000)]
    assert first == [record.line for record in simulate(1, 3, 3_000)]


def test_another_seed_gives_another_world() -> None:
    first = [record.line for record in simulate(1, 3, 3_000)]
    assert first != [record.line for record in simulate(1, 4, 3_000)]


def test_a_default_day_has_more_than_a_hundred_thousand_records(day: Day) -> None:
    assert 100_000 < len(day.records) < 120_000


def test_records_come_in_order_of_event_time(day: Day) -> None:
    assert all(before.at <= after.at for before, after in pairwise(day.records))


def test_no_record_lies_outside_the_days_asked_for(day: Day) -> None:
    start = int(DEFAULT_START.timestamp())
    assert start <= day.records[0].at <= day.records[-1].at < start + 86_400


def test_no_two_records_have_the_same_identity(day: Day) -> None:
    assert len({record.key for record in day.records}) == len(day.records)


def test_every_line_is_accepted_by_the_record_decoder(day: Day) -> None:
    decoder = RecordDecoder(PLATFORMS)
    refused = [
        record.line
        for record in day.records
        if not isinstance(decoder.decode(record.line, now=record.at), Post)
    ]
    assert refused == []


def test_no_record_has_a_field_that_the_intake_does_not_know(day: Day) -> None:
    decoder = RecordDecoder(PLATFORMS)
    for record in day.records[:5_000]:
        decoder.decode(record.line, now=record.at)
    assert decoder.unknown_fields == 0


def test_what_a_record_says_of_itself_is_what_its_line_says(day: Day) -> None:
    for record, post in zip(day.records, day.posts, strict=True):
        assert (record.key, record.kind, record.at, record.author_id) == (
            post.identity,
            post.kind,
            int(post.created_at.timestamp()),
            post.author.id,
        )


def test_a_root_and_a_parent_were_written_before_what_points_to_them(day: Day) -> None:
    written = set()
    for post in day.posts:
        for name in filter(None, (post.root_id, post.parent_id)):
            assert f"{post.platform}:{name}" in written
        written.add(post.identity)


def test_both_platforms_and_all_kinds_of_record_appear(day: Day) -> None:
    found = {(post.platform, post.kind) for post in day.posts}
    assert len(found) == len(PLATFORMS) * 3


def test_texts_fit_a_micro_blog(day: Day) -> None:
    assert max(len(post.text) for post in day.posts if "回复@" not in post.text) <= 160


def test_night_is_quieter_than_evening(day: Day) -> None:
    hours = Counter(post.created_at.hour for post in day.posts)
    assert hours[4] * 3 < hours[21]


def test_nobody_registered_after_the_simulation_began(day: Day) -> None:
    dates = [post.author.registered_at for post in day.posts if post.author.registered_at]
    assert max(dates) <= datetime.fromisoformat("2011-12-06T00:00:00+08:00")


def test_official_accounts_write_and_answer_the_public(day: Day) -> None:
    officials = {(official.platform, official.id) for official in OFFICIALS}
    kinds = {post.kind for post in day.posts if (post.platform, post.author.id) in officials}
    assert {"post", "comment"} <= kinds


def test_nobody_else_has_an_official_account_s_id(day: Day) -> None:
    names: dict[tuple[str, str], str] = {
        (official.platform, official.id): official.name for official in OFFICIALS
    }
    for post in day.posts:
        name = names.get((post.platform, post.author.id))
        assert name in {None, post.author.name}


def test_the_first_record_of_a_thousand_years_comes_at_once() -> None:
    assert len(list(islice(simulate(365_000, 1), 100))) == 100


def test_memory_does_not_grow_with_the_number_of_days() -> None:
    import tracemalloc  # noqa: PLC0415 - slows down whatever runs after it

    def peak(days: int) -> int:
        tracemalloc.start()
        try:
            for _ in simulate(days, 1, 1_500):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)
    assert peak(12) < 2 * peak(3)


def test_the_number_of_records_follows_what_was_asked_for() -> None:
    count = sum(1 for _ in simulate(3, 5, 10_000))
    assert 27_000 < count < 33_000


@pytest.mark.parametrize("kind", list(DEFAULT_PLAN.per_day))
def test_a_world_can_hold_episodes_of_one_kind_only(kind: EpisodeKind) -> None:
    world = simulate(1, 2, 2_000, plan=Plan.only(kind))
    assert {record.episode.kind for record in world if record.episode} == {kind}


def test_a_world_can_do_without_ordinary_talk() -> None:
    plan = Plan({"contest": 2}, scaled=False, background=False)
    assert all(record.episode for record in simulate(1, 2, 2_000, plan=plan))


@pytest.mark.parametrize(("days", "records"), [(0, 100), (-1, 100), (1, 0)])
def test_a_world_without_time_or_people_is_refused(days: int, records: int) -> None:
    with pytest.raises(SourceError, match="must be positive"):
        simulate(days, 1, records)


def test_a_start_without_an_offset_is_refused() -> None:
    with pytest.raises(SourceError, match="no offset"):
        simulate(1, 1, start=datetime(2011, 12, 5))  # noqa: DTZ001 - the very thing refused
