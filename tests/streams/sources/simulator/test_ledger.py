"""The truth ledger against the records it speaks of, and its files."""

import gzip
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from monitor.errors import SourceError
from streams.sources.simulator import DEFAULT_PLAN, Plan, read_truth, simulate, write_simulation
from tests.streams.sources.simulator.conftest import Day

pytestmark = pytest.mark.xdist_group("simulator")


def seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def test_every_record_of_the_ledger_exists_once(day: Day) -> None:
    existing = {record.key for record in day.records}
    named = Counter(key for entry in day.entries for key in entry.records)
    assert set(named) <= existing
    assert set(named.values()) == {1}


def test_every_record_of_an_episode_is_in_the_ledger(day: Day) -> None:
    labelled = {record.key for record in day.records if record.episode}
    assert {key for entry in day.entries for key in entry.records} == labelled


def test_a_record_s_time_lies_within_its_episode(day: Day) -> None:
    at = {record.key: record.at for record in day.records}
    for entry in day.entries:
        times = [at[key] for key in entry.records]
        assert (min(times), max(times)) == (seconds(entry.start), seconds(entry.end))


def test_an_episode_s_intervals_cover_what_it_did_on_each_target(day: Day) -> None:
    spans = {(entry.id, seen.target): seen for entry in day.entries for seen in entry.intervals}
    for record in day.records:
        if record.episode and record.target:
            seen = spans[record.episode.id, record.target]
            assert seconds(seen.start) <= record.at <= seconds(seen.end)


def test_an_episode_names_the_objects_its_records_hang_on(day: Day) -> None:
    cascades = {post.identity: post.cascade for post in day.posts}
    for entry in day.entries:
        for key in entry.records:
            cascade = cascades[key]
            assert cascade in entry.targets or cascade == key


def test_an_episode_counts_its_accounts(day: Day) -> None:
    author = {record.key: record.author_id for record in day.records}
    for entry in day.entries:
        assert entry.accounts == len({author[key] for key in entry.records})


def test_an_episode_does_not_outlive_its_bound(day: Day) -> None:
    for record in day.records:
        assert record.episode is None or record.at <= record.episode.ends_by


def test_the_totals_add_up(day: Day) -> None:
    totals = day.ledger.totals()
    assert totals.records == len(day.records)
    assert sum(totals.by_label.values()) == totals.records
    assert sum(totals.by_platform.values()) == totals.records
    assert sum(totals.by_kind.values()) == totals.records
    assert sum(totals.episodes.values()) == len(day.entries)


def test_a_day_holds_every_kind_of_campaign_and_event(day: Day) -> None:
    assert {entry.kind for entry in day.entries} == set(DEFAULT_PLAN.per_day)


def test_real_people_write_on_most_campaigns_targets_while_they_run(day: Day) -> None:
    campaigns = [entry for entry in day.entries if entry.label == "coordinated" and entry.targets]
    mixed = 0
    for entry in campaigns:
        own_records = set(entry.records)
        mixed += any(
            post.cascade in entry.targets
            and post.identity not in own_records
            and seconds(entry.start) <= record.at <= seconds(entry.end)
            for record, post in zip(day.records, day.posts, strict=True)
        )
    below_posts = [entry for entry in campaigns if not entry.targets[0].startswith("#")]
    assert mixed > 0.7 * len(below_posts)


def test_some_campaigns_share_accounts_across_targets() -> None:
    accounts: dict[str, set[str]] = {}
    for record in simulate(1, 2, 2_000, plan=Plan({"copy_paste": 12}, scaled=False)):
        if record.episode:
            accounts.setdefault(record.episode.id, set()).add(record.author_id)
    groups = list(accounts.values())
    shared = [len(one & other) for number, one in enumerate(groups) for other in groups[:number]]
    assert max(shared) >= 5


def test_some_campaigns_work_in_original_posts_without_a_common_root() -> None:
    plan = Plan({"copy_paste": 12}, scaled=False)
    posts = [r for r in simulate(1, 5, 2_000, plan=plan) if r.episode and r.kind == "post"]
    assert {record.target.startswith("#") for record in posts} == {True, False}


def test_what_is_written_is_what_was_simulated(tmp_path: Path) -> None:
    write_simulation(tmp_path / "out", 1, 3, 2_000)
    lines = gzip.decompress((tmp_path / "out" / "records.ndjson.gz").read_bytes()).splitlines()
    assert lines == [record.line for record in simulate(1, 3, 2_000)]


def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_simulation(tmp_path / name, 1, 3, 2_000)
    for name in ("records.ndjson.gz", "truth.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_ledger_read_back_has_the_totals_that_were_written(tmp_path: Path) -> None:
    totals = write_simulation(tmp_path, 1, 3, 2_000)
    truth = read_truth(tmp_path / "truth.jsonl")
    assert truth.totals == totals
    assert len(truth.coordinated()) + len(truth.organic()) == sum(totals.episodes.values())


def test_nothing_but_the_two_files_is_left_behind(tmp_path: Path) -> None:
    write_simulation(tmp_path, 1, 3, 500)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["records.ndjson.gz", "truth.jsonl"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(SourceError, match=r"cannot write to .*file/out"):
        write_simulation(in_the_way / "out", 1, 1, 500)


def test_a_missing_ledger_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.jsonl"):
        read_truth(tmp_path / "nowhere.jsonl")


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\n", b'{"totals":1}\n'])
def test_a_damaged_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="damaged"):
        read_truth(path)
