"""Sending: again until it has arrived, no faster than allowed, and marked where it may be a repeat."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.alerts.notices import Notice
from monitor.relay.channels.port import SendError
from monitor.relay.metrics import RelayMetrics
from monitor.relay.sender import Sender
from monitor.relay.spool import Spool
from tests.testkit.alerts import a_notice


class Robot:
    """A channel that keeps what it took, and fails as it is told to."""

    name = "robot"
    per_minute = 20

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self.messages: list[list[Notice]] = []
        self.times: list[float] = []
        self.clock = 0.0

    def send(self, notices: Sequence[Notice]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.messages.append(list(notices))
        self.times.append(self.clock)

    def run(self, sender: Sender, seconds: float) -> None:
        end = self.clock + seconds
        while self.clock < end:
            self.clock += sender.step()


@pytest.fixture
def robot() -> Robot:
    return Robot()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "relay.db")


def sender(robot: Robot, spool: Spool) -> Sender:
    return Sender(robot, spool, RelayMetrics(["robot"]), lambda: robot.clock)


def queue(spool: Spool, count: int, about: str | None = None) -> None:
    for number in range(count):
        spool.queue(["robot"], a_notice(key=f"k{number}", about=about or f"w{number}"), 0.0)


def test_what_is_about_the_same_is_one_message(robot: Robot, spool: Spool) -> None:
    queue(spool, 3, "housing")
    robot.run(sender(robot, spool), 5)
    assert [len(message) for message in robot.messages] == [3]


def test_no_more_messages_a_minute_than_the_channel_takes(robot: Robot, spool: Spool) -> None:
    queue(spool, 50)
    robot.run(sender(robot, spool), 300)
    assert len(robot.messages) == 50
    for start in robot.times:
        assert sum(start <= moment < start + 60 for moment in robot.times) <= Robot.per_minute


def test_a_dead_channel_loses_nothing(robot: Robot, spool: Spool) -> None:
    robot.failures = [SendError("away") for _ in range(8)]
    queue(spool, 2, "housing")
    robot.run(sender(robot, spool), 1_000)
    ((first, second),) = robot.messages
    assert [(one.key, one.repeated) for one in (first, second)] == [("k0", False), ("k1", False)]


def test_pauses_between_tries_grow(robot: Robot, spool: Spool) -> None:
    tries: list[float] = []

    class Counting(Robot):
        def send(self, notices: Sequence[Notice]) -> None:
            tries.append(self.clock)
            raise SendError("away")

    dead = Counting()
    queue(spool, 1)
    dead.run(sender(dead, spool), 60)
    assert [round(b - a) for a, b in pairwise(tries)] == [1, 2, 4, 8, 16]


def test_a_channel_that_asks_for_peace_has_it(robot: Robot, spool: Spool) -> None:
    robot.failures = [SendError("busy", retry_after=600)]
    queue(spool, 1)
    made = sender(robot, spool)
    robot.run(made, 599)
    assert robot.messages == []
    robot.run(made, 5)
    assert len(robot.messages) == 1


def test_what_may_have_arrived_is_marked_when_it_is_sent_again(robot: Robot, spool: Spool) -> None:
    robot.failures = [SendError("cut off", unsure=True)]
    queue(spool, 1)
    robot.run(sender(robot, spool), 10)
    assert [one.repeated for (one,) in robot.messages] == [True]


class KilledError(BaseException):
    """The process ends here."""


def test_what_was_being_sent_when_the_relay_died_comes_marked_and_the_rest_unmarked(
    robot: Robot, spool: Spool, tmp_path: Path
) -> None:
    queue(spool, 2)
    robot.failures = [KilledError()]
    with pytest.raises(KilledError):
        robot.run(sender(robot, spool), 10)
    spool.close()
    robot.run(sender(robot, Spool(tmp_path / "relay.db")), 10)
    assert [(one.key, one.repeated) for (one,) in robot.messages] == [("k0", True), ("k1", False)]


def test_what_was_sent_is_not_sent_after_a_restart(robot: Robot, spool: Spool, tmp_path: Path) -> None:
    queue(spool, 1)
    robot.run(sender(robot, spool), 5)
    spool.close()
    again = Spool(tmp_path / "relay.db")
    queue(again, 1)
    robot.run(sender(robot, again), 5)
    assert len(robot.messages) == 1


def test_an_error_of_ours_stops_no_channel(robot: Robot, spool: Spool) -> None:
    robot.failures = [ValueError("ours")]
    queue(spool, 1)
    robot.run(sender(robot, spool), 10)
    assert len(robot.messages) == 1
