"""What an agent is given and what it owes, whatever transport runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """One message: where it was, its bytes, and when it (or the oldest record in it) came in.

    ``upto`` is a mark of ``streams.marks``, or empty.
    """

    topic: str
    partition: int
    offset: int
    value: bytes
    ingested_ms: int
    upto: bytes = b""


class Handler(Protocol):
    """What an agent does with the messages of one topic.

    ``take`` and ``tick`` are never called at the same time. They retry what is transient by themselves; an
    exception that leaves them ends the process.
    """

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Work on messages, in the order of each partition."""

    async def tick(self) -> None:
        """Called every fraction of a second, messages or none."""

    def unsafe_from(self, partition: int) -> int | None:
        """The first offset of a partition that a restart would still need; None when all are safe."""

    async def keep(self) -> None:
        """Make safe what can be: the partitions go to another worker, or the process ends."""

    def forget(self) -> None:
        """Forget everything; what was not safe comes again."""
