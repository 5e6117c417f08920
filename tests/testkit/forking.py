"""Calls of the program in processes that are forked from one which has imported it already.

A call in a new interpreter spends most of its time on imports, and a test run makes a hundred calls. A forked
one is a process like any other, with its own streams, environment and exit code, and ends as an interpreter
ends; only what was imported for a command stays imported for the next one.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from multiprocessing import Pipe
from pathlib import Path
from typing import NamedTuple

_READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "OPENBLAS")
"""Variables that say how the interpreter, or what it has imported, starts."""


class Call(NamedTuple):
    """One call of the program; ``folder`` has a file for each of its streams: in, out, err."""

    arguments: tuple[str, ...]
    variables: dict[str, str]
    folder: Path


class Forks:
    """The process that has imported the program, as its caller sees it."""

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        self._start = _read_at_start(variables)
        self._calls, theirs = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.testkit.forked", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=root,
            env=dict(variables),
            start_new_session=True,
        )
        theirs.close()

    def can_call(self, variables: Mapping[str, str]) -> bool:
        """Whether a call under these variables is as one in a new interpreter."""
        return _read_at_start(variables) == self._start

    def call(
        self, arguments: tuple[str, ...], variables: dict[str, str], stdin: bytes, seconds: float
    ) -> tuple[int, bytes, bytes]:
        """Exit code, output and errors of a call. Raises ``TimeoutExpired``, and ends what ran."""
        with tempfile.TemporaryDirectory() as folder:
            call = Call(arguments, variables, Path(folder))
            (call.folder / "in").write_bytes(stdin)
            self._calls.send(call)
            if not self._calls.poll(seconds):
                os.killpg(self._process.pid, signal.SIGKILL)
                forks.cache_clear()
                raise subprocess.TimeoutExpired(arguments, seconds)
            code: int = self._calls.recv()
            return code, (call.folder / "out").read_bytes(), (call.folder / "err").read_bytes()

    def close(self) -> None:
        """No more calls."""
        self._calls.close()
        self._process.wait()


@cache
def forks(root: Path) -> Forks:
    """Those of this process, for calls in ``root``; they end with it."""
    made = Forks(root, os.environ)
    atexit.register(made.close)
    return made


def _read_at_start(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith(_READ_AT_START)}
