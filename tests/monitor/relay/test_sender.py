"""Sending: again until it has arrived, no faster than allowed, and marked where it may be a repeat."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.alerts.notices import Notice
from monitor.errors import StoreError
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
    return Sender(robot, spool, RelayMetrics(["robot"]), lambda: robot.clock, lambda: robot.clock)


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


def test_a_clock_that_is_set_back_stops_no_channel(robot: Robot, spool: Spool) -> None:
    today = [86_400.0]
    made = Sender(robot, spool, RelayMetrics(["robot"]), lambda: today[0], lambda: robot.clock)
    robot.failures = [SendError("away")]
    queue(spool, 2)
    robot.run(made, 0.5)
    today[0] = 0.0
    robot.run(made, 10)
    assert len(robot.messages) == 2


def test_a_message_goes_out_at_once_by_the_clock_of_the_machine(robot: Robot, spool: Spool) -> None:
    queue(spool, 1)
    Sender(robot, spool, RelayMetrics(["robot"]), time.time).step()
    assert len(robot.messages) == 1


def test_tries_count_as_messages_of_the_minute(robot: Robot, spool: Spool) -> None:
    tries: list[float] = []

    class Refusing(Robot):
        per_minute = 3

        def send(self, notices: Sequence[Notice]) -> None:
            tries.append(self.clock)
            raise SendError("away", retry_after=0.0)

    made = Refusing()
    queue(spool, 1)
    made.run(sender(made, spool), 65)
    assert [round(moment) for moment in tries] == [0, 1, 3, 60]


def test_what_was_sent_before_a_restart_counts_in_the_minute_after_it(
    robot: Robot, spool: Spool, tmp_path: Path
) -> None:
    queue(spool, 30)
    robot.run(sender(robot, spool), 10)
    assert len(robot.messages) == Robot.per_minute
    spool.close()
    robot.run(sender(robot, Spool(tmp_path / "relay.db")), 45)
    assert len(robot.messages) == Robot.per_minute
    robot.run(sender(robot, spool := Spool(tmp_path / "other.db")), 1)
    spool.close()


class Fussy(Robot):
    """Does not want a word."""

    unwanted = "高铁"

    def send(self, notices: Sequence[Notice]) -> None:
        if any(self.unwanted in one.zh for one in notices):
            raise SendError("refused with code 430102", refused=True)
        super().send(notices)


def test_a_message_that_a_channel_does_not_want_lets_the_others_pass(spool: Spool) -> None:
    robot = Fussy()
    spool.queue(["robot"], a_notice(key="bad", about="rail", zh="高铁晚点。"), 0.0)
    queue(spool, 3)
    robot.run(sender(robot, spool), 5)
    assert [one.key for (one,) in robot.messages] == ["k0", "k1", "k2"]


def test_what_a_channel_does_not_want_is_told_without_its_words(spool: Spool) -> None:
    robot = Fussy()
    spool.queue(["robot"], a_notice(key="bad", about="rail", zh="高铁晚点。"), 0.0)
    robot.run(sender(robot, spool), 60)
    ((told,),) = robot.messages
    assert (told.key, told.zh) == ("bad", "通道没有接受本条通知的内容，请在控制台查看。")


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow: writes fail as on a full disk (Python ignores SIGXFSZ)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_nothing_is_sent_that_could_not_be_recorded_and_all_of_it_afterwards(
    robot: Robot, spool: Spool
) -> None:
    queue(spool, 2)
    made = sender(robot, spool)
    with full_disk(), pytest.raises(StoreError, match="free the disk"):
        robot.run(made, 5)
    assert robot.messages == []
    robot.run(made, 5)
    assert [[one.repeated for one in message] for message in robot.messages] == [[False], [False]]


class FillingRobot(Robot):
    """The disk is full when it has taken a message."""

    def __init__(self, disk: ExitStack) -> None:
        super().__init__()
        self._disk = disk

    def send(self, notices: Sequence[Notice]) -> None:
        super().send(notices)
        self._disk.enter_context(full_disk())


def test_what_arrived_before_the_disk_was_full_is_not_sent_again(spool: Spool) -> None:
    queue(spool, 1)
    with ExitStack() as disk:
        robot = FillingRobot(disk)
        made = sender(robot, spool)
        for _ in range(3):
            with pytest.raises(StoreError):
                robot.run(made, 5)
    robot.run(made, 5)
    assert len(robot.messages) == 1
    assert spool.waiting("robot") == (0, None)


def test_a_channel_outlives_a_full_disk(robot: Robot, spool: Spool, caplog: pytest.LogCaptureFixture) -> None:
    class Waits(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            robot.clock += timeout or 0.0
            if robot.clock >= 60:
                self.set()
            return self.is_set()

    queue(spool, 1)
    with full_disk():
        sender(robot, spool).run(Waits())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert robot.clock >= 60


def test_a_channel_that_is_dead_for_weeks_fills_no_disk(
    robot: Robot, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.relay.spool.MAX_WAITING", 10)
    for number in range(200):
        spool.queue(["robot"], a_notice(key=f"k{number}", about=f"w{number % 4}"), float(number))
    assert spool.waiting("robot")[0] == 10
    robot.run(sender(robot, spool), 10)
    notices = [one for message in robot.messages for one in message]
    assert sum(one.heat for one in notices) == 200
    assert {"k196", "k197", "k198", "k199"} <= {one.key for one in notices}


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


def test_tries_before_a_restart_count_whatever_came_of_them(robot: Robot, spool: Spool) -> None:
    for number in range(60):
        spool.queue(["robot"], a_notice(key=str(number), about=str(number)), 0.0)
    robot.failures = [SendError("no", refused=True) for _ in range(0)]
    robot.run(sender(robot, spool), 10.0)
    before = len(robot.messages)
    assert 0 < before <= robot.per_minute
    robot.run(sender(robot, spool), 40.0)
    assert len(robot.messages) <= robot.per_minute
    robot.run(sender(robot, spool), 60.0)
    assert len(robot.messages) > robot.per_minute


def test_a_channel_that_asked_for_quiet_has_it_after_a_restart_too(robot: Robot, spool: Spool) -> None:
    spool.queue(["robot"], a_notice(), 0.0)
    robot.failures = [SendError("too fast", retry_after=600.0)]
    robot.run(sender(robot, spool), 10.0)
    assert robot.messages == []
    robot.run(sender(robot, spool), 500.0)
    assert robot.messages == []
    robot.run(sender(robot, spool), 200.0)
    assert len(robot.messages) == 1
