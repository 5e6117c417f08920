"""The supervisor of ``worker all``: what it starts again, when, and what ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from monitor.commands.supervisor import AWAY, Supervisor
from monitor.roles import ROLES, Role
from tests.testkit.program import program


class Roles:
    """Processes in the place of roles, each of which does what its script says, time after time."""

    def __init__(self, **scripts: str) -> None:
        self._scripts = scripts
        self.started: list[tuple[Role, float]] = []

    def start(self, role: Role) -> subprocess.Popen[bytes]:
        self.started.append((role, time.monotonic()))
        script = self._scripts.get(role, "import time; time.sleep(60)")
        return subprocess.Popen([sys.executable, "-S", "-c", script])

    def times(self, role: Role) -> list[float]:
        return [at for one, at in self.started if one == role]


@contextmanager
def signals_kept() -> Iterator[None]:
    """The supervisor takes signals of the whole process for itself."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def supervised(roles: Roles, seconds: float) -> int:
    ending = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM))
    ending.start()
    with signals_kept():
        try:
            return Supervisor(ROLES, roles.start).run()
        finally:
            ending.cancel()


def test_a_role_that_cannot_work_as_it_is_set_ends_all(capfd: pytest.CaptureFixture[str]) -> None:
    roles = Roles(detect="raise SystemExit(2)")
    began = time.monotonic()
    assert supervised(roles, 30) == 2
    assert time.monotonic() - began < 10
    assert len(roles.started) == len(ROLES)
    assert "detect ended with 2: mend what it says above; all roles end" in capfd.readouterr().err


def test_what_crashes_or_finds_no_broker_is_started_again_beside_the_others() -> None:
    """The pauses of one role hold up neither the others nor the end."""
    roles = Roles(score=f"raise SystemExit({AWAY})", index="import os; os._exit(70)")
    began = time.monotonic()
    assert supervised(roles, 3.5) == 128 + signal.SIGTERM
    assert time.monotonic() - began < 6
    for role in ("score", "index"):
        first, second, *_ = roles.times(role)
        assert 1.0 <= second - first < 2.6
    assert len(roles.times("detect")) == 1
    assert abs(roles.times("score")[1] - roles.times("index")[1]) < 0.9


@pytest.mark.system
def test_a_wrong_setting_ends_the_supervisor_with_its_sentence() -> None:
    ended = program("worker", "all", variables={"OPINION_MONITOR__KAFKA__PARTITIONS": "0"})
    assert ended.code == 2, ended.err
    assert "kafka.partitions = 0" in ended.err
    assert "Traceback" not in ended.err


def test_a_role_that_cannot_be_started_for_want_of_memory_is_tried_again(
    capfd: pytest.CaptureFixture[str],
) -> None:
    roles = Roles()
    failed: list[Role] = []

    def start(role: Role) -> subprocess.Popen[bytes]:
        if role == "index" and not failed:
            failed.append(role)
            raise OSError(12, "Cannot allocate memory")
        return roles.start(role)

    ending = threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGTERM))
    ending.start()
    with signals_kept():
        assert Supervisor(ROLES, start).run() == 128 + signal.SIGTERM
    assert len(roles.times("index")) == 1
    assert "index cannot be started (Cannot allocate memory); starting it again" in capfd.readouterr().err
