"""The command line as other programs and people use it."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest

from monitor.errors import StoreError
from streams.sources.simulator import simulate
from tests.testkit.program import Ended, program, start
from tests.testkit.records import a_line, contents, write_lines

pytestmark = pytest.mark.system
OFF = ("--metrics", "off")


def rows(ended: Ended) -> list[dict[str, object]]:
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def nine_minutes() -> list[bytes]:
    return [a_line(created_at=f"2011-12-05T10:0{minute}:00+08:00") for minute in range(9)]


def documents_in(data: Path) -> int:
    try:
        return len(contents(data)["documents"])
    except StoreError:
        return 0


def asked(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        text: str = answer.read().decode()
    return text


def refused(ended: Ended, *parts: str) -> None:
    """Exit code 2, one clear sentence, no traceback."""
    assert ended.code == 2, (ended.code, ended.err)
    assert "Traceback" not in ended.err
    assert all(part in ended.err for part in parts), ended.err


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a simulated evening: a campaign, and minutes in which many speak."""
    folder = tmp_path_factory.mktemp("talk")
    evening = datetime.fromisoformat("2011-12-05T20:00:00+08:00")
    lines = [record.line for record in simulate(0.1, 2, 60_000, evening)]
    path = write_lines(folder / "talk.ndjson", [*lines, b"garbage", lines[0]])
    assert program("run", path, "--data", folder / "data", *OFF).code == 0
    return folder / "data"


@pytest.mark.parametrize(
    "words",
    [
        ("search", "房价", "--json"),
        ("figures", "--watchlist", "housing"),
        ("campaigns",),
        ("alerts",),
        ("dead-letters", "list"),
        ("search", "", "--cursor", "none"),
    ],
)
def test_a_call_tells_the_same_in_a_new_interpreter_and_in_a_forked_one(
    talk: Path, words: tuple[str, ...]
) -> None:
    forked = program(*words, "--data", talk)
    assert program(*words, "--data", talk, before=("env",)) == forked
    assert forked.out or forked.code


def test_run_prints_one_json_object_that_adds_up(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line(id="a"), a_line(id="a"), b"no", a_line()])
    (summary,) = rows(program("run", path, "--data", tmp_path / "data", "--json", *OFF))
    assert (summary["received"], summary["indexed"], summary["duplicates"], summary["dead_lettered"]) == (
        4,
        2,
        1,
        1,
    )
    assert summary.keys() >= {"campaigns", "alerts", "seconds", "records_per_second"}


@pytest.mark.parametrize("suffix", [".ndjson", ".ndjson.gz", ".ndjson.xz", "-"])
def test_every_kind_of_input_is_read(tmp_path: Path, suffix: str) -> None:
    content = b"\n".join([a_line(), b"", a_line(), b"  "])
    path = tmp_path / f"in{suffix}"
    packed = {".ndjson.gz": gzip.compress(content), ".ndjson.xz": lzma.compress(content)}
    path.write_bytes(packed.get(suffix, content))
    name = "-" if suffix == "-" else path
    (summary,) = rows(program("run", name, "--data", tmp_path / "data", "--json", *OFF, stdin=content))
    assert summary["indexed"] == summary["received"] == 2


def test_records_of_the_sina_weibo_api_are_read(tmp_path: Path) -> None:
    status = {
        "idstr": "9",
        "created_at": "Tue May 31 17:46:55 +0800 2011",
        "text": "求关注。",
        "user": {"idstr": "7", "screen_name": "某人"},
    }
    path = write_lines(tmp_path / "api.json", [json.dumps(status).encode(), b'{"idstr": "8"}'])
    data = tmp_path / "data"
    arguments = ("run", path, "--format", "sina_weibo_api", "--data", data, "--json", *OFF)
    (summary,) = rows(program(*arguments))
    assert (summary["indexed"], summary["dead_lettered"]) == (1, 1)
    (letter,) = rows(program("dead-letters", "list", "--data", data, "--json"))
    assert letter["bytes"] == len(b'{"idstr": "8"}')


def test_search_finds_words_in_the_other_script_too(talk: Path) -> None:
    simplified, traditional = (
        rows(program("search", word, "--limit", "500", "--data", talk, "--json")) for word in ("房价", "房價")
    )
    assert simplified
    assert traditional == simplified


