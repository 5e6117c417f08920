"""The console as its operator starts it: a process that says where it is and how to set it up."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.testkit.program import NOTHING, start

_ADDRESS = re.compile(r"console on (http://\S+)")
_SET_UP = re.compile(r"(/set-up\?token=\S+)")


class ServedConsole(NamedTuple):
    """Its address, and the path of its one-time set-up link."""

    address: str
    set_up: str


@contextmanager
def served_console(
    data: Path, *arguments: str, variables: Mapping[str, str] = NOTHING
) -> Iterator[ServedConsole]:
    """Start ``opinion-monitor console`` on a free port; it ends with the block."""
    process = start("console", "--data", data, "--port", "0", *arguments, variables=variables)
    try:
        yield _said(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _said(process: subprocess.Popen[bytes]) -> ServedConsole:
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line.decode()
        address, set_up = _ADDRESS.search(said), _SET_UP.search(said)
        if address and set_up:
            return ServedConsole(address[1], set_up[1])
    raise AssertionError(f"the console ended before it said where it is: {said}")
