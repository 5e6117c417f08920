"""Slots, partitions and topics: where everything that happens to one object lies.

A slot (a key group, in Flink's words) is the unit of state, bounds and snapshots. There are always 256,
so that a different number of partitions or workers changes neither results nor memory policy.

``plan`` names the topics of one installation with what the broker has to know about each.
"""

from __future__ import annotations

from typing import Literal
from zlib import crc32

import msgspec

SLOTS = 256
MESSAGE_BYTES = 512 * 1024
"""Where a batch between our own agents is cut."""

TopicKind = Literal[
    "posts",
    "comments",
    "scored",
    "sightings",
    "figures",
    "campaigns",
    "joined",
    "alerts",
    "verdicts",
    "dead-letter",
    "detect-snapshots",
    "assess-snapshots",
]
INTAKE: tuple[TopicKind, ...] = ("posts", "comments")
_DAY = 86_400_000
_MEBIBYTE = 1024 * 1024


class Topic(msgspec.Struct, frozen=True):
    """One topic: its full name, its partitions, and the broker's settings that matter to us."""

    kind: TopicKind
    name: str
    partitions: int
    settings: dict[str, str]


class _Nature(msgspec.Struct, frozen=True):
    """``one``: a single partition, since its one consumer needs all of it in one order."""

    retention_ms: int | None
    one: bool = False
    largest_bytes: int = 2 * _MEBIBYTE


_NATURES: dict[TopicKind, _Nature] = {
    # Original bytes, with authors: kept only as long as a worker may be away.
    "posts": _Nature(3 * _DAY),
    "comments": _Nature(3 * _DAY),
    "scored": _Nature(3 * _DAY),
    "sightings": _Nature(3 * _DAY),
    "figures": _Nature(3 * _DAY),
    "campaigns": _Nature(7 * _DAY, one=True),
    "joined": _Nature(7 * _DAY),
    "alerts": _Nature(7 * _DAY, one=True),
    # What people judged is kept for ever, the latest message of each id.
    "verdicts": _Nature(None, one=True),
    "dead-letter": _Nature(3 * _DAY, one=True, largest_bytes=4 * _MEBIBYTE),
    "detect-snapshots": _Nature(None),
    "assess-snapshots": _Nature(None),
}
TOPIC_KINDS: tuple[TopicKind, ...] = tuple(_NATURES)


def slot_of(target: str) -> int:
    """The slot of an object, 0 to 255; the same for ever."""
    return crc32(target.encode()) % SLOTS


def partition_of(slot: int, partitions: int) -> int:
    """The partition of a slot among ``partitions``."""
    return slot % partitions


def topic_name(prefix: str, kind: TopicKind) -> str:
    """The full name of a topic."""
    return prefix + kind


def plan(prefix: str, partitions: int) -> dict[TopicKind, Topic]:
    """The topics of an installation, ``partitions`` each where there may be several.

    Compacted topics keep the latest message of a key for ever; the others give up what is older than
    their retention. Kafka's own timestamp is the time of arrival, whatever a producer says.
    """
    return {
        kind: Topic(kind, topic_name(prefix, kind), 1 if nature.one else partitions, _broker_settings(nature))
        for kind, nature in _NATURES.items()
    }


def _broker_settings(nature: _Nature) -> dict[str, str]:
    settings = {
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(nature.largest_bytes),
    }
    if nature.retention_ms is None:
        return settings | {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.2"}
    return settings | {"cleanup.policy": "delete", "retention.ms": str(nature.retention_ms)}
