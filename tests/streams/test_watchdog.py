"""A partition that stands still although messages wait is noticed, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from streams import app as runner
from streams.app import AppOptions, Feed, Runner, assigned
from streams.connection import Connection
from streams.watchdog import Place, Watchdog
from tests.streams.test_app import Deaf, Event, Recorder, Stream, an_agent, work_for_a_moment

SECONDS = 120.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def looked_at(histories: list[list[Place]]) -> list[str]:
    """What a watchdog says that looks every five seconds."""
    clock = Clock()
    watchdog = Watchdog(SECONDS, clock)
    said: list[str] = []
    for places in histories:
        said += [sentence] if (sentence := watchdog.look(places)) else []
        clock.now += 5.0
    return said


def standing(number: int, *, excused: bool = False) -> list[list[Place]]:
    """A partition where messages come and nothing is committed."""
    return [[Place("t", 3, 10 + at, 7, excused)] for at in range(number)]


def test_a_partition_that_stands_still_while_messages_come_is_noticed() -> None:
    assert looked_at(standing(25)) == []
    assert looked_at(standing(26)) == ["t partition 3 stands at 7 for 125 s although 28 messages wait"]


def test_one_that_stands_still_is_noticed_beside_others_that_move() -> None:
    moving = [[*places, Place("t", 4, 1_000 + at, at, False)] for at, places in enumerate(standing(26))]
    assert len(looked_at(moving)) == 1


@pytest.mark.parametrize("advance", [1, 20])
def test_a_partition_that_moves_however_slowly_is_left_alone(advance: int) -> None:
    assert looked_at([[Place("t", 0, 10_000, at // advance, False)] for at in range(400)]) == []


def test_a_partition_where_nothing_waits_is_left_alone() -> None:
    assert looked_at([[Place("t", 0, 7, 7, False)] for _ in range(100)]) == []


def test_an_excuse_starts_the_time_anew() -> None:
    assert looked_at(standing(100, excused=True)) == []
    assert looked_at([*standing(20), *standing(1, excused=True), *standing(20)]) == []


def test_a_partition_that_went_away_and_came_back_starts_anew() -> None:
    assert looked_at([*standing(20), [], *standing(20)]) == []


class Numbered(NamedTuple):
    topic: str
    partition: int


class Consumer:
    """As much of Faust's consumer as is asked."""

    def __init__(self, committed: int | None) -> None:
        self._committed_offset = {Numbered("t", 0): committed}

    def assignment(self) -> Iterator[Numbered]:
        return iter([Numbered("t", 0)])

    def highwater(self, place: Numbered) -> int:
        return 9


@pytest.mark.parametrize(("unsafe", "excused"), [(None, False), (5, True), (4, True), (6, False)])
def test_a_handler_excuses_what_it_holds_back(unsafe: int | None, excused: bool) -> None:
    handler = Recorder()
    handler.unsafe = unsafe
    assert list(assigned(Consumer(5), [an_agent(handler)])) == [Place("t", 0, 9, 5, excused)]


def test_a_partition_that_was_never_committed_is_not_judged() -> None:
    assert list(assigned(Consumer(None), [an_agent(Recorder())])) == []


def test_a_batch_in_hand_is_an_excuse() -> None:
    async def run() -> list[Place]:
        class Patient(Recorder):
            async def take(self, messages: object) -> None:
                await asyncio.sleep(60)

        agent = an_agent(Patient())
        await agent.fetch(Stream([Event(0)]))
        await work_for_a_moment(agent)
        task = asyncio.create_task(agent.work())
        await agent.fetch(Stream([Event(1)]))
        await asyncio.sleep(0.02)
        found = list(assigned(Consumer(0), [agent]))
        task.cancel()
        return found

    assert [place.excused for place in asyncio.run(run())] == [True]


def test_a_worker_with_a_partition_that_stands_still_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(runner, "give_up", said.append)
    options = AppOptions(group="g", instance="i", connection=Connection(servers="s:1"), data="d")
    worker = Runner(options, [Feed("f", ("t",), Recorder())], Deaf())
    clock = Clock()
    worker._watchdog = Watchdog(SECONDS, clock)
    monkeypatch.setattr(worker, "app", SimpleNamespace(consumer=Consumer(5)))
    asyncio.run(worker._watch())
    clock.now = SECONDS + 1
    asyncio.run(worker._watch())
    assert said == ["t partition 0 stands at 5 for 121 s although 4 messages wait"]


def test_the_meter_forgets_a_partition_that_went_to_another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    class Meter(Deaf):
        def __init__(self) -> None:
            self.shown: set[int] = set()

        def place(self, topic: str, partition: int, *, end: int, committed: int) -> None:
            self.shown.add(partition)

        def left(self, topic: str, partition: int) -> None:
            self.shown.remove(partition)

    class Consumers(Consumer):
        def __init__(self, *partitions: int) -> None:
            self._committed_offset = {Numbered("t", one): 5 for one in partitions}

        def assignment(self) -> Iterator[Numbered]:
            return iter(self._committed_offset)

    options = AppOptions(group="g", instance="i", connection=Connection(servers="s:1"), data="d")
    meter = Meter()
    worker = Runner(options, [Feed("f", ("t",), Recorder())], meter)
    shown = []
    for consumer in (Consumers(0, 1), Consumers(1, 2), Consumers()):
        monkeypatch.setattr(worker, "app", SimpleNamespace(consumer=consumer))
        asyncio.run(worker._watch())
        shown.append(set(meter.shown))
    assert shown == [{0, 1}, {1, 2}, set()]


def test_a_worker_that_has_not_begun_names_the_group_it_waits_for() -> None:
    options = AppOptions(group="g", instance="i", connection=Connection(servers="s:1"), data="d")
    worker = Runner(options, [Feed("f", ("t",), Recorder())], Deaf())
    assert worker.missing() == ["a place in the consumer group g"]
