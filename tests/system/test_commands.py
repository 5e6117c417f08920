"""The command line as other programs and people use it."""

from __future__ import annotations

import gzip
import json
import lzma
import time
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest

from streams.sources.simulator import simulate
from tests.testkit.program import OFF, program, refused, rows, start
from tests.testkit.records import a_line, nine_minutes, write_lines

pytestmark = pytest.mark.system


def asked(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        text: str = answer.read().decode()
    return text


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
        (("dead-letters", "list", "--limit", "9" * 25), ("--limit", "9" * 25, "1000000000")),
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
    ended = program("search", "", "--watchlist", "hosing", "--count", "--data", talk)
    assert (ended.code, ended.out) == (0, "0\n")
    assert "'hosing' is not in the settings; known: housing" in ended.err


@pytest.mark.parametrize("asked", [("search", ""), ("figures", "--watchlist", "all")])
def test_looking_in_vain_says_when_the_platform_is_unknown(talk: Path, asked: tuple[str, ...]) -> None:
    ended = program(*asked, "--platform", "sina", "--data", talk)
    assert (ended.code, ended.out) == (0, "")
    assert "--platform 'sina' is not in the settings; known: sina_weibo, tencent_weibo" in ended.err
    ended = program(
        *asked, "--platform", "tencent_weibo", "--from", "1999-01-01", "--to", "1999-01-02", "--data", talk
    )
    assert "settings" not in ended.err


def test_the_platform_all_is_every_platform_to_figures_as_it_is_to_search(talk: Path) -> None:
    asked = ("figures", "--watchlist", "all", "--window", "60", "--json", "--data", talk)
    assert rows(program(*asked, "--platform", "all")) == rows(program(*asked)) != []


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
    for name in ("one", "two"):  # each in an interpreter of its own, which orders sets in its own way
        arguments = ("--days", "0.05", "--seed", "9", "--records-per-day", "20000", "--out", tmp_path / name)
        assert program("simulate", *arguments, before=("env",)).code == 0
    for file in ("records.ndjson.gz", "truth.jsonl"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