def test_search_finds_chinese_words_with_every_filter(talk: Path) -> None:
    found = rows(program("search", "房价", "--limit", "500", "--data", talk, "--json"))
    assert found
    assert all("房价" in str(row["text"]) for row in found)
    one = found[0]
    mood = "uncertain" if one["uncertain"] else one["label"]
    mood = mood if one["confidence"] else "unscored"
    filters = {
        "--platform": one["platform"],
        "--kind": one["kind"],
        "--sentiment": mood,
        "--author": one["author"],
        "--target": one["targets"][0],  # type: ignore[index]
        "--from": one["created_at"],
    }
    arguments = [str(word) for pair in filters.items() for word in pair]
    again = rows(program("search", "房价", *arguments, "--data", talk, "--json"))
    assert one["id"] in [row["id"] for row in again]
    counted = rows(program("search", "房价", "--count", "--data", talk, "--json"))
    assert counted == [{"count": len(found)}]


def test_pages_follow_one_another(talk: Path) -> None:
    first = program("search", "", "--limit", "7", "--sort", "oldest", "--data", talk, "--json")
    cursor = first.err.split("--cursor ")[1].split()[0]
    second = program(
        "search", "", "--limit", "7", "--sort", "oldest", "--cursor", cursor, "--data", talk, "--json"
    )
    both = rows(program("search", "", "--limit", "14", "--sort", "oldest", "--data", talk, "--json"))
    assert rows(first) + rows(second) == both


def test_campaigns_have_their_fields(talk: Path) -> None:
    campaigns = rows(program("campaigns", "--data", talk, "--json"))
    assert campaigns
    for campaign in campaigns:
        assert campaign.keys() >= {
            "id", "targets", "opened_at", "closed_at", "level", "score", "accounts", "records",
            "signals", "intervals", "examples",
        }  # fmt: skip
        assert datetime.fromisoformat(str(campaign["opened_at"])).tzinfo is not None


def test_figures_add_up_to_what_is_found(talk: Path) -> None:
    figures = rows(
        program(
            "figures",
            "--watchlist",
            "housing",
            "--from",
            "2011-12-05",
            "--to",
            "2011-12-06",
            "--data",
            talk,
            "--json",
        )
    )
    assert sum(int(str(row["records"])) for row in figures) == len(
        rows(program("search", "", "--watchlist", "housing", "--limit", "10000", "--data", talk, "--json"))
    )
    assert all(row["withheld"] is (row["sentiment"] is None) for row in figures)
    assert all(row["withheld"] for row in figures if row["people"] is None)
    assert {row["withheld"] for row in figures} == {True, False}


def test_score_reads_bare_texts(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "texts.ndjson", [b'{"id":"1","text":"x"}', '{"id":"2","text":"太好了，真开心"}'.encode()]
    )
    one, two = rows(program("score", path, "--json"))
    assert (one["id"], two["id"]) == ("1", "2")
    assert -1 <= float(str(two["polarity"])) <= 1
    assert two["label"] in {"negative", "neutral", "positive"}


def test_a_score_is_explained_by_words(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "texts.ndjson", ['{"id":"1","text":"服务态度真差，气死我了"}'.encode()])
    (row,) = rows(program("score", path, "--explain", "--json"))
    parts = dict(row["parts"])  # type: ignore[call-overload]
    assert row["label"] == "negative"
    assert min(parts.values()) < -0.5


def test_scoring_passes_over_what_is_no_text_and_says_so(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "texts.ndjson", [b"no", b'{"id":"2","text":"x"}'])
    ended = program("score", path, "--json")
    refused(ended, "no object with id and text: 1,", "line 1")
    assert json.loads(ended.out)["id"] == "2"


