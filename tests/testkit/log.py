"""A broker in memory: topics as lists, and handlers that are fed from them, killed and started again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from streams.agents.wiring import Wiring
from streams.handling import Arrived, Handler
from streams.publishing import Outgoing
from streams.slot_snapshots import SlotState
from streams.topics import TopicKind, plan


class MemoryLog:
    """A ``Publisher`` that keeps what is published."""

    def __init__(self, partitions: int) -> None:
        self.topics = plan("t.", partitions)
        self.messages: defaultdict[tuple[str, int], list[Outgoing]] = defaultdict(list)

    async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
        for message in messages:
            self.messages[message.topic, message.partition].append(message)

    async def close(self) -> None:
        """Nothing holds it."""

    def wiring(self) -> Wiring:
        return Wiring(self.topics, self, Unwatched())

    def arrived(self, kind: TopicKind, partition: int, start: int, end: int) -> list[Arrived]:
        topic = self.topics[kind].name
        stored = self.messages[topic, partition][start:end]
        return [
            Arrived(topic, partition, offset, message.value or b"", 1, message.upto)
            for offset, message in enumerate(stored, start=start)
        ]

    def values(self, kind: TopicKind) -> list[bytes]:
        """What all partitions of a topic hold, partition by partition."""
        topic = self.topics[kind]
        return [
            message.value or b""
            for partition in range(topic.partitions)
            for message in self.messages[topic.name, partition]
        ]


class Unwatched:
    """A ``Watcher`` that looks away."""

    def reached(self, stage: str, ingested_ms: int) -> None:
        """Nothing."""

    def kept(self, partition: int, sizes: Mapping[int, int]) -> None:
        """Nothing."""

    def restored(self, partition: int, sizes: Mapping[int, int]) -> None:
        """Nothing."""

    def forgot(self) -> None:
        """Nothing."""

    def counted(self, what: str, number: int) -> None:
        """Nothing."""

    def count(self, seen: object) -> None:
        """What is said is passed over, though it is a generator."""
        for _ in seen if isinstance(seen, Iterable) else ():
            pass

    def follow(self, alerts: object) -> None:
        """Nothing."""

    def going_on(self, incidents: object) -> None:
        """Nothing."""

    def watch(self, seen: object) -> None:
        """Nothing."""

    def show_hour(self, watchlist: str, heard: object) -> None:
        """Nothing."""

    def leave(self, gone: object) -> None:
        """Nothing."""


class MemorySnapshots:
    """``SlotSnapshots`` that outlive their handlers; ``writes`` counts them."""

    def __init__(self) -> None:
        self.states: dict[tuple[int, int], SlotState] = {}
        self.writes = 0

    async def save(self, states: Iterable[tuple[int, SlotState]]) -> None:
        for partition, state in states:
            self.writes += 1
            self.states[partition, state.slot] = state

    async def load(self, partition: int) -> list[SlotState]:
        return [state for (number, _), state in self.states.items() if number == partition]


class Drive:
    """Feeds a topic to handlers; the offsets acknowledged outlive them."""

    def __init__(self, log: MemoryLog, kind: TopicKind, new: Callable[[], Handler]) -> None:
        self._log = log
        self._kind: TopicKind = kind
        self._new = new
        self.handler = new()
        count = log.topics[kind].partitions
        self.committed = [0] * count
        self.read = [0] * count

    async def step(self, partition: int, count: int) -> None:
        """Take the next messages of a partition and acknowledge what is safe."""
        arrived = self._log.arrived(self._kind, partition, self.read[partition], self.read[partition] + count)
        if arrived:
            await self.handler.take(arrived)
            self.read[partition] += len(arrived)
        await self.handler.tick()
        unsafe = self.handler.unsafe_from(partition)
        self.committed[partition] = self.read[partition] if unsafe is None else unsafe

    def crash(self) -> None:
        """End the handler without warning; the next reads on from what was acknowledged."""
        self.handler = self._new()
        self.read = list(self.committed)

    async def finish(self) -> None:
        """Take all that is left."""
        for partition in range(len(self.read)):
            while self._log.arrived(self._kind, partition, self.read[partition], self.read[partition] + 1):
                await self.step(partition, 10)
        await self.handler.keep()
