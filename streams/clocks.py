"""How far event time has come where several sources feed one partition.

A source is a partition of the intake. With every batch, and now and then without one, ``score`` says how far
each of its sources has come, and which of them it has read to their end. Event time is that of the slowest
source that was not read to its end: so what one process sees in one order is judged alike from many. What is
said counts ``SETTLED_SECONDS`` later: when traffic begins, the first source does not run ahead of the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

import msgspec

SETTLED_SECONDS = 1.5


class SourceMark(msgspec.Struct, frozen=True):
    """The newest event time of each source in a batch; ``caught_up``: whether all of a source was read."""

    times: dict[str, int] = {}
    caught_up: dict[str, bool] = {}


_MARKS = msgspec.json.Decoder(SourceMark)


def encode_mark(mark: SourceMark) -> bytes:
    """A mark for a message."""
    return msgspec.json.encode(mark)


class SourceClocks:
    """Event time in milliseconds since the epoch; moments of hearing in seconds of the caller's clock."""

    def __init__(self, sources: Iterable[str]) -> None:
        """All ``sources`` are waited for, until it is said that they were read to their end."""
        self.times: dict[str, int] = {}
        self._settled = dict.fromkeys(sources, -1)
        self._heard: deque[tuple[float, str, int]] = deque()
        self._caught_up: dict[str, bool] = {}
        self._reached = -1

    def hear(self, mark: bytes, now: float) -> None:
        """Take what a message says."""
        said = _MARKS.decode(mark)
        self._caught_up.update(said.caught_up)
        for source, at in said.times.items():
            self._heard.append((now, source, at))
            self.times[source] = max(at, self.times.get(source, -1))

    def learn(self, times: Mapping[str, int]) -> None:
        """Take what a snapshot says."""
        for source, at in times.items():
            self.times[source] = max(at, self.times.get(source, -1))
            self._settled[source] = self.times[source]

    def reached(self, now: float) -> int:
        """How far event time has come; -1 when nothing is known."""
        while self._heard and self._heard[0][0] <= now - SETTLED_SECONDS:
            _, source, at = self._heard.popleft()
            self._settled[source] = max(at, self._settled.get(source, -1))
        fresh = {source for _, source, _ in self._heard}
        waited_for = [
            at
            for source, at in self._settled.items()
            if source in fresh or not self._caught_up.get(source, False)
        ]
        reached = min(waited_for) if waited_for else max(self._settled.values(), default=-1)
        self._reached = max(self._reached, reached)
        return self._reached
