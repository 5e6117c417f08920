"""Snapshots in a compacted topic: the one that has taken most holds, whoever writes late."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.connection import Connection
from streams.publishing import Outgoing
from streams.slot_snapshots import SlotState, TopicSnapshots, _Part, _Place
from streams.topics import MESSAGE_BYTES

TOPIC = "t.slots"


class CompactedTopic:
    """A topic of one partition, with the last value of each key; ``held`` keeps back what a writer sends."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def put(self, messages: Sequence[Outgoing]) -> None:
        for message in messages:
            assert message.key is not None
            if message.value is None:
                self.values.pop(message.key, None)
            else:
                self.values[message.key] = message.value


class Writer:
    """A ``Publisher`` to a compacted topic whose messages can be held up on their way."""

    def __init__(self, topic: CompactedTopic) -> None:
        self.topic = topic
        self.holds = False
        self.held: list[Outgoing] = []

    async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
        if self.holds:
            self.held += messages
        else:
            self.topic.put(messages)


class Snapshots(TopicSnapshots):
    """``TopicSnapshots`` that read the topic in memory."""

    def __init__(self, topic: CompactedTopic) -> None:
        self.writer = Writer(topic)
        super().__init__(Connection(servers="unused:1"), TOPIC, self.writer)

    async def _read(self, partition: int) -> dict[bytes, _Part]:
        del partition
        return {
            key: msgspec.msgpack.decode(value, type=_Part) for key, value in self.writer.topic.values.items()
        }

    def saves(self, *states: SlotState) -> None:
        asyncio.run(self.save([(0, state) for state in states]))

    def loads(self) -> dict[int, tuple[int, bytes]]:
        return {state.slot: (state.taken, state.body) for state in asyncio.run(self.load(0))}


def large(fill: bytes) -> bytes:
    return fill * (2 * MESSAGE_BYTES + 5)


def test_the_snapshot_that_has_taken_most_holds() -> None:
    snapshots = Snapshots(CompactedTopic())
    for taken in (10, 11, 12):
        snapshots.saves(SlotState(1, taken, b"%d" % taken), SlotState(2, taken, b"other"))
    assert snapshots.loads() == {1: (12, b"12"), 2: (12, b"other")}


def test_of_two_with_the_same_count_the_one_saved_last_holds() -> None:
    """As where nothing came, but time went on."""
    topic = CompactedTopic()
    for number in range(5):
        snapshots = Snapshots(topic)
        snapshots.loads()
        snapshots.saves(SlotState(1, 10, b"%d" % number))
        snapshots.saves(SlotState(1, 10, b"%d again" % number))
        assert Snapshots(topic).loads() == {1: (10, b"%d again" % number)}


def test_parts_of_two_saves_with_the_same_count_are_not_mixed() -> None:
    topic = CompactedTopic()
    snapshots = Snapshots(topic)
    for fill in (b"a", b"b"):
        snapshots.saves(SlotState(1, 10, large(fill)))
    snapshots.writer.holds = True
    snapshots.saves(SlotState(1, 10, large(b"c")))
    topic.put(snapshots.writer.held[:1])
    assert Snapshots(topic).loads() == {1: (10, large(b"b"))}


def test_a_large_snapshot_is_put_together_again() -> None:
    topic = CompactedTopic()
    body = bytes(range(256)) * 5_000
    Snapshots(topic).saves(SlotState(3, 5, body))
    assert len(topic.values) == 3
    assert Snapshots(topic).loads() == {3: (5, body)}


def test_a_snapshot_that_is_not_whole_does_not_hold() -> None:
    topic = CompactedTopic()
    snapshots = Snapshots(topic)
    snapshots.saves(SlotState(1, 10, b"old"))
    snapshots.writer.holds = True
    snapshots.saves(SlotState(1, 11, large(b"x")))
    topic.put(snapshots.writer.held[:-1])
    assert Snapshots(topic).loads() == {1: (10, b"old")}


