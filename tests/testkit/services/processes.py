"""Processes that are known by number and birth, and ports that no client's own connection can take."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Self

import msgspec

LOOPBACK = "127.0.0.1"
_LEASH = Path(__file__).with_name("leash.py")
_FIRST_PORT = 20_000
_FIRST_EPHEMERAL_PORT = 32_768
_SHARES = 8
_GIVEN: set[int] = set()


class Process(msgspec.Struct, frozen=True):
    """A process: its number alone may belong to another one by now, number and birth may not.

    ``birth`` is when it started, in clock ticks since boot.
    """

    pid: int
    birth: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The process that runs under this number, or None."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else cls(pid, fields[18])

    @property
    def alive(self) -> bool:
        """Whether it still runs (a dead child that nobody has waited for does not)."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return Process.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when the process is gone."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait_gone(self, timeout_seconds: float) -> bool:
        """Wait until it has ended; False when it still runs after the timeout."""
        end = time.monotonic() + timeout_seconds
        while self.alive:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True


def spawn(command: Sequence[str], folder: Path, log: Path, *, leashed: bool) -> Process:
    """Start a program in ``folder`` with its output appended to ``log``, in a session of its own.

    ``leashed`` programs are killed by the kernel when this process ends, even by SIGKILL.
    """
    leash = [sys.executable, "-ES", str(_LEASH), str(os.getpid())] if leashed else []
    with log.open("ab") as output:
        child = subprocess.Popen(
            [*leash, *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process = Process.of(child.pid) or Process(child.pid, "gone")
    # The process is watched and reaped by number; the handle must not warn that it still runs.
    child.returncode = 0
    return process


def free_port(taken: Container[int] = ()) -> int:
    """A free loopback port below the range that outgoing connections take theirs from; none is given twice.

    A port inside that range can be taken while a server is down; a client that keeps reconnecting
    may even connect to itself there, and the server can then never bind it again. Processes of one test run
    choose from ports of their own: a program binds its port seconds after it was told, and until then the
    port looks free to the others.
    """
    ports = _own_ports()
    for port in random.sample(ports, min(len(ports), 200)):
        if port in taken or port in _GIVEN:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            _GIVEN.add(port)
            return port
    message = f"no free port between {ports.start} and {ports.stop}"
    raise OSError(message)


def _own_ports() -> range:
    """The ports of this process: pytest-xdist numbers its processes gw0, gw1, …"""
    name = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return range(_FIRST_PORT, _first_ephemeral_port())[int(name.removeprefix("gw")) % _SHARES :: _SHARES]


def _first_ephemeral_port() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return _FIRST_EPHEMERAL_PORT
    return max(first, _FIRST_PORT + 1_000)
