"""The agent's loop: what it acknowledges, what it drops, and when it gives up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from monitor.errors import SnapshotVersionError
from streams import app as runner
from streams.app import GUARANTEE_LOST, AppOptions, Feed, _Agent
from streams.connection import Connection
from streams.handling import Arrived
from streams.inbox import Inbox


class Message:
    def __init__(self, offset: int) -> None:
        self.topic, self.partition, self.offset = "t", 0, offset
        self.headers: list[tuple[str, bytes]] = []
        self.timestamp = 1.0


class Event:
    """What Faust hands out; knows whether it was acknowledged."""

    def __init__(self, offset: int) -> None:
        self.message = Message(offset)
        self.value = b"x"
        self.acked = False

    def ack(self) -> None:
        self.acked = True


class Recorder:
    """A handler that notes what it took; offsets from ``unsafe`` on are not safe."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.unsafe: int | None = None
        self.forgotten = 0

    async def take(self, messages: Sequence[Arrived]) -> None:
        self.taken += [message.offset for message in messages]

    async def tick(self) -> None:
        pass

    def unsafe_from(self, partition: int) -> int | None:
        return self.unsafe

    async def keep(self) -> None:
        pass

    def forget(self) -> None:
        self.forgotten += 1


class Deaf:
    def took(self, feed: str, messages: int, seconds: float) -> None:
        pass

    def place(self, topic: str, partition: int, *, end: int, committed: int) -> None:
        pass

    def left(self, topic: str, partition: int) -> None:
        pass


class App:
    should_stop = False


def an_agent(handler: Recorder) -> _Agent:
    options = AppOptions(
        group="g", instance="i", connection=Connection(servers="s:1"), data="d", within_seconds=0.0
    )
    return _Agent(Feed("f", ("t",), handler), App(), options, Deaf())  # type: ignore[arg-type]


class Stream:
    """A stream that gives these events and ends."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = list(events)

    def noack(self) -> Stream:
        return self

    def events(self) -> Stream:
        return self

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Event:
        if not self._events:
            raise StopAsyncIteration
        return self._events.pop(0)


async def work_for_a_moment(agent: _Agent) -> None:
    task = asyncio.create_task(agent.work())
    await asyncio.sleep(0.02)
    task.cancel()


def test_an_inbox_is_full_by_number_or_by_size() -> None:
    async def run() -> list[int]:
        held = []
        for size in (1, 10, 60, 1_000):
            inbox = Inbox(50, 100)
            while not inbox.full():
                event = Event(0)
                event.value = b"x" * size
                inbox.put_nowait((0, event))
            held.append(inbox.qsize())
            while not inbox.empty():
                inbox.get_nowait()
            assert not inbox.full()
        return held

    assert asyncio.run(run()) == [50, 10, 2, 1]


def test_what_waits_for_room_comes_in_as_messages_are_taken() -> None:
    async def run() -> list[int]:
        inbox = Inbox(2, 100)

        async def fill() -> None:
            for number in range(7):
                await inbox.put((number, Event(number)))

        filling = asyncio.create_task(fill())
        taken = [(await inbox.get())[0] for _ in range(7)]
        await filling
        return taken

    assert asyncio.run(run()) == list(range(7))


def test_only_what_is_safe_is_acknowledged_in_order() -> None:
    async def run() -> tuple[list[bool], list[bool]]:
        handler = Recorder()
        handler.unsafe = 3
        agent = an_agent(handler)
        events = [Event(number) for number in range(6)]
        await agent.fetch(Stream(events))
        await work_for_a_moment(agent)
        first = [event.acked for event in events]
        handler.unsafe = None
        await agent.tick()
        return first, [event.acked for event in events]

    first, then = asyncio.run(run())
    assert first == [True, True, True, False, False, False]
    assert all(then)


def test_what_was_fetched_before_partitions_went_is_dropped() -> None:
    async def run() -> tuple[list[int], list[bool]]:
        handler = Recorder()
        agent = an_agent(handler)
        stale = [Event(7), Event(8)]
        await agent.fetch(Stream(stale))
        await agent.leave()
        await agent.fetch(Stream([Event(5), Event(6)]))
        await work_for_a_moment(agent)
        assert handler.forgotten == 1
        return handler.taken, [event.acked for event in stale]

    assert asyncio.run(run()) == ([5, 6], [False, False])


def test_what_is_in_hand_when_partitions_go_is_not_acknowledged_later() -> None:
    async def run() -> bool:
        handler = Recorder()
        handler.unsafe = 0
        agent = an_agent(handler)
        event = Event(0)
        await agent.fetch(Stream([event]))
        await work_for_a_moment(agent)
        await agent.leave()
        handler.unsafe = None
        await agent.tick()
        return event.acked

    assert asyncio.run(run()) is False


def test_an_error_of_a_handler_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    monkeypatch.setattr(runner, "give_up", ends.append)

    async def run() -> bool:
        class Broken(Recorder):
            async def take(self, messages: Sequence[Arrived]) -> None:
                raise ValueError("a bug")

        agent = an_agent(Broken())
        event = Event(0)
        await agent.fetch(Stream([event]))
        await work_for_a_moment(agent)
        return event.acked

    assert asyncio.run(run()) is False
    assert ends == ["agent f cannot keep its guarantee"]


def test_giving_up_ends_the_process_with_a_code_of_its_own() -> None:
    code = "from streams.app import give_up; give_up('a test')"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=False)
    assert done.returncode == GUARANTEE_LOST == 70


def test_what_another_version_remembers_ends_the_process_for_an_operator_to_mend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: list[str] = []
    monkeypatch.setattr(runner, "refuse", lambda error: ends.append(str(error)))

    async def run() -> bool:
        class Outdated(Recorder):
            async def take(self, messages: Sequence[Arrived]) -> None:
                raise SnapshotVersionError("what detection remembers of slot 3", ValueError("other fields"))

        agent = an_agent(Outdated())
        event = Event(0)
        await agent.fetch(Stream([event]))
        await work_for_a_moment(agent)
        return event.acked

    assert asyncio.run(run()) is False
    assert len(ends) == 1
    assert "slot 3 was written by another version" in ends[0]


def test_refusing_ends_the_process_with_the_code_of_what_can_be_mended() -> None:
    code = (
        "from streams.app import refuse; from monitor.errors import SnapshotVersionError as E; "
        "refuse(E('a state', ValueError('x')))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


class Held(Recorder):
    """A handler that cannot keep what it has: the engine is away."""

    async def keep(self) -> None:
        await asyncio.sleep(60)


def test_all_agents_leave_within_one_time_however_many_wait_for_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "_LEAVE_SECONDS", 0.2)
    monkeypatch.setattr(runner, "_STOP_SECONDS", 0.2)
    told: list[str] = []

    async def stop() -> None:
        told.append("no more waiting")
        await asyncio.sleep(60)

    options = AppOptions(group="g", instance="i", connection=Connection(servers="s:1"), data="d")
    feeds = [Feed(f"f{number}", (f"t{number}",), Held()) for number in range(5)]

    async def run() -> float:
        made = runner.Runner(options, feeds, Deaf(), on_stop=stop)
        began = time.monotonic()
        await made._stopping(made.app)
        return time.monotonic() - began

    assert asyncio.run(run()) < 0.8
    assert told == ["no more waiting"]
