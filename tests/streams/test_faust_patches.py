"""What a poll brought is handed on in order, once, and no further when partitions go."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine

import msgspec
import pytest

from streams.faust_patches import PATCHED, _drain_messages, source_digests

Place = tuple[str, int]


class Message(msgspec.Struct, frozen=True):
    topic: str
    offset: int


class Topics:
    def acks_enabled_for(self, topic: str) -> bool:
        return topic == "t"


class App:
    def __init__(self) -> None:
        self.consumer_generation_id = 1
        self.topics = Topics()
        self.should_stop = False


class Transport:
    def __init__(self, app: App) -> None:
        self.app = app


class Fetcher:
    def __init__(self) -> None:
        self._stopped = asyncio.Event()


class Consumer:
    """As much of Faust's consumer as the loop uses; it stops when all polls were asked for."""

    consumer_stopped_errors = (ConnectionError,)

    def __init__(self, *polls: list[int]) -> None:
        self.app = App()
        self.transport = Transport(self.app)
        self.flow_active = True
        self.suspend_flow = asyncio.Event()
        self._stopped = asyncio.Event()
        self._read_offset: defaultdict[Place, int | None] = defaultdict(lambda: None)
        self.gaps: list[tuple[int, int]] = []
        self.taken: list[int] = []
        self.last: int | None = None
        self._polls = list(polls)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Place, Message]]:
        if not self._polls:
            self._stopped.set()
            return
        for offset in self._polls.pop(0):
            yield ("t", 0), Message("t", offset)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def wait_first(self, *work: Coroutine[object, object, object]) -> None:
        tasks = [asyncio.create_task(one) for one in work]
        done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        for task in done:
            task.result()

    async def callback(self, message: Message) -> None:
        if message.offset == self.last:
            self.suspend()
            await asyncio.sleep(60)
        self.taken.append(message.offset)

    async def _add_gap(self, place: Place, first: int, end: int) -> None:
        self.gaps.append((first, end))

    def suspend(self) -> None:
        self.flow_active = False
        self.suspend_flow.set()


def drain(consumer: Consumer) -> None:
    asyncio.run(asyncio.wait_for(_drain_messages(consumer, Fetcher()), 10))


def test_what_is_patched_in_faust_is_what_the_patch_was_written_for() -> None:
    assert source_digests() == PATCHED


def test_all_that_was_handed_out_comes_in_order() -> None:
    consumer = Consumer(list(range(100)), [], list(range(100, 130)))
    drain(consumer)
    assert consumer.taken == list(range(130))
    assert consumer._read_offset["t", 0] == 129


def test_what_was_read_before_is_not_handed_on_again() -> None:
    consumer = Consumer([0, 1, 2, 3], [1, 2], [4])
    drain(consumer)
    assert consumer.taken == [0, 1, 2, 3, 4]


def test_offsets_that_the_broker_left_out_are_gaps() -> None:
    consumer = Consumer([1, 2, 5, 6])
    drain(consumer)
    assert consumer.gaps == [(3, 5)]


def test_nothing_more_is_handed_on_when_partitions_go_and_it_is_not_taken_for_read() -> None:
    consumer = Consumer(list(range(10)))
    consumer.last = 4
    drain(consumer)
    assert consumer.taken == [0, 1, 2, 3]
    assert consumer._read_offset["t", 0] == 3


def test_what_was_fetched_before_the_partitions_were_shared_out_anew_is_left() -> None:
    class SharedAnew(Consumer):
        async def callback(self, message: Message) -> None:
            await super().callback(message)
            self.app.consumer_generation_id += message.offset == 2

    consumer = SharedAnew(list(range(10)))
    drain(consumer)
    assert consumer.taken == [0, 1, 2]


def test_what_was_fetched_after_the_partitions_were_shared_out_anew_is_handed_on() -> None:
    class Waiting(Consumer):
        async def getmany(self, timeout: float) -> AsyncIterator[tuple[Place, Message]]:
            self.app.consumer_generation_id += 1
            async for pair in super().getmany(timeout):
                yield pair

    consumer = Waiting([0, 1, 2])
    drain(consumer)
    assert consumer.taken == [0, 1, 2]


def test_a_reader_that_fails_ends_the_loop() -> None:
    class Failing(Consumer):
        async def callback(self, message: Message) -> None:
            raise ValueError(message.offset)

    with pytest.raises(ValueError, match="0"):
        drain(Failing([0]))


def test_a_consumer_that_was_stopped_is_an_error_unless_the_program_ends() -> None:
    class Stopped(Consumer):
        async def callback(self, message: Message) -> None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        drain(Stopped([0]))
    ending = Stopped([0])
    ending.app.should_stop = True
    drain(ending)
