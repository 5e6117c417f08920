"""What is wrong with an input, a setting or a directory is named, and nothing is lost of it."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from monitor.errors import StoreError
from tests.testkit.program import OFF, program, refused, rows, start
from tests.testkit.records import a_line, contents, nine_minutes, write_lines

pytestmark = pytest.mark.system


def documents_in(data: Path) -> int:
    try:
        return len(contents(data)["documents"])
    except StoreError:
        return 0


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


def test_a_plain_file_with_the_name_of_an_archive_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    for suffix in (".gz", ".xz"):
        path = write_lines(tmp_path / f"in.ndjson{suffix}", [a_line()])
        refused(program("run", path, "--data", tmp_path / "data", *OFF), f"ends in {suffix}", "not packed so")


def test_reading_where_there_are_no_data_says_so(tmp_path: Path) -> None:
    refused(program("search", "x", "--data", tmp_path / "none"), str(tmp_path / "none"), "no data")
    refused(program("dead-letters", "replay", "--data", tmp_path / "none"), str(tmp_path / "none"), "no data")
    assert not (tmp_path / "none").exists()


def test_a_directory_without_a_name_is_not_the_current_one(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.ndjson", [a_line()])
    refused(program("run", path, "--data", "", *OFF), "--data", "is empty", "name a directory")
    refused(program("demo", "--once", "--data", ""), "--data", "is empty", "name a directory")


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
