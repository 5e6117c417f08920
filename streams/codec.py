"""Batches between our own agents: one message holds many records of one partition.

A message is a msgpack array of one kind of struct, cut at ``MESSAGE_BYTES``; a record that is larger has a
message of its own. Every record in it carries its source position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

from streams.topics import MESSAGE_BYTES

T = TypeVar("T")
_ENCODER = msgspec.msgpack.Encoder()


EMPTY = b"\x90"
"""A message without records."""


def cut(items: Iterable[object], limit: int = MESSAGE_BYTES) -> Iterator[bytes]:
    """Messages of up to ``limit`` bytes that hold these items in their order."""
    parts: list[bytes] = []
    size = 0
    for item in items:
        part = _ENCODER.encode(item)
        if parts and size + len(part) > limit:
            yield _array(parts)
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    if parts:
        yield _array(parts)


def _array(parts: list[bytes]) -> bytes:
    """A msgpack array (32-bit length) of items that are encoded already."""
    return b"".join((b"\xdd", len(parts).to_bytes(4, "big"), *parts))


def spread(queues: Mapping[int, Iterable[object]]) -> Iterator[tuple[int, bytes]]:
    """Each partition with its messages, in order."""
    for partition, items in queues.items():
        for message in cut(items):
            yield partition, message


class Batch(Generic[T]):
    """Reads messages of one kind of struct."""

    def __init__(self, kind: type[T]) -> None:
        self._decoder: msgspec.msgpack.Decoder[list[T]] = msgspec.msgpack.Decoder(
            list[kind]  # type: ignore[valid-type]
        )

    def decode(self, message: bytes) -> list[T]:
        """The items of a message. Raises ``msgspec.DecodeError`` for anything else."""
        return self._decoder.decode(message)
