"""One order for what several partitions brought: by time, and in each partition as it came.

A broker hands out one partition after the other. Records of one object lie in several of them, and detection
sees twice what comes out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")


def merged(items: Sequence[T], source: Callable[[T], Hashable], time: Callable[[T], int]) -> list[T]:
    """``items`` by time; those of one source stay in their order, whatever their times."""
    latest: dict[Hashable, int] = {}
    moments: list[int] = []
    for item in items:
        place, moment = source(item), time(item)
        moment = latest[place] = max(moment, latest.get(place, moment))
        moments.append(moment)
    return [items[at] for at in sorted(range(len(items)), key=moments.__getitem__)]
