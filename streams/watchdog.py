"""Notices a partition that stands still although messages wait: consumers may stall without an error.

A partition is excused while its agent works on a batch (which waits for a broker or engine as long as it
takes) and while its handler holds its next message back on purpose.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec


class Place(msgspec.Struct, frozen=True):
    """One partition as it is now: where it ends, and the offset that a restart would go on from."""

    topic: str
    partition: int
    end: int
    committed: int
    excused: bool


class Watchdog:
    """Remembers since when each partition has stood still."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``seconds`` is how long a partition may stand still."""
        self._seconds = seconds
        self._clock = clock
        self._standing: dict[tuple[str, int], tuple[int, float]] = {}

    def look(self, places: Iterable[Place]) -> str | None:
        """A sentence about a partition that has stood still for too long, or None.

        To be called every few seconds with all partitions that are assigned; others are forgotten.
        """
        now = self._clock()
        standing: dict[tuple[str, int], tuple[int, float]] = {}
        stuck: str | None = None
        for place in places:
            if place.excused or place.end <= place.committed:
                continue
            key = (place.topic, place.partition)
            committed, since = self._standing.get(key, (place.committed, now))
            if committed != place.committed:
                since = now
            standing[key] = (place.committed, since)
            if now - since > self._seconds:
                stuck = (
                    f"{place.topic} partition {place.partition} stands at {place.committed} for "
                    f"{now - since:.0f} s although {place.end - place.committed} messages wait"
                )
        self._standing = standing
        return stuck
