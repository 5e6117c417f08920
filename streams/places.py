"""Which partitions an agent has read to their end, so that nobody waits for what has nothing to say."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

_PATIENCE_SECONDS = 60.0
"""A partition that reaches beyond what was committed, and hands out nothing for so long, holds only what its
retention took away."""

CaughtUp = Callable[[], dict[str, bool]]
"""By ``topic/partition`` of those assigned: whether all of it was taken."""


@runtime_checkable
class FollowsPlaces(Protocol):
    """A handler that wants to know which partitions were read to their end."""

    def follow(self, caught_up: CaughtUp) -> None:
        """``caught_up`` may be asked at any time."""


class Places:
    """What was taken of each partition, against what the broker last said it holds."""

    def __init__(self, consumer: Callable[[], Any], topics: Sequence[str]) -> None:
        """``consumer`` gives Faust's consumer."""
        self._consumer = consumer
        self._topics = frozenset(topics)
        self._taken: dict[tuple[str, int], int] = {}
        self._since: dict[tuple[str, int], float] = {}

    def took(self, topic: str, partition: int, offset: int) -> None:
        """A message was worked on."""
        self._taken[topic, partition] = offset + 1

    def forget(self) -> None:
        """All partitions went."""
        self._taken.clear()
        self._since.clear()

    def __call__(self) -> dict[str, bool]:
        """Those assigned; one of which the broker has not said yet how far it reaches is not at its end."""
        consumer = self._consumer()
        found: dict[str, bool] = {}
        for place in consumer.assignment():
            if place.topic in self._topics:
                end = consumer.highwater(place)
                known = end is not None and self._is_at(place.topic, place.partition, end)
                found[f"{place.topic}/{place.partition}"] = known
        return found

    def _is_at(self, topic: str, partition: int, end: int) -> bool:
        key = (topic, partition)
        consumer = self._consumer()
        committed = next(
            (offset for place, offset in consumer._committed_offset.items() if place == key), None
        )
        known = max(self._taken.get(key, 0), committed or 0)
        if known >= end:
            return True
        since = self._since.setdefault(key, time.monotonic())
        return key not in self._taken and time.monotonic() - since > _PATIENCE_SECONDS
