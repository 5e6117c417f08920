"""Feeding files to Kafka: many lines a message, one partition a file.

A file keeps its order: all its lines, of whatever kind, go to one partition of the posts topic, chosen by the
file's fingerprint. Objects of a replay are then seen in the order in which they were written down, as live
traffic is. ``score`` takes any kind from either intake topic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

import msgspec

from monitor.records import MAX_RECORD_BYTES
from streams.publishing import Outgoing, Publisher
from streams.sources.replay import Line
from streams.topics import Topic, partition_of, slot_of

MESSAGE_BYTES = 256 * 1024
MESSAGE_LINES = 1_000
LONGEST_LINE_BYTES = MAX_RECORD_BYTES * 3 // 2
"""A longer line is fed in pieces of so many bytes: the topic takes messages of 2 MiB, and it is no record."""
_LOOK_SECONDS = 0.25
_LAST_CHANCE_SECONDS = 3.0


class Fed(msgspec.Struct):
    """How far a file was fed: so many lines of it, the last of which has the number ``upto``."""

    lines: int = 0
    upto: int = 0


async def feed(
    lines: Iterable[Line | None],
    fingerprint: str,
    topic: Topic,
    publisher: Publisher,
    *,
    fed: Fed | None = None,
    check: Callable[[], None] = lambda: None,
) -> int:
    """Publish lines; how many there were. ``fed`` is told of each message that the brokers have.

    ``check`` is called while the brokers are waited for, and may raise to stop that; they then have a few
    seconds left for the message in hand. Raises ``SourceError`` when the input breaks off.
    """
    fed = fed or Fed()
    partition = partition_of(slot_of(fingerprint), topic.partitions)
    for batch in _batches(lines):
        message = Outgoing(topic.name, partition, b"\n".join(line.raw for line in batch))
        stopped = await _published(publisher, message, check)
        fed.lines += len(batch)
        fed.upto = batch[-1].number
        if stopped is not None:
            raise stopped
    return fed.lines


async def _published(
    publisher: Publisher, message: Outgoing, check: Callable[[], None]
) -> BaseException | None:
    """Return when the brokers have it; with what ``check`` raised meanwhile, if anything."""
    publishing = asyncio.ensure_future(publisher.publish([message]))
    stopped: BaseException | None = None
    while not publishing.done() and stopped is None:
        await asyncio.wait({publishing}, timeout=_LOOK_SECONDS)
        try:
            check()
        except BaseException as error:  # noqa: BLE001 - raised again when the brokers had their last chance
            stopped = error
    if stopped is not None:
        await asyncio.wait({publishing}, timeout=_LAST_CHANCE_SECONDS)
        if not publishing.done():
            publishing.cancel()
            raise stopped
    await publishing
    return stopped


def _batches(lines: Iterable[Line | None]) -> Iterator[list[Line]]:
    """Lines for one message each; at once when the source has nothing right now.

    When the source breaks off, or the user stops it, what was read is given first.
    """
    batch: list[Line] = []
    size = 0
    try:
        for line in lines:
            full = line is None or size + len(line.raw) > MESSAGE_BYTES or len(batch) >= MESSAGE_LINES
            if batch and full:
                yield batch
                batch, size = [], 0
            if line is not None:
                batch.append(line)
                size += len(line.raw)
    except GeneratorExit:
        raise
    except BaseException:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