def test_dead_letters_are_listed_shown_masked_exported_and_replayed(tmp_path: Path) -> None:
    secret = a_line(id="kept", platform="new_weibo", author={"id": "u", "name": "张三"}, text="私事")
    path = write_lines(tmp_path / "in.ndjson", [secret, a_line()])
    data = tmp_path / "data"
    assert program("run", path, "--data", data, *OFF).code == 0
    (letter,) = rows(program("dead-letters", "list", "--data", data, "--json"))
    assert (letter["reason"], letter["line"]) == ("unknown_platform", 1)
    (shown,) = rows(program("dead-letters", "show", str(letter["id"]), "--data", data, "--json"))
    assert "张三" not in str(shown)
    assert "私事" not in str(shown)
    assert '"text"' in str(shown["masked"])
    assert program("dead-letters", "export", "--data", data).out.encode() == secret + b"\n"
    again = program(
        "dead-letters", "replay", "--data", data, "--json",
        variables={"OPINION_MONITOR__RECORDS__PLATFORMS": '["sina_weibo", "new_weibo"]'},
    )  # fmt: skip
    assert rows(again) == [{"received": 1, "indexed": 1, "duplicates": 0, "dead_lettered": 0}]
    assert program("dead-letters", "list", "--data", data, "--json").out == ""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refused(program("run", "missing.ndjson", "--data", tmp_path, *OFF), "missing.ndjson", "cannot be read")


@pytest.mark.parametrize("name", ["noise.ndjson", "noise.ndjson.gz", "noise.ndjson.xz"])
def test_a_file_of_garbage_is_an_error_that_keeps_everything(tmp_path: Path, name: str) -> None:
    noise = b"\n".join(bytes([number, 255, 0, 128]) * 5 for number in range(1, 30) if number != 10)
    (tmp_path / name).write_bytes(noise)
    ended = program("run", tmp_path / name, "--data", tmp_path / "data", "--json", *OFF)
    refused(ended, name)
    if name.endswith(".ndjson"):
        assert json.loads(ended.out)["dead_lettered"] == 28
        assert len(contents(tmp_path / "data")["dead_letters"]) == 28


def test_two_pipes_are_two_inputs(tmp_path: Path) -> None:
    for _ in range(2):
        program("run", "-", "--data", tmp_path / "data", *OFF, stdin=a_line(id="a") + b"\nsame garbage\n")
    held = contents(tmp_path / "data")
    assert (len(held["documents"]), len(held["dead_letters"])) == (1, 2)


def test_a_pipe_with_a_name_is_read_once_and_whole(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start("run", pipe, "--data", tmp_path / "data", "--json", *OFF)
    pipe.write_bytes(b"".join(a_line() + b"\n" for _ in range(2_500)))
    out, err = process.communicate(timeout=60)
    assert json.loads(out)["indexed"] == 2_500, err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_what_a_stopped_run_has_taken_from_a_pipe_is_kept(tmp_path: Path, stop: signal.Signals) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start("run", pipe, "--data", tmp_path / "data", "--json", *OFF)
    with pipe.open("wb") as writing:
        writing.write(b"".join(a_line() + b"\n" for _ in range(50)))
        writing.flush()
        time.sleep(0.2)
        process.send_signal(stop)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + stop
    assert json.loads(out)["indexed"] == len(contents(tmp_path / "data")["documents"]) == 50


def test_dead_letters_stay_as_they_are_when_replayed_in_vain(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line(), b"garbage", b"more garbage"])
    program("run", path, "--data", tmp_path / "data", *OFF)
    before = contents(tmp_path / "data")["dead_letters"]
    (tally,) = rows(program("dead-letters", "replay", "--data", tmp_path / "data", "--json"))
    assert tally["dead_lettered"] == 2
    program("run", path, "--data", tmp_path / "data", *OFF)
    assert contents(tmp_path / "data")["dead_letters"] == before


def test_a_file_that_changed_where_it_was_taken_in_is_refused(tmp_path: Path) -> None:
    lines = [a_line(text="长" * 300) for _ in range(20)]
    path = write_lines(tmp_path / "in.ndjson", [*lines, a_line(created_at="2011-12-05T11:00:00+08:00")])
    data = tmp_path / "data"
    slow = start("run", path, "--speed", "1", "--data", data, *OFF)
    until = time.monotonic() + 60
    while documents_in(data) < 20 and time.monotonic() < until:
        time.sleep(0.1)
    slow.terminate()
    slow.communicate(timeout=30)
    assert documents_in(data) == 20
    write_lines(path, [*lines[:3], *(a_line() for _ in range(20))])
    refused(program("run", path, "--data", data, *OFF), "in.ndjson", "that line is another now")


def test_another_key_on_the_same_data_is_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line()])
    own = {"OPINION_MONITOR__PRIVACY__PSEUDONYM_KEY": ""}
    data = tmp_path / "data"
    assert program("run", path, "--data", data, *OFF, variables=own).code == 0
    refused(program("run", path, "--data", data, *OFF), "pseudonym key", str(data))
    (data / "pseudonym.key").unlink()
    refused(program("run", path, "--data", data, *OFF, variables=own), "pseudonym.key is missing")
    assert not (data / "pseudonym.key").exists()


