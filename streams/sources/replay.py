"""Replay of files: NDJSON, plain or compressed (gzip, xz), or ``-`` for standard input.

Lines are numbered from 1. A reader gives ``None`` where the source has nothing right now, so that a
runner can finish what it holds instead of waiting. What is no regular file (a pipe, a terminal) is read
once, as it comes.
"""

from __future__ import annotations

import errno
import gzip
import lzma
import os
import select
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from monitor.errors import SourceError
from monitor.records import MAX_RECORD_BYTES

STANDARD_INPUT = "-"
MAXIMUM_LINE_BYTES = 4 * MAX_RECORD_BYTES
"""A longer line is read in pieces of this size, each of which becomes a dead letter of its own."""

_FINGERPRINT_BYTES = 1_024
_PIPE_READ_BYTES = 1 << 20
_ARCHIVE_READ_BYTES = 1 << 17
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
_UNREADABLE = {
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"PK\x03\x04": "a zip archive",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class Line(NamedTuple):
    """One line without its end; ``number`` counts pieces of over-long lines too."""

    number: int
    raw: bytes


def is_rereadable(path: str) -> bool:
    """Whether an input can be read again from its start: a regular file, no pipe.

    Raises:
        SourceError: there is no such file.
    """
    if path == STANDARD_INPUT:
        return False
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return stat.S_ISREG(mode)


def fingerprint(path: str) -> str:
    """What tells an input file from another: its name and first KiB (its folder does not matter).

    Raises:
        SourceError: the file cannot be opened, or is written in a way that is not read here.
    """
    if path == STANDARD_INPUT:
        return "stdin"
    name = os.fsencode(Path(path).name).decode("utf-8", "backslashreplace")
    if not is_rereadable(path):
        return f"pipe-{name}"
    try:
        with Path(path).open("rb") as file:
            head = file.read(_FINGERPRINT_BYTES)
    except OSError as error:
        raise _unreadable(path, error) from error
    for magic, what in _UNREADABLE.items():
        if head.startswith(magic):
            raise SourceError(f"{path}: is {what}; give UTF-8 lines, plain or packed with gzip or xz")
    return f"{name}@{blake2b(head, digest_size=6).hexdigest()}"


def _unreadable(path: str, error: Exception) -> SourceError:
    reason = error.strerror if isinstance(error, OSError) else error
    return SourceError(f"{path or repr(path)}: cannot be read ({reason}); check the name and its rights")


class Cut(NamedTuple):
    """Lines of ``piece_bytes`` and ``last_bytes`` or more are cut after ``piece_bytes``.

    So the last piece has at least ``last_bytes``.
    """

    piece_bytes: int
    last_bytes: int

    @property
    def from_bytes(self) -> int:
        """So long a line is cut."""
        return self.piece_bytes + self.last_bytes


WHOLE_RECORDS = Cut(MAXIMUM_LINE_BYTES, MAXIMUM_LINE_BYTES)
"""No piece is so short that it could be a record."""


def read_lines(
    path: str,
    *,
    idle_seconds: float = 1.0,
    cut: Cut = WHOLE_RECORDS,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Line | None]:
    """Lines of an input; for a pipe, ``None`` whenever nothing came for ``idle_seconds``.

    Blank lines are counted in the numbers but not given; a line that is too long comes in pieces (``Cut``),
    each with a number of its own.
    ``check`` is called where stopping loses nothing: between lines of a file, and before more is taken from a
    pipe.

    Raises:
        SourceError: the file cannot be read, or breaks off (a truncated or damaged archive). What was
            readable has been given before.
    """
    number = 0
    with ExitStack() as stack:
        if is_rereadable(path):
            pieces = _file_lines(path, cut, check)
        elif path == STANDARD_INPUT:
            pieces = _pipe_lines(_standard_input(), idle_seconds, cut, check)
        else:
            file = stack.enter_context(Path(path).open("rb", buffering=0))
            pieces = _pipe_lines(file.fileno(), idle_seconds, cut, check)
        for piece in pieces:
            if piece is None:
                yield None
                continue
            number += 1
            raw = piece.removeprefix(_BYTE_ORDER_MARK) if number == 1 else piece
            if raw and not raw.isspace():
                yield Line(number, raw.rstrip(b"\r\n"))


def _standard_input() -> int:
    if sys.stdin is None:  # how Python shows that it was started with it closed
        raise SourceError("standard input (-) is closed; pipe records into it, or name a file")
    return sys.stdin.fileno()


def _file_lines(path: str, cut: Cut, check: Callable[[], None]) -> Iterator[bytes | None]:
    number = 0
    try:
        with _open(path) as file:
            for raw in _lines_of(file, cut):
                check()
                number += 1
                yield raw
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        if number == 0 and isinstance(error, (gzip.BadGzipFile, lzma.LZMAError)):
            raise SourceError(
                f"{path}: its name ends in {Path(path).suffix} and its content is not packed so, or damaged; "
                "give it the name of what it is, or repair it"
            ) from error
        raise SourceError(
            f"{path}: cannot be read after line {number} ({error}); "
            "what came before is kept, give the repaired file again to go on"
        ) from error


def _lines_of(file: BinaryIO | gzip.GzipFile | lzma.LZMAFile, cut: Cut) -> Iterator[bytes]:
    """Lines, in pieces where they are too long.

    Of an archive all whole lines before a fault are given; its own ``readline`` loses what it has buffered.
    """
    rest = b""
    if not isinstance(file, gzip.GzipFile | lzma.LZMAFile):
        while raw := file.readline(cut.from_bytes - len(rest)):
            rest += raw
            if rest.endswith(b"\n"):
                yield rest
                rest = b""
            elif len(rest) >= cut.from_bytes:
                yield rest[: cut.piece_bytes]
                rest = rest[cut.piece_bytes :]
    else:
        while chunk := file.read1(_ARCHIVE_READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield from _pieces(line, cut)
            *pieces, rest = _pieces(rest, cut)
            yield from pieces
    if rest:
        yield rest


def _open(path: str) -> BinaryIO | gzip.GzipFile | lzma.LZMAFile:
    """Open a file, unpacked by what it holds or is named."""
    file = Path(path).open("rb")  # noqa: SIM115 - the decompressor closes it
    head = file.read(len(_XZ))
    file.seek(0)
    if head.startswith(_GZIP) or path.endswith(".gz"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(_XZ) or path.endswith(".xz"):
        return lzma.LZMAFile(file)
    return file


def _pipe_lines(
    descriptor: int, idle_seconds: float, cut: Cut, check: Callable[[], None]
) -> Iterator[bytes | None]:
    rest = b""
    while True:
        check()
        ready, _, _ = select.select([descriptor], [], [], idle_seconds)
        if not ready:
            yield None
            continue
        chunk = os.read(descriptor, _PIPE_READ_BYTES)
        if not chunk:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield from _pieces(line, cut)
        *pieces, rest = _pieces(rest, cut)
        yield from pieces
    if rest:
        yield rest


def _pieces(line: bytes, cut: Cut) -> list[bytes]:
    """A line, in pieces where it is too long."""
    pieces = []
    while len(line) >= cut.from_bytes:
        pieces.append(line[: cut.piece_bytes])
        line = line[cut.piece_bytes :]
    return [*pieces, line]


def after(lines: Iterator[Line | None], taken: int, last: int | None, path: str) -> Iterator[Line | None]:
    """The lines behind the first ``taken``; ``last`` is the checksum that the last of those must have.

    Raises:
        SourceError: this is not the file whose first lines were taken in.
    """
    found = taken == 0 or last is None
    for line in lines:
        if line is None or line.number > taken:
            if not found:
                raise _other(path, taken)
            yield line
        elif line.number == taken:
            found = zlib.crc32(line.raw) == last
    if not found:
        raise _other(path, taken)


def _other(path: str, taken: int) -> SourceError:
    return SourceError(
        f"{path}: was taken in up to line {taken} before, and that line is another now; "
        "give the file another name to take it in from its start"
    )


class _Timed(msgspec.Struct):
    created_at: datetime


class Pacer:
    """Holds lines back so that event time passes at ``speed`` times its own pace.

    Lines without a readable time, or with one that lies behind, pass at once. Gaps in the talk are
    waited for in pieces of ``idle_seconds``, each of them telling the reader that nothing is there yet.
    """

    def __init__(
        self,
        speed: float,
        *,
        idle_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """``check`` is called while waiting, where stopping loses nothing."""
        self._speed = speed
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._sleep = sleep
        self._check = check
        self._start: tuple[float, float] | None = None

    def pace(self, lines: Iterator[Line | None]) -> Iterator[Line | None]:
        """The same lines, each when its time has come."""
        for line in lines:
            moment = None if line is None else _event_seconds(line.raw)
            if moment is not None:
                if self._start is None:
                    self._start = (self._clock(), moment)
                due = self._start[0] + (moment - self._start[1]) / self._speed
                while (wait := due - self._clock()) > 0:
                    if wait > self._idle_seconds / 10:
                        yield None
                    self._check()
                    self._sleep(min(wait, self._idle_seconds))
            yield line


_TIMED = msgspec.json.Decoder(_Timed)


def _event_seconds(raw: bytes) -> float | None:
    try:
        return _TIMED.decode(raw).created_at.timestamp()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return None
