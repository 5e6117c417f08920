"""What all servers of the test kit have in common: one folder, one port, and a life."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import msgspec

from tests.testkit.services.processes import LOOPBACK, Process, free_port, spawn

_STOP_SECONDS = 30.0
_KILL_SECONDS = 10.0


class ServerError(Exception):
    """A server did not start or did not end; the message has the end of its log."""


class _Saved(msgspec.Struct, frozen=True):
    """What is remembered in the folder, so that a later object finds the same server again."""

    port: int
    process: Process | None = None


class Server(ABC):
    """One server that keeps all it has below ``folder`` and listens on one loopback port.

    Without a folder it gets a temporary one, removed when the ``with`` block ends. The port stays the
    same over restarts. A ``leashed`` server ends with the process that started it; one that is not lives
    on until ``stop``, and an object made later for its folder finds it running.
    """

    name: ClassVar[str]

    def __init__(self, folder: Path | None = None, *, port: int | None = None, leashed: bool = True) -> None:
        self._temporary = folder is None
        self.folder = (folder or Path(tempfile.mkdtemp(prefix=f"{self.name}-"))).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / f"{self.name}.log"
        self._leashed = leashed
        self._state = self.folder / "server.json"
        saved = self._saved()
        self.port = port or (saved.port if saved else free_port())
        self.process = saved.process if saved else None

    @property
    @abstractmethod
    def address(self) -> str:
        """What a client is given to connect to."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Write the configuration and name the program; raises ``ServiceUnavailableError``."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server does its work now; may raise OSError."""

    @property
    def running(self) -> bool:
        """Whether the server's process is alive."""
        return self.process is not None and self.process.alive

    @property
    def ready(self) -> bool:
        """Whether the server runs and does its work."""
        try:
            return self.running and self._answers()
        except OSError:
            return False

    def start(self, timeout_seconds: float = 90.0) -> Self:
        """Start the server, unless it runs, and wait until it does its work.

        Raises ``ServiceUnavailableError`` when this machine cannot run it, ``ServerError`` when it ends
        or is silent for the whole timeout.
        """
        if not self.running:
            self.process = spawn(self._command(), self.folder, self.log, leashed=self._leashed)
            self._state.write_bytes(msgspec.json.encode(_Saved(self.port, self.process)))
        self.wait_ready(timeout_seconds)
        return self

    def wait_ready(self, timeout_seconds: float) -> None:
        """Wait until the server does its work; raises ``ServerError``."""
        end = time.monotonic() + timeout_seconds
        while not self.ready:
            if not self.running:
                raise ServerError(f"{self.name} ended while starting:\n{self._end_of_log()}")
            if time.monotonic() > end:
                self.kill()
                raise ServerError(f"{self.name} is silent after {timeout_seconds} s:\n{self._end_of_log()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server in order; by force when that takes more than half a minute."""
        self._end(signal.SIGTERM, _STOP_SECONDS)

    def kill(self) -> None:
        """End the server at once, as a crash would (SIGKILL)."""
        self._end(signal.SIGKILL, _KILL_SECONDS)

    def restart(self) -> Self:
        """Stop, and start on the same data and port."""
        self.stop()
        return self.start()

    def _end(self, number: signal.Signals, patience_seconds: float) -> None:
        if self.process is None:
            return
        self.process.send(number)
        if not self.process.wait_gone(patience_seconds):
            self.process.send(signal.SIGKILL)
            if not self.process.wait_gone(_KILL_SECONDS):
                raise ServerError(f"{self.name} (process {self.process.pid}) survives SIGKILL")
        self.process = None
        self._state.write_bytes(msgspec.json.encode(_Saved(self.port)))

    def _saved(self) -> _Saved | None:
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=_Saved)
        except FileNotFoundError:
            return None

    def _end_of_log(self) -> str:
        try:
            return self.log.read_bytes()[-3000:].decode(errors="replace")
        except FileNotFoundError:
            return "(no log)"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._temporary:
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.stop()

    @property
    def loopback(self) -> str:
        """``host:port`` of the server."""
        return f"{LOOPBACK}:{self.port}"
