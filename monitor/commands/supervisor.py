"""``worker all``: a process for each role, started again when it ends, unless it cannot work as it is set."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from types import FrameType

import click

from monitor.errors import MonitorError
from monitor.roles import Role

AWAY = 75
"""How a supervised role ends when broker or engine are away (``EX_TEMPFAIL``): it is to be started again."""
_DRAIN_SECONDS = 15.0
_PAUSES_SECONDS = (0.2, 1.0, 3.0, 10.0)
_STEADY_SECONDS = 60.0
_LOOK_SECONDS = 0.1


class Supervisor:
    """Starts a process per role; starts again those that end, sooner the longer they lived.

    A role that ends with exit code 2 has said what an operator must mend. Starting it again would not help,
    and the others could not do its work: then all end with that code.
    """

    def __init__(self, roles: Sequence[Role], start: Callable[[Role], subprocess.Popen[bytes]]) -> None:
        self._roles = roles
        self._start_process = start
        self._stopped_by: int | None = None
        self._processes: dict[Role, subprocess.Popen[bytes]] = {}
        self._started: dict[Role, float] = {}
        self._falls: dict[Role, int] = {}
        self._due: dict[Role, float] = {}

    def run(self) -> int:
        """Supervise until SIGTERM or Ctrl-C; the exit code: 128 and the signal, 2 if a role cannot work."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._hang_up)
        try:
            for role in self._roles:
                self._start(role)
            refused = False
            while self._stopped_by is None and not refused:
                time.sleep(_LOOK_SECONDS)
                refused = self._look()
        finally:
            for process in self._processes.values():
                process.send_signal(signal.SIGTERM)
            for process in self._processes.values():
                _end(process)
        return MonitorError.exit_code if self._stopped_by is None else 128 + self._stopped_by

    def _look(self) -> bool:
        """Start what is due and note what has ended; whether a role cannot work at all."""
        for role in self._roles:
            if role in self._due:
                if time.monotonic() >= self._due[role] and self._stopped_by is None:
                    del self._due[role]
                    self._start(role)
                continue
            code = self._processes[role].poll()
            if code == MonitorError.exit_code:
                click.echo(f"{role} ended with {code}: mend what it says above; all roles end", err=True)
                return True
            if code is not None and self._stopped_by is None:
                self._again(role, f"ended with {code}")
        return False

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._stopped_by = number

    def _hang_up(self, number: int, _frame: FrameType | None) -> None:
        """Pass it on to the one role that has a model."""
        if "score" in self._processes:
            self._processes["score"].send_signal(number)

    def _again(self, role: Role, ended: str) -> None:
        now = time.monotonic()
        steady = now - self._started[role] > _STEADY_SECONDS
        falls = self._falls[role] = 0 if steady else self._falls.get(role, 0) + 1
        pause = _PAUSES_SECONDS[min(falls, len(_PAUSES_SECONDS) - 1)]
        click.echo(f"{role} {ended}; starting it again in {pause} s", err=True)
        self._due[role] = now + pause

    def _start(self, role: Role) -> None:
        self._started[role] = time.monotonic()
        try:
            self._processes[role] = self._start_process(role)
        except OSError as error:
            self._again(role, f"cannot be started ({error.strerror})")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was asked to end; one that does not is killed."""
    try:
        process.wait(_DRAIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
