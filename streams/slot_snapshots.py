"""Snapshots of slots in a compacted topic, partition by partition.

A snapshot is cut into parts, a message each, under keys that alternate between two generations of its slot:
so the generation before stays whole until the next one is. Its ``taken`` counts what its slot has taken in,
``saves`` how often it was saved: of all whole snapshots of a slot the one with the highest counts holds.

Keys name their writer, anew each time a partition is loaded. A worker that lost the partition and does not
know it yet (the broker was away for it) may still write what it had in hand, long after the next owner has
gone on: that lies beside the owner's snapshots and never replaces them. Keys of others that an own whole
snapshot covers are deleted.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
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
    saves: int = 0


_DECODER = msgspec.msgpack.Decoder(_Part)


class SlotSnapshots(Protocol):
    """Keeps snapshots of the slots of a partition."""

    async def save(self, states: Iterable[tuple[int, SlotState]]) -> None:
        """Return when these snapshots, each of a slot of a partition, are safe."""

    async def load(self, partition: int) -> list[SlotState]:
        """The latest snapshot of every slot of a partition."""


class _Place(msgspec.Struct, frozen=True):
    """What a key says; keys of earlier versions name no writer."""

    slot: int
    generation: int
    index: int
    writer: str = ""

    def key(self) -> bytes:
        return f"{self.slot}.{self.generation}.{self.index}.{self.writer}".encode()

    @classmethod
    def of(cls, key: bytes) -> _Place:
        slot, generation, index, *writer = key.decode().split(".")
        return cls(int(slot), int(generation), int(index), *writer)


class _Written(msgspec.Struct):
    """What is known of a slot: its last save, and the keys of other writers with what each has taken."""

    generation: int = 1
    saves: int = 0
    others: dict[bytes, int] = {}


class TopicSnapshots:
    """``SlotSnapshots`` in a compacted topic that has the partitions of the topic the slots are read from.

    Of one handler: it loads a partition before it saves slots of it, and does one thing at a time.
    """

    def __init__(self, connection: Connection, topic: str, publisher: Publisher) -> None:
        self._connection = connection
        self._topic = topic
        self._publisher = publisher
        self._writers: dict[int, str] = {}
        self._written: dict[tuple[int, int], _Written] = {}

    async def save(self, states: Iterable[tuple[int, SlotState]]) -> None:
        """Return when these snapshots, each of a slot of a partition, are safe."""
        states = list(states)
        messages = [message for partition, state in states for message in self._messages(partition, state)]
        await self._publisher.publish(messages, ordered=False)
        await self._delete_covered(states)

    def _messages(self, partition: int, state: SlotState) -> list[Outgoing]:
        """A snapshot in the generation whose turn it is."""
        writer = self._writers.setdefault(partition, _new_writer())
        written = self._written.setdefault((partition, state.slot), _Written())
        written.generation = 1 - written.generation
        written.saves += 1
        return [
            Outgoing(
                self._topic,
                partition,
                msgspec.msgpack.encode(part),
                _Place(state.slot, written.generation, part.index, writer).key(),
            )
            for part in _parts(state, written.saves)
        ]

    async def _delete_covered(self, states: Sequence[tuple[int, SlotState]]) -> None:
        """Delete what others wrote of these slots, as far as these snapshots, which are safe, cover it."""
        covered: list[tuple[_Written, Outgoing]] = []
        for partition, state in states:
            written = self._written[partition, state.slot]
            covered += [
                (written, Outgoing(self._topic, partition, None, key))
                for key, taken in written.others.items()
                if taken <= state.taken
            ]
        if covered:
            await self._publisher.publish([deletion for _, deletion in covered], ordered=False)
        for written, deletion in covered:
            written.others.pop(deletion.key or b"", None)

    async def load(self, partition: int) -> list[SlotState]:
        """The latest snapshot of every slot of a partition; waits for the broker as long as it takes."""
        while True:
            try:
                found = await self._read(partition)
            except (KafkaError, OSError):
                await asyncio.sleep(_SILENCE_SECONDS)
                continue
            return self._newest(partition, found)

    def _newest(self, partition: int, found: Mapping[bytes, _Part]) -> list[SlotState]:
        """The snapshots that hold; from now on this is another writer than any before."""
        self._writers[partition] = _new_writer()
        self._written = {place: known for place, known in self._written.items() if place[0] != partition}
        saved: dict[tuple[int, int, int, int, str], dict[int, _Part]] = {}
        for key, part in found.items():
            place = _Place.of(key)
            written = self._written.setdefault((partition, part.slot), _Written())
            written.others[key] = part.taken
            written.saves = max(written.saves, part.saves)
            save = (part.slot, part.taken, part.saves, place.generation, place.writer)
            saved.setdefault(save, {})[part.index] = part
        newest: dict[int, SlotState] = {}
        for (slot, taken, *_), parts in sorted(saved.items()):
            if 0 in parts and len(parts) == parts[0].count:
                body = b"".join(parts[index].body for index in range(len(parts)))
                newest[slot] = SlotState(slot, taken, body)
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
                        if message.value is None:
                            found.pop(message.key, None)
                        else:
                            found[message.key] = _DECODER.decode(message.value)
        finally:
            await consumer.stop()
        return found


def _new_writer() -> str:
    return secrets.token_hex(6)


def _parts(state: SlotState, saves: int) -> list[_Part]:
    count = max(1, -(-len(state.body) // MESSAGE_BYTES))
    return [
        _Part(
            state.slot,
            state.taken,
            index,
            count,
            state.body[index * MESSAGE_BYTES : (index + 1) * MESSAGE_BYTES],
            saves,
        )
        for index in range(count)
    ]