def test_what_is_written_is_for_its_owner_only(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line(), b"garbage"])
    data = tmp_path / "data"
    program("run", path, "--data", data, *OFF)
    program("dead-letters", "export", "--out", tmp_path / "out", "--data", data)
    for written in (data, *data.iterdir(), tmp_path / "out"):
        assert written.stat().st_mode & 0o077 == 0, written


def test_the_demo_leaves_a_directory_in_use_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = write_lines(tmp_path / "in.ndjson", nine_minutes())
    slow = start("run", path, "--speed", "1", "--data", data, *OFF)
    try:
        until = time.monotonic() + 30
        while not (data / "opinion.db").exists() and time.monotonic() < until:
            time.sleep(0.05)
        (data / "made-by-demo").touch()
        refused(program("demo", "--once", "--data", data), "another process")
        assert (data / "opinion.db").exists()
    finally:
        slow.terminate()
        slow.communicate(timeout=30)


@pytest.mark.parametrize("address", ["foo", "127.0.0.1:abc", "OFF", ":0", "1"])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line()])
    refused(program("run", path, "--data", tmp_path / "data", "--metrics", address), address, "HOST:PORT")


@pytest.mark.parametrize(("magic", "what"), [(b"BZh91AY", "bzip2"), (b"\xff\xfe{\0", "UTF-16")])
def test_input_written_in_another_way_is_named(tmp_path: Path, magic: bytes, what: str) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(magic)
    refused(program("run", path, "--data", tmp_path / "data", *OFF), what)


def test_a_byte_order_mark_and_a_strange_name_do_no_harm(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/bad\xffname.ndjson"
    Path(os.fsdecode(path)).write_bytes(b"\xef\xbb\xbf" + a_line())
    (summary,) = rows(program("run", os.fsdecode(path), "--data", tmp_path / "data", "--json", *OFF))
    assert summary["indexed"] == 1


def test_a_truncated_archive_keeps_what_was_readable(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(a_line() + b"\n" for _ in range(5_000)))
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(packed[: len(packed) // 2])
    refused(
        program("run", path, "--data", tmp_path / "data", *OFF), "cut.ndjson.gz", "cannot be read after line"
    )
    before = len(contents(tmp_path / "data")["documents"])
    assert before > 100


@pytest.mark.parametrize(
    ("variable", "value", "parts"),
    [
        ("OPINION_MONITOR__RUN__BATCH_RECORDS", "0", ("run.batch_records = 0", ">= 1")),
        ("OPINION_MONITOR__RUNS__X", "1", ("unknown key runs",)),
        ("OPINION_MONITOR__SCORING__WATCHLISTS", "none.toml", ("none.toml", "cannot be read")),
        ("OPINION_MONITOR_CONFIG", "none.toml", ("none.toml", "settings file")),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, value: str, parts: tuple[str, ...]) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line()])
    refused(program("run", path, "--data", tmp_path / "data", *OFF, variables={variable: value}), *parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("search", "x", "--sentiment", "angry"), ("angry", "negative")),
        (("search", "x", "--from", "soon"), ("--from", "'soon'", "2011-12-05")),
        (("search", "x", "--cursor", "abc"), ("cursor",)),
        (("search", "x", "--from", "2012-01-02", "--to", "2012-01-01"), ("--from 2012-01-02", "not before")),
        (("figures", "--watchlist", "all", "--from", "2012", "--to", "2012"), ("--from '2012'",)),
        (("figures", "--watchlist", "nothing"), ("'nothing'", "housing")),
        (("dead-letters", "show", "nothing"), ("'nothing'", "dead-letters list")),
        (("run",), ("FILES",)),
        (("run", "x", "--speed", "-1"), ("-1", "max")),
        (("nonsense",), ("nonsense",)),
    ],
)
def test_wrong_use_is_explained(talk: Path, arguments: tuple[str, ...], parts: tuple[str, ...]) -> None:
    data = () if arguments == ("nonsense",) else ("--data", talk)
    refused(program(*arguments, *data), *parts)


