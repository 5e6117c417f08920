"""The program between shells, files and pipes: closed streams, full disks, other locales, narrow windows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.testkit.program import ROOT, Ended, command, environment, program
from tests.testkit.records import a_line, contents, write_lines

pytestmark = pytest.mark.system
OFF = ("--metrics", "off")
ASCII = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terminal")
    lines = [a_line(author={"id": str(number)}, text="今天的房价又涨了😡") for number in range(30)]
    path = write_lines(folder / "in.ndjson", lines)
    assert program("run", path, "--data", folder / "data", *OFF).code == 0
    return folder / "data"


def through_a_shell(script: str, *arguments: str | Path, variables: Mapping[str, str]) -> Ended:
    """``script`` finds the call in ``"$@"``."""
    done = subprocess.run(
        ["sh", "-c", script, "sh", *command(*arguments)],
        capture_output=True,
        cwd=ROOT,
        env=environment(variables),
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("arguments", [("run", "-", *OFF), ("score", "-")])
def test_a_closed_standard_input_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    where = () if arguments[0] == "score" else ("--data", tmp_path / "data")
    ended = through_a_shell('"$@" <&-', *arguments, *where, variables={})
    assert ended.code == 2
    assert (
        ended.err == "opinion-monitor: standard input (-) is closed; pipe records into it, or name a file\n"
    )


def test_closed_output_streams_are_not_taken_for_the_database(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line(), b"garbage"])
    ended = through_a_shell('"$@" >&- 2>&-', "run", path, "--data", tmp_path / "data", variables={})
    assert ended == Ended(0, "", "")
    held = contents(tmp_path / "data")
    assert (len(held["documents"]), len(held["dead_letters"])) == (1, 1)


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_output_onto_a_full_disk_is_an_error_in_one_sentence(data: Path, extra: tuple[str, ...]) -> None:
    ended = through_a_shell('"$@" > /dev/full', "search", "房价", "--data", data, *extra, variables={})
    assert ended.code == 2
    assert "No space left" in ended.err
    assert "Traceback" not in ended.err


def test_a_data_directory_that_no_file_system_takes_is_named(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line()])
    ended = program("run", path, "--data", "/proc/nothing/here", *OFF)
    assert ended.code == 2
    assert "/proc/nothing" in ended.err
    assert "Traceback" not in ended.err


def test_chinese_goes_in_and_out_whatever_the_locale(data: Path) -> None:
    wanted = program("search", "房价", "--data", data)
    assert "今天的房价又涨了😡" in wanted.out
    assert program("search", "房价", "--data", data, variables=ASCII) == wanted
    assert program("search", "房价", "--data", data, variables={"PYTHONIOENCODING": "ascii"}) == wanted


def test_a_reader_that_leaves_early_is_no_traceback(data: Path) -> None:
    ended = through_a_shell('"$@" | head -n 1', "search", "房价", "--json", "--data", data, variables={})
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 1
    assert "Traceback" not in ended.err


def test_what_is_read_by_a_program_has_no_width(data: Path) -> None:
    told = ("figures", "--watchlist", "housing", "--data", data)
    narrow = program(*told, variables={"COLUMNS": "20"})
    assert narrow == program(*told)
    assert "sina_weibo" in narrow.out


def test_options_before_a_sub_command_hold_for_it(data: Path) -> None:
    (line,) = program("campaigns", "--data", data).out.splitlines()[::2]
    identity = line.split()[0]
    after = program("campaigns", "show", identity, "--data", data, "--json")
    assert after.code == 0
    assert program("campaigns", "--data", data, "--json", "show", identity) == after


def test_a_pipe_that_pauses_is_scored_so_far(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        command("score", "-", "--json"),
        stdin=reading,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment({}),
    ) as process:
        os.close(reading)
        os.write(writing, b'{"id":"1","text":"x"}\n')
        assert process.stdout is not None
        assert b'"id":"1"' in process.stdout.readline()
        os.close(writing)
        assert process.wait(timeout=30) == 0
