"""The laws of the embedded runner: conservation, resuming, halves, partitions, batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest

from monitor.composition import Pipeline, embedded_pipeline, open_reader
from monitor.errors import SourceError
from monitor.index.port import Query
from monitor.opinion.last_hour import hour_until
from monitor.settings import LoadedSettings, RunSettings, Settings, load_settings
from streams.embedded import Tally, batched
from streams.snapshots import InputPosition
from streams.sources.adapters import RecordAdapter
from streams.sources.replay import Line, after, fingerprint, read_lines
from streams.sources.simulator import DEFAULT_PLAN, simulate
from tests.testkit.records import a_line, contents, write_lines

KEY = "5a" * 32


def loaded(**run: object) -> LoadedSettings:
    base = load_settings(Path("config/monitor.toml"), {"OPINION_MONITOR__PRIVACY__PSEUDONYM_KEY": KEY})
    chosen = RunSettings(**run)  # type: ignore[arg-type]
    parts = {name: getattr(base.settings, name) for name in Settings.__struct_fields__}
    return LoadedSettings(Settings(**(parts | {"run": chosen})), base.path)


def batches_of(path: Path, start: InputPosition, size: int) -> Iterator[Sequence[Line]]:
    lines = after(read_lines(str(path)), start.line, start.checksum, str(path))
    return batched(lines, size, 3_600)


def take_in(pipeline: Pipeline, path: Path, size: int = 2_000) -> Tally:
    start = pipeline.runner.begin(fingerprint(str(path)), rereadable=True)
    return sum(pipeline.runner.run(start, batches_of(path, start, size), RecordAdapter()), Tally())


def run(data: Path, *paths: Path, **options: int) -> list[Tally]:
    chosen = loaded(**options)
    with embedded_pipeline(chosen, data, sentiment="default") as pipeline:
        return [take_in(pipeline, path, chosen.settings.run.batch_records) for path in paths]


@pytest.fixture(scope="module")
def day() -> list[bytes]:
    """The first hours of a simulated day with the campaigns of a large one, 1% garbage and 1% repeats."""
    random = Random(7)
    plan = msgspec.structs.replace(DEFAULT_PLAN, scaled=False)
    lines = [record.line for record in islice(simulate(1, 3, 3_000, plan=plan), 6_000)]
    for number in range(len(lines) // 100):
        lines.insert(random.randrange(len(lines)), b'{"garbage": %d}' % number)
        lines.insert(random.randrange(len(lines)), random.choice(lines))
    return lines


@pytest.fixture(scope="module")
def whole(day: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that took the day in undisturbed."""
    folder = tmp_path_factory.mktemp("whole")
    run(folder / "data", write_lines(folder / "day.ndjson", day))
    return folder / "data"


def test_the_day_holds_what_the_laws_are_about(whole: Path) -> None:
    held = contents(whole)
    assert len(held["documents"]) > 5_000
    assert len(held["campaigns"]) > 0
    assert len(held["dead_letters"]) > 50
    assert any(b'"campaigns":[{' in document for document in held["documents"])


@pytest.mark.parametrize(
    "options", [{"partitions": 4}, {"partitions": 12}, {"batch_records": 97, "partitions": 3}]
)
def test_partitions_and_batches_change_nothing(
    day: list[bytes], whole: Path, tmp_path: Path, options: dict[str, int]
) -> None:
    run(tmp_path / "data", write_lines(tmp_path / "day.ndjson", day), **options)
    assert contents(tmp_path / "data") == contents(whole)


def test_campaigns_are_byte_equal_with_and_without_a_scorer(
    day: list[bytes], whole: Path, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "day.ndjson", day)
    with embedded_pipeline(loaded(), tmp_path / "data", sentiment="none") as pipeline:
        take_in(pipeline, path)
    assert contents(tmp_path / "data")["campaigns"] == contents(whole)["campaigns"]


def test_two_halves_equal_one_whole(day: list[bytes], whole: Path, tmp_path: Path) -> None:
    half = len(day) // 2
    run(tmp_path / "data", write_lines(tmp_path / "one.ndjson", day[:half]))
    run(tmp_path / "data", write_lines(tmp_path / "two.ndjson", day[half:]), snapshot_batches=3)
    ours, theirs = contents(tmp_path / "data", positions=False), contents(whole, positions=False)
    assert sorted(ours.pop("dead_letters")) == sorted(theirs.pop("dead_letters"))
    assert ours == theirs


class _StoppedError(Exception):
    pass


def _stopping(batches: Iterator[Sequence[Line]], after: int) -> Iterator[Sequence[Line]]:
    for number, batch in enumerate(batches):
        if number == after:
            raise _StoppedError
        yield batch


def test_stopping_between_batches_again_and_again_changes_nothing(
    day: list[bytes], whole: Path, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "day.ndjson", day)
    random = Random(1)
    stops = 0
    while True:
        with embedded_pipeline(
            loaded(snapshot_batches=4), tmp_path / "data", sentiment="default"
        ) as pipeline:
            start = pipeline.runner.begin(fingerprint(str(path)), rereadable=True)
            batches = batches_of(path, start, 500)
            try:
                list(pipeline.runner.run(start, _stopping(batches, random.randint(1, 4)), RecordAdapter()))
                break
            except _StoppedError:
                stops += 1
    assert stops > 3
    assert contents(tmp_path / "data") == contents(whole)


