"""Feeding files to Kafka: many lines a message, one partition a file.

A file keeps its order: all its lines, of whatever kind, go to one partition of the posts topic, chosen by the
file's fingerprint. Objects of a replay are then seen in the order in which they were written down, as live
traffic is. ``score`` takes any kind from either intake topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.publishing import Outgoing, Publisher
from streams.sources.replay import Line
from streams.topics import Topic, partition_of, slot_of

MESSAGE_BYTES = 256 * 1024
MESSAGE_LINES = 1_000


async def feed(lines: Iterable[Line | None], fingerprint: str, topic: Topic, publisher: Publisher) -> int:
    """Publish lines; how many there were. Raises ``SourceError`` when the input breaks off."""
    partition = partition_of(slot_of(fingerprint), topic.partitions)
    fed = 0
    for batch in _batches(lines):
        await publisher.publish([Outgoing(topic.name, partition, b"\n".join(batch))])
        fed += len(batch)
    return fed


def _batches(lines: Iterable[Line | None]) -> Iterator[list[bytes]]:
    """Lines for one message each; at once when the source has nothing right now."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        full = line is None or size + len(line.raw) > MESSAGE_BYTES or len(batch) >= MESSAGE_LINES
        if batch and full:
            yield batch
            batch, size = [], 0
        if line is not None:
            batch.append(line.raw)
            size += len(line.raw)
    if batch:
        yield batch