@pytest.mark.parametrize("saves", [[30], [15, 30], [15, 30, 40]])
def test_what_a_worker_writes_after_it_lost_its_place_replaces_nothing(saves: list[int]) -> None:
    """The broker is away for one worker; another goes on; then the first one's messages arrive."""
    topic = CompactedTopic()
    first = Snapshots(topic)
    first.saves(SlotState(1, 10, b"ten"))
    first.writer.holds = True
    first.saves(SlotState(1, 20, b"late"))
    second = Snapshots(topic)
    assert second.loads() == {1: (10, b"ten")}
    for taken in saves:
        second.saves(SlotState(1, taken, b"%d" % taken))
    topic.put(first.writer.held)
    assert Snapshots(topic).loads() == {1: (saves[-1], b"%d" % saves[-1])}


def test_also_of_a_worker_that_had_its_place_twice() -> None:
    topic = CompactedTopic()
    worker = Snapshots(topic)
    worker.saves(SlotState(1, 10, b"ten"))
    worker.writer.holds = True
    worker.saves(SlotState(1, 20, b"late"))
    held, worker.writer.held, worker.writer.holds = worker.writer.held, [], False
    other = Snapshots(topic)
    other.loads()
    other.saves(SlotState(1, 30, b"thirty"))
    worker.loads()
    worker.saves(SlotState(1, 35, b"35"))
    topic.put(held)
    assert Snapshots(topic).loads() == {1: (35, b"35")}


def test_keys_of_others_go_when_an_own_snapshot_covers_them() -> None:
    topic = CompactedTopic()
    for taken in (10, 11):
        Snapshots(topic).saves(SlotState(1, taken, large(b"%d" % (taken % 10))), SlotState(2, taken, b"two"))
    assert len(topic.values) == 2 * (3 + 1)
    snapshots = Snapshots(topic)
    snapshots.loads()
    snapshots.saves(SlotState(1, 11, b"one"))
    assert sorted(_Place.of(key).slot for key in topic.values) == [1, 2, 2]
    assert Snapshots(topic).loads() == {1: (11, b"one"), 2: (11, b"two")}


def test_a_snapshot_that_covers_less_deletes_nothing() -> None:
    """As after a crash, when messages come again that another slot's snapshot has in it."""
    topic = CompactedTopic()
    Snapshots(topic).saves(SlotState(1, 50, b"fifty"))
    snapshots = Snapshots(topic)
    snapshots.loads()
    snapshots.saves(SlotState(1, 40, b"forty"))
    assert Snapshots(topic).loads() == {1: (50, b"fifty")}


def test_snapshots_of_versions_that_named_no_writer_are_read() -> None:
    topic = CompactedTopic()
    topic.values[b"1.0.0"] = msgspec.msgpack.encode([1, 10, 0, 1, b"ten"])
    topic.values[b"1.1.0"] = msgspec.msgpack.encode([1, 9, 0, 1, b"nine"])
    snapshots = Snapshots(topic)
    assert snapshots.loads() == {1: (10, b"ten")}
    snapshots.saves(SlotState(1, 11, b"eleven"))
    assert len(topic.values) == 1
    assert Snapshots(topic).loads() == {1: (11, b"eleven")}


@given(st.randoms(use_true_random=False))
def test_no_order_of_arrival_takes_a_slot_back(draw: random.Random) -> None:
    """Workers take over from each other; what each had in hand arrives at any time, in part or whole."""
    topic = CompactedTopic()
    late: list[list[Outgoing]] = []
    durable = 0
    for _ in range(draw.randint(2, 6)):
        worker = Snapshots(topic)
        found = worker.loads()
        taken = found[1][0] if found else 0
        assert taken >= durable
        for _ in range(draw.randint(0, 4)):
            # What comes again after a takeover is not counted twice: the state never covers less.
            taken += draw.randint(0, 5)
            worker.saves(SlotState(1, taken, large(b"x") if draw.random() < 0.3 else b"x"))
            durable = max(durable, taken)
            if late and draw.random() < 0.5:
                topic.put(late.pop(draw.randrange(len(late))))
        worker.writer.holds = True
        worker.saves(SlotState(1, taken + draw.randint(0, 5), large(b"y")))
        late.append(worker.writer.held[: draw.randint(0, len(worker.writer.held))])
    for messages in late:
        topic.put(messages)
    found = Snapshots(topic).loads()
    assert (found[1][0] if found else 0) >= durable
