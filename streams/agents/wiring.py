"""What the handlers of all roles share: topics, the way to publish, and what they tell metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from monitor.documents import DeadLetter, SourcePosition
from streams.codec import Batch, spread
from streams.handling import Arrived
from streams.publishing import Outgoing, Publisher
from streams.slot_snapshots import SlotState
from streams.topics import Topic, TopicKind, partition_of, slot_of

T = TypeVar("T")


class Watcher(Protocol):
    """Told what handlers do, for metrics."""

    def reached(self, stage: str, ingested_ms: int) -> None:
        """Records that came in then are now scored, detected, assessed or indexed."""

    def kept(self, partition: int, sizes: Mapping[int, int]) -> None:
        """Slots of a partition were kept, each so many bytes."""

    def restored(self, partition: int, sizes: Mapping[int, int]) -> None:
        """All slots of a partition that were kept before, each so many bytes."""

    def forgot(self) -> None:
        """All partitions went: nothing is held of any."""

    def counted(self, what: str, number: int) -> None:
        """So many records ended in some way."""


class Wiring(msgspec.Struct, frozen=True):
    """The topics of the installation by kind, the publisher, and the watcher."""

    topics: Mapping[TopicKind, Topic]
    publisher: Publisher
    watcher: Watcher

    def name(self, kind: TopicKind) -> str:
        """The full name of a topic."""
        return self.topics[kind].name

    def partition(self, kind: TopicKind, target: str) -> int:
        """The partition of a topic where everything about ``target`` lies."""
        return partition_of(slot_of(target), self.topics[kind].partitions)

    def outgoing(
        self, kind: TopicKind, items: Iterable[T], target: Callable[[T], str], ingested_ms: int
    ) -> Iterator[Outgoing]:
        """Messages that hold these items, each in the partition of its target."""
        queues: dict[int, list[T]] = {}
        for item in items:
            queues.setdefault(self.partition(kind, target(item)), []).append(item)
        for partition, message in spread(queues):
            yield Outgoing(self.name(kind), partition, message, ingested_ms=ingested_ms)

    def one(self, kind: TopicKind, items: Iterable[object], ingested_ms: int) -> Iterator[Outgoing]:
        """Messages for a topic of one partition."""
        for partition, message in spread({0: items}):
            yield Outgoing(self.name(kind), partition, message, ingested_ms=ingested_ms)

    def kept(self, states: Iterable[tuple[int, SlotState]]) -> None:
        """Tell the watcher how large the snapshots of these slots, each of a partition, are."""
        sizes: dict[int, dict[int, int]] = {}
        for number, state in states:
            sizes.setdefault(number, {})[state.slot] = len(state.body)
        for number, slots in sizes.items():
            self.watcher.kept(number, slots)

    def restored(self, partition: int, states: Iterable[SlotState]) -> None:
        """Tell the watcher how large the snapshots are that a partition goes on from."""
        self.watcher.restored(partition, {state.slot: len(state.body) for state in states})

    async def decode(self, batch: Batch[T], message: Arrived) -> list[T]:
        """The items of a message of our own; one that is none goes to the dead letter."""
        try:
            return batch.decode(message.value)
        except msgspec.DecodeError as error:
            position = SourcePosition(f"{message.topic}/{message.partition}", message.offset, 0)
            letter = DeadLetter(
                id=f"{position.source}:{position.offset}:0",
                reason="undecodable",
                sentence=f"not a batch of this version: {error}",
                raw=message.value,
                position=position,
                format="batch",
            )
            await self.publisher.publish(list(self.one("dead-letter", [letter], message.ingested_ms)))
            return []


def by_partition(messages: Sequence[Arrived]) -> dict[int, list[Arrived]]:
    """Messages of one topic by partition, in order."""
    queues: dict[int, list[Arrived]] = {}
    for message in messages:
        queues.setdefault(message.partition, []).append(message)
    return queues


def oldest(messages: Iterable[Arrived]) -> int:
    """When the oldest of these came in, milliseconds; 0 for none."""
    return min((message.ingested_ms for message in messages), default=0)


class Stateless:
    """A handler whose work is safe when ``take`` returns."""

    async def tick(self) -> None:
        """Nothing waits."""

    def unsafe_from(self, partition: int) -> int | None:
        """Everything is safe."""
        del partition
        return None

    async def keep(self) -> None:
        """Nothing is held."""

    def forget(self) -> None:
        """Nothing is held."""
