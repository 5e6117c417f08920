"""Reading inputs: numbering, long lines, pipes, pacing, fingerprints."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.errors import SourceError
from monitor.records import Post, RecordDecoder
from streams.embedded import batched
from streams.sources.replay import (
    MAXIMUM_LINE_BYTES,
    WHOLE_RECORDS,
    Cut,
    Line,
    Pacer,
    fingerprint,
    read_lines,
)
from tests.testkit.records import a_line


def test_blank_lines_count_but_are_not_given(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b"one\r\n\n  \nfour\nfive")
    assert list(read_lines(str(path))) == [Line(1, b"one"), Line(4, b"four"), Line(5, b"five")]


def test_a_line_beyond_all_bounds_comes_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b"x" * (3 * MAXIMUM_LINE_BYTES + 5) + b"\nshort\n" + b"y" * (2 * MAXIMUM_LINE_BYTES - 1))
    assert [len(line.raw) for line in read_lines(str(path)) if line] == [
        MAXIMUM_LINE_BYTES,
        MAXIMUM_LINE_BYTES,
        MAXIMUM_LINE_BYTES + 5,
        5,
        2 * MAXIMUM_LINE_BYTES - 1,
    ]


@pytest.mark.parametrize("before", [MAXIMUM_LINE_BYTES, 2 * MAXIMUM_LINE_BYTES, 3 * MAXIMUM_LINE_BYTES - 1])
def test_no_piece_of_a_line_is_a_record(tmp_path: Path, before: int) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b"x" * before + a_line(id="smuggled") + b"\n" + a_line(id="next"))
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    records = [decoder.decode(line.raw, 2e9) for line in read_lines(str(path)) if line]
    assert [one.id for one in records if isinstance(one, Post)] == ["next"]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("size", [9, 10, 11, 19, 20, 21, 25, 30, 39, 40, 4_000_000])
def test_a_pipe_gives_a_long_line_in_the_pieces_that_a_file_gives(
    tmp_path: Path, size: int, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = 10 if size < 100 else 1_500_000
    last = longest if whole else 1
    content = b"ab\n" + b"x" * size + b"\nshort"
    path = tmp_path / "in.ndjson"
    path.write_bytes(content)
    reading, writing = os.pipe()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(os.fdopen(reading, "rb")))

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(content)

    writer = threading.Thread(target=write)
    writer.start()
    piped = [line.raw for line in read_lines("-", cut=Cut(longest, last)) if line]
    writer.join()
    assert piped == [line.raw for line in read_lines(str(path), cut=Cut(longest, last)) if line]
    assert b"".join(piped) == content.replace(b"\n", b"")
    assert max(map(len, piped)) < longest + last


def test_an_input_is_known_by_name_and_beginning_wherever_it_lies(tmp_path: Path) -> None:
    for folder, content in (("a", b"same\n"), ("b", b"same\n"), ("c", b"other\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "in.ndjson").write_bytes(content)
    one, moved, other = (fingerprint(str(tmp_path / folder / "in.ndjson")) for folder in "abc")
    assert one == moved != other


def test_a_folder_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        fingerprint(str(tmp_path))


def test_a_slow_pipe_says_when_nothing_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(os.fdopen(reading, "rb")))
    go_on = threading.Event()

    def write() -> None:
        os.write(writing, b"one\ntw")
        go_on.wait(5)
        os.write(writing, b"o\nthree")
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[Line | None] = []
    for line in read_lines("-", idle_seconds=0.05):
        seen.append(line)
        if line is None:
            go_on.set()
    writer.join()
    assert [line for line in seen if line] == [Line(1, b"one"), Line(2, b"two"), Line(3, b"three")]
    assert None in seen[1:]


class _Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced(speed: float, *moments: str) -> Iterator[tuple[float, Line | None]]:
    time = _Time()
    lines = [Line(n, a_line(created_at=moment) if moment else b"noise") for n, moment in enumerate(moments)]
    for line in Pacer(speed, clock=time.clock, sleep=time.sleep).pace(iter(lines)):
        yield time.now - 100.0, line


def test_event_time_passes_at_the_speed_asked_for() -> None:
    moments = ("2011-12-05T10:00:00+08:00", "2011-12-05T10:00:30+08:00", "2011-12-05T10:01:00+08:00")
    at = [when for when, line in paced(10, *moments) if line]
    assert at == pytest.approx([0, 3, 6])


def test_what_is_late_or_unreadable_passes_at_once() -> None:
    at = [
        when for when, line in paced(1, "2011-12-05T10:00:00+08:00", "", "2011-12-05T09:00:00+08:00") if line
    ]
    assert at == [0, 0, 0]


def test_a_gap_tells_the_reader_that_nothing_is_there() -> None:
    given = [line for _, line in paced(1, "2011-12-05T10:00:00+08:00", "2011-12-05T10:00:03+08:00")]
    assert given.count(None) == 3


def test_batches_are_cut_by_size_and_by_time() -> None:
    time = _Time()

    def lines() -> Iterator[Line | None]:
        for number in range(1, 6):
            yield Line(number, b"x")
        time.sleep(10)
        yield None
        yield Line(6, b"x")

    sizes = [len(batch) for batch in batched(lines(), 3, 1.0, time.clock)]
    assert sizes == [3, 2, 1]


NUMBERED = [b'{"id":"%d","text":"%s"}' % (number, os.urandom(40).hex().encode()) for number in range(3_000)]


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
@pytest.mark.parametrize(("longest", "last"), [WHOLE_RECORDS, (100, 1), (100, 50), (7, 7)])
def test_an_archive_gives_the_lines_of_the_file(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], longest: int, last: int
) -> None:
    for end in (b"", b"\n", b"\n\n"):
        content = b"\n".join([b"", *NUMBERED[:1_000], b"x" * 250]) + end
        plain, packed = tmp_path / "in.ndjson", tmp_path / f"in.{suffix}"
        plain.write_bytes(content)
        packed.write_bytes(pack(content[:20_000]) + pack(content[20_000:]))
        assert list(read_lines(str(packed), cut=Cut(longest, last))) == list(
            read_lines(str(plain), cut=Cut(longest, last))
        )


@pytest.mark.parametrize(
    ("suffix", "pack", "unpack"),
    [
        ("gz", gzip.compress, lambda part: zlib.decompressobj(31).decompress(part)),
        ("xz", lzma.compress, lambda part: lzma.LZMADecompressor().decompress(part)),
    ],
)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.66, 0.99])
def test_of_an_archive_that_breaks_off_every_whole_line_is_given(
    tmp_path: Path,
    suffix: str,
    pack: Callable[[bytes], bytes],
    unpack: Callable[[bytes], bytes],
    share: float,
) -> None:
    whole = pack(b"\n".join(NUMBERED))
    part = whole[: int(len(whole) * share)]
    path = tmp_path / f"in.{suffix}"
    path.write_bytes(part)
    readable = unpack(part).count(b"\n")
    given: list[Line | None] = []
    with pytest.raises(SourceError, match=f"cannot be read after line {readable} "):
        given.extend(read_lines(str(path)))
    assert [line.raw for line in given if line] == NUMBERED[:readable]


def test_what_lies_behind_the_end_of_an_archive_hides_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "in.gz"
    path.write_bytes(gzip.compress(b"one\ntwo\n") + b"garbage")
    given: list[Line | None] = []
    with pytest.raises(SourceError, match="after line 2"):
        given.extend(read_lines(str(path)))
    assert [line.raw for line in given if line] == [b"one", b"two"]