def test_a_search_in_vain_says_when_the_watchlist_is_unknown(talk: Path) -> None:
    ended = program("search", "", "--watchlist", "hosing", "--data", talk)
    assert (ended.code, ended.out) == (0, "")
    assert "'hosing' is not in the settings; known: housing" in ended.err


def test_a_plain_file_with_the_name_of_an_archive_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    for suffix in (".gz", ".xz"):
        path = write_lines(tmp_path / f"in.ndjson{suffix}", [a_line()])
        refused(program("run", path, "--data", tmp_path / "data", *OFF), f"ends in {suffix}", "not packed so")


def test_reading_where_there_are_no_data_says_so(tmp_path: Path) -> None:
    refused(program("search", "x", "--data", tmp_path / "none"), str(tmp_path / "none"), "no data")
    assert not (tmp_path / "none").exists()


def test_an_occupied_port_is_named_and_nothing_is_taken_in(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line()])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        refused(program("run", path, "--data", tmp_path / "data", "--metrics", listen), listen, "taken")
    (summary,) = rows(program("run", path, "--data", tmp_path / "data", "--json", *OFF))
    assert summary["indexed"] == 1


def test_two_runs_on_one_directory_do_not_mix(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", nine_minutes())
    slow = start("run", path, "--speed", "1", "--data", tmp_path / "data", *OFF)
    try:
        until = time.monotonic() + 20
        while not (tmp_path / "data" / "opinion.db").exists() and time.monotonic() < until:
            time.sleep(0.05)
        second = program("run", path, "--data", tmp_path / "data", *OFF)
        refused(second, str(tmp_path / "data"), "another process")
    finally:
        slow.send_signal(signal.SIGINT)
        _, err = slow.communicate(timeout=20)
    assert slow.returncode == 130
    assert b"what was committed is kept" in err
    assert b"Traceback" not in err
    (summary,) = rows(program("run", path, "--data", tmp_path / "data", "--json", *OFF))
    assert len(contents(tmp_path / "data")["documents"]) == 9
    assert int(str(summary["received"])) <= 9


def test_a_full_disk_is_named_and_what_was_committed_stays(tmp_path: Path) -> None:
    """Runs on a tmpfs of 3 MiB in a mount namespace of its own."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("a small file system needs unshare -rm, which this machine refuses")
    path = write_lines(tmp_path / "in.ndjson", [a_line(text=f"{number} 满" * 50) for number in range(20_000)])
    disk = tmp_path / "disk"
    disk.mkdir()
    mount, keep = 'mount -t tmpfs -o size=3m tmpfs "$0"', 'cp "$0"/opinion.db* "$0"/../kept'
    script = f'{mount} && "$@"; code=$?; {keep}; exit $code'
    (tmp_path / "kept").mkdir()
    before = ("unshare", "-rm", "sh", "-c", script, str(disk))
    small = {"OPINION_MONITOR__RUN__BATCH_RECORDS": "100"}
    ended = program("run", path, "--data", disk, *OFF, before=before, variables=small)
    refused(ended, "no space is left", str(disk))
    kept = contents(tmp_path / "kept")["documents"]
    assert len(kept) % 100 == 0
    assert len(kept) > 0


def test_metrics_health_and_readiness_are_served_while_it_runs(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", nine_minutes())
    process = start("run", path, "--speed", "30", "--data", tmp_path / "data", "--metrics", "127.0.0.1:0")
    try:
        assert process.stderr is not None
        base = process.stderr.readline().decode().split()[-1].removesuffix("/metrics")
        until = time.monotonic() + 30
        while 'opinion_posts_total{kind="post",platform="sina_weibo"}' not in asked(f"{base}/metrics"):
            assert time.monotonic() < until
            time.sleep(0.1)
        answers = [json.loads(asked(base + page)) for page in ("/healthz", "/readyz")]
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 143
    assert answers == [{"status": "alive"}, {"status": "ready", "missing": []}]


def test_config_check_and_show(tmp_path: Path) -> None:
    assert "settings are valid" in program("config", "check").out
    (shown,) = rows(program("config", "show", "--json"))
    assert shown["privacy"] == {"pseudonym_key": "********"}


def test_simulate_writes_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        arguments = ("--days", "0.05", "--seed", "9", "--records-per-day", "20000", "--out", tmp_path / name)
        assert program("simulate", *arguments).code == 0
    for file in ("records.ndjson.gz", "truth.jsonl"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
