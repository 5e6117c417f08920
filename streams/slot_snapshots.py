"""Snapshots of slots in a compacted topic, partition by partition.

A snapshot is cut into parts, a message each, under keys that alternate between two generations of its slot:
so the generation before stays whole until the next one is. Its ``taken`` counts what its slot has taken in:
of all whole snapshots of a slot the one with the highest count holds, so an older one never replaces a newer
one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.connection import Connection
from streams.publishing import Outgoing, Publisher
from streams.topics import MESSAGE_BYTES

_SILENCE_SECONDS = 1.0


class SlotState(msgspec.Struct, frozen=True):
    """The state of one slot, as it is kept."""

    slot: int
    taken: int
    body: bytes


class _Part(msgspec.Struct, frozen=True, array_like=True):
    slot: int
    taken: int
    index: int
    count: int
    body: bytes


_DECODER = msgspec.msgpack.Decoder(_Part)


class SlotSnapshots(Protocol):
    """Keeps snapshots of the slots of a partition."""

    async def save(self, states: Iterable[tuple[int, SlotState]]) -> None:
        """Return when these snapshots, each of a slot of a partition, are safe."""

    async def load(self, partition: int) -> list[SlotState]:
        """The latest snapshot of every slot of a partition."""


class TopicSnapshots:
    """``SlotSnapshots`` in a compacted topic that has the partitions of the topic the slots are read from."""

    def __init__(self, connection: Connection, topic: str, publisher: Publisher) -> None:
        self._connection = connection
        self._topic = topic
        self._publisher = publisher
        self._generation: dict[int, int] = {}

    async def save(self, states: Iterable[tuple[int, SlotState]]) -> None:
        """Return when these snapshots, each of a slot of a partition, are safe."""
        messages: list[Outgoing] = []
        for partition, state in states:
            generation = self._generation[state.slot] = 1 - self._generation.get(state.slot, 1)
            messages.extend(
                Outgoing(
                    self._topic,
                    partition,
                    msgspec.msgpack.encode(part),
                    f"{state.slot}.{generation}.{part.index}".encode(),
                )
                for part in _parts(state)
            )
        await self._publisher.publish(messages, ordered=False)

    async def load(self, partition: int) -> list[SlotState]:
        """The latest snapshot of every slot of a partition; waits for the broker as long as it takes."""
        while True:
            try:
                found = await self._read(partition)
            except (KafkaError, OSError):
                await asyncio.sleep(_SILENCE_SECONDS)
                continue
            return self._newest(found)

    def _newest(self, found: dict[bytes, _Part]) -> list[SlotState]:
        whole: dict[tuple[int, int, int], dict[int, _Part]] = {}
        for key, part in found.items():
            generation = int(key.split(b".")[1])
            whole.setdefault((part.slot, part.taken, generation), {})[part.index] = part
        newest: dict[int, SlotState] = {}
        for (slot, taken, generation), parts in sorted(whole.items()):
            if len(parts) == parts[0].count if 0 in parts else False:
                body = b"".join(parts[index].body for index in range(len(parts)))
                newest[slot] = SlotState(slot, taken, body)
                self._generation[slot] = generation
        return list(newest.values())

    async def _read(self, partition: int) -> dict[bytes, _Part]:
        place = TopicPartition(self._topic, partition)
        found: dict[bytes, _Part] = {}
        consumer = AIOKafkaConsumer(
            **self._connection.options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        try:
            await consumer.start()
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            await consumer.seek_to_beginning(place)
            while await consumer.position(place) < end:
                for messages in (await consumer.getmany(place, timeout_ms=500)).values():
                    for message in messages:
                        found[message.key] = _DECODER.decode(message.value)
        finally:
            await consumer.stop()
        return found


def _parts(state: SlotState) -> list[_Part]:
    count = max(1, -(-len(state.body) // MESSAGE_BYTES))
    return [
        _Part(
            state.slot,
            state.taken,
            index,
            count,
            state.body[index * MESSAGE_BYTES : (index + 1) * MESSAGE_BYTES],
        )
        for index in range(count)
    ]