def test_a_finished_file_given_again_adds_nothing(day: list[bytes], whole: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "day.ndjson", day[:3_000])
    first, again = run(tmp_path / "data", path, path)
    held = contents(tmp_path / "data")
    assert (again.received, again.indexed) == (first.received, 0)
    assert again.duplicates == first.indexed + first.duplicates
    assert len(held["documents"]) == first.indexed
    assert len(held["dead_letters"]) == first.dead_lettered == again.dead_lettered


def is_shown(raw: bytes) -> bool:
    """Whether a line is more than white space and a byte order mark, and none that begins an archive."""
    packed = raw.startswith(
        (b"\x1f\x8b", b"\xfd7zXZ", b"PK", b"BZh", b"(\xb5/\xfd", b"\xff\xfe", b"\xfe\xff")
    )
    return b"\n" not in raw and not raw.isspace() and raw != b"\xef\xbb\xbf" and not packed


lines = st.lists(
    st.one_of(
        st.integers(0, 20).map(lambda number: a_line(id=f"same{number}", author="a", text="同一条")),
        st.integers(0, 10**9).map(lambda number: a_line(id=f"r{number}", text=f"另一条{number}")),
        st.binary(min_size=1, max_size=40).filter(is_shown),
        st.sampled_from(
            [a_line(kind="repost"), a_line(platform="none"), b"{}", b"[]", b"null", b'{"id":"1"']
        ),
    ),
    max_size=60,
)


@given(mix=lines, size=st.integers(1, 20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_record_is_indexed_a_duplicate_or_a_dead_letter(
    mix: list[bytes], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mix")
    path = write_lines(folder / "mix.ndjson", mix)
    with embedded_pipeline(loaded(), folder / "data", sentiment="none") as pipeline:
        tally = take_in(pipeline, path, size)
    index = open_reader(folder / "data")
    held = contents(folder / "data")
    assert tally.received == len(mix) == tally.indexed + tally.duplicates + tally.dead_lettered
    assert tally.indexed == len(held["documents"]) == index.count(Query())
    assert tally.dead_lettered == len(held["dead_letters"])


def test_dead_letters_that_are_records_now_are_indexed(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line(id="x", platform="new_weibo"), b"garbage", a_line()])
    run(tmp_path / "data", path)
    base = loaded()
    records = type(base.settings.records)(platforms=("sina_weibo", "new_weibo"))
    parts = {name: getattr(base.settings, name) for name in Settings.__struct_fields__}
    wider = LoadedSettings(Settings(**(parts | {"records": records})), base.path)
    with embedded_pipeline(wider, tmp_path / "data", sentiment="default") as pipeline:
        tally = pipeline.runner.replay_dead_letters(pipeline.index.dead_letters(), RecordAdapter())
        assert tally == Tally(received=2, indexed=1, duplicates=0, dead_lettered=1)
        (left,) = pipeline.index.dead_letters()
        assert (left.raw, left.position.offset) == (b"garbage", 2)
        assert pipeline.index.get("new_weibo:x") is not None


def test_a_source_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    def breaking() -> Iterator[Line]:
        yield Line(1, a_line())
        yield Line(2, a_line())
        raise SourceError("broken")

    with embedded_pipeline(loaded(), tmp_path / "data", sentiment="none") as pipeline:
        start = pipeline.runner.begin("broken", rereadable=True)
        with pytest.raises(SourceError, match="broken"):
            list(pipeline.runner.run(start, batched(breaking(), 10, 3_600), RecordAdapter()))
        assert pipeline.runner.begin("broken", rereadable=True).line == 2
        assert len(contents(tmp_path / "data")["documents"]) == 2


def test_a_run_shows_what_people_thought_in_the_last_hour(tmp_path: Path) -> None:
    things = ("这趟火车", "楼下的饭馆", "昨天买的鞋", "新来的快递员", "医院的挂号", "小区物业")
    complaints = (
        "太差了，气死我了",
        "让人失望，再也不会去了",
        "糟糕透顶",
        "真恶心，想骂人",
        "烂得没法说，后悔死了",
    )
    lines = [
        a_line(
            id=f"r{hour}-{number}",
            author={"id": f"a{number % 30}"},
            text=f"{things[number % 6]}{complaints[number % 5]}",
            created_at=f"2011-12-05T{hour}:{number // 2:02}:00+08:00",
        )
        for hour in ("08", "10", "11")
        for number in range(60)
    ]
    # The hour ends with the last whole minute: from 10:31 on, and what is said at 11:31 is not in it yet.
    lines.append(a_line(id="last", created_at="2011-12-05T11:31:10+08:00"))
    path = write_lines(tmp_path / "in.ndjson", lines)
    with embedded_pipeline(loaded(), tmp_path / "data", sentiment="default") as pipeline:
        take_in(pipeline, path)
        shown = generate_latest(pipeline.metrics.registry).decode().splitlines()
        start, end = hour_until(pipeline.index.search(Query(limit=1)).hits[0].document.created_at)
        hits = pipeline.index.search(Query(after=start, before=end, limit=100)).hits
    certain = {hit.document.author for hit in hits if not hit.document.uncertain}
    assert (len(hits), len(certain) > 20) == (60, True)
    assert f'opinion_hour_organic_people{{watchlist="all"}} {float(len(certain))}' in shown
    assert 'opinion_hour_provisional{watchlist="all"} 1.0' in shown
