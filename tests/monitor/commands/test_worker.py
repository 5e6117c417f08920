"""``worker``: the supervisor and its roles."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from monitor.commands.worker import listens
from monitor.errors import SettingsError

WAITING = """
import time
from monitor.commands.worker import end_with
end_with(0)
print("waits", flush=True)
time.sleep(60)
"""


def test_a_role_ends_as_by_sigterm_when_its_supervisor_is_gone() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"waits\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(20) == -signal.SIGTERM


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (None, ["127.0.0.1:0"] * 4),
        ("off", ["off"] * 4),
        ("0.0.0.0:0", ["0.0.0.0:0"] * 4),
        ("[::1]:9300", ["[::1]:9300", "[::1]:9301", "[::1]:9302", "[::1]:9303"]),
    ],
)
def test_the_roles_of_one_supervisor_take_ports_in_a_row(given: str | None, taken: list[str]) -> None:
    assert list(listens(given).values()) == taken


@pytest.mark.parametrize("given", ["9300", ":9300", "127.0.0.1:70000", "127.0.0.1:65533"])
def test_what_is_no_address_is_refused_before_a_role_starts(given: str) -> None:
    with pytest.raises(SettingsError, match=f"--metrics '{given}' must be HOST:PORT"):
        listens(given)
