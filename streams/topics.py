"""Slots and partitions: where everything that happens to one object lies.

A slot (a key group, in Flink's words) is the unit of state, bounds and snapshots. There are always 256,
so that a different number of partitions or workers changes neither results nor memory policy.
"""

from __future__ import annotations

from zlib import crc32

SLOTS = 256


def slot_of(target: str) -> int:
    """The slot of an object, 0 to 255; the same for ever."""
    return crc32(target.encode()) % SLOTS


def partition_of(slot: int, partitions: int) -> int:
    """The partition of a slot among ``partitions``."""
    return slot % partitions
