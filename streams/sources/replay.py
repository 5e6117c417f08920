"""Replay of files: NDJSON, plain or compressed (.gz, .xz), or ``-`` for standard input.

Lines are numbered from 1. A reader gives ``None`` where the source has nothing right now, so that a
runner can finish what it holds instead of waiting.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import select
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import msgspec

from monitor.errors import SourceError
from monitor.records import MAX_RECORD_BYTES

STANDARD_INPUT = "-"
MAXIMUM_LINE_BYTES = 4 * MAX_RECORD_BYTES
"""A longer line is read in pieces of this size, each of which becomes a dead letter of its own."""

_FINGERPRINT_BYTES = 65_536
_PIPE_READ_BYTES = 1 << 20


class Line(NamedTuple):
    """One line without its end; ``number`` counts pieces of over-long lines too."""

    number: int
    raw: bytes


def fingerprint(path: str) -> str:
    """What tells an input file from another: its name and first 64 KiB (its folder does not matter).

    Raises:
        SourceError: the file cannot be opened.
    """
    if path == STANDARD_INPUT:
        return "stdin"
    try:
        with Path(path).open("rb") as file:
            head = file.read(_FINGERPRINT_BYTES)
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror}); check the name and its rights"
        ) from error
    return f"{Path(path).name}@{blake2b(head, digest_size=6).hexdigest()}"


def read_lines(path: str, *, idle_seconds: float = 1.0) -> Iterator[Line | None]:
    """Lines of a file; for standard input, ``None`` whenever nothing came for ``idle_seconds``.

    Blank lines are counted in the numbers but not given.

    Raises:
        SourceError: the file cannot be read, or breaks off (a truncated or damaged archive). What was
            readable has been given before.
    """
    if path == STANDARD_INPUT:
        pieces = _pipe_lines(sys.stdin.fileno(), idle_seconds)
        number = 0
        for piece in pieces:
            if piece is None:
                yield None
                continue
            number += 1
            if not piece.isspace() and piece:
                yield Line(number, piece.rstrip(b"\r\n"))
        return
    number = 0
    try:
        with _open(path) as file:
            while raw := file.readline(MAXIMUM_LINE_BYTES):
                number += 1
                if not raw.isspace():
                    yield Line(number, raw.rstrip(b"\r\n"))
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise SourceError(
            f"{path}: cannot be read after line {number} ({error}); "
            "what came before is kept, give the repaired file again to go on"
        ) from error


def _open(path: str) -> BinaryIO:
    file = Path(path).open("rb")  # noqa: SIM115 - the decompressor closes it
    if path.endswith(".gz"):
        return cast("BinaryIO", io.BufferedReader(gzip.GzipFile(fileobj=file)))
    if path.endswith(".xz"):
        return cast("BinaryIO", io.BufferedReader(lzma.LZMAFile(file)))
    return file


def _pipe_lines(descriptor: int, idle_seconds: float) -> Iterator[bytes | None]:
    rest = b""
    while True:
        ready, _, _ = select.select([descriptor], [], [], idle_seconds)
        if not ready:
            yield None
            continue
        chunk = os.read(descriptor, _PIPE_READ_BYTES)
        if not chunk:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        while len(rest) > MAXIMUM_LINE_BYTES:
            yield rest[:MAXIMUM_LINE_BYTES]
            rest = rest[MAXIMUM_LINE_BYTES:]
    if rest:
        yield rest


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
    ) -> None:
        self._speed = speed
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._sleep = sleep
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
                    self._sleep(min(wait, self._idle_seconds))
            yield line


_TIMED = msgspec.json.Decoder(_Timed)


def _event_seconds(raw: bytes) -> float | None:
    try:
        return _TIMED.decode(raw).created_at.timestamp()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return None
