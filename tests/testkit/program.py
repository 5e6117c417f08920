"""The program as its user runs it: a process, its output and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tests.testkit.forking import forks

ROOT = Path(__file__).parents[2]
KEY = "5a" * 32
OFF = ("--metrics", "off")
NOTHING: Mapping[str, str] = MappingProxyType({})
_PATIENCE_SECONDS = 120.0


class Ended(NamedTuple):
    """How a call of the program ended."""

    code: int
    out: str
    err: str


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a call: one pseudonym key for all, no settings of the caller."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPINION_MONITOR")}
    return kept | {"OPINION_MONITOR__PRIVACY__PSEUDONYM_KEY": KEY, "COLUMNS": "200", **variables}


def command(*arguments: str | Path) -> list[str]:
    """The command line of a call."""
    return [sys.executable, "-m", "monitor.cli", *map(str, arguments)]


def program(
    *arguments: str | Path,
    stdin: bytes = b"",
    before: tuple[str, ...] = (),
    variables: Mapping[str, str] = NOTHING,
) -> Ended:
    """Call the program and wait for its end; ``before`` are words to put before the command line.

    It is forked from a process that has its modules, unless how its interpreter starts is what matters.
    """
    words, told = tuple(map(str, arguments)), environment(variables)
    if not before and forks(ROOT).can_call(told):
        code, out, err = forks(ROOT).call(words, told, stdin, _PATIENCE_SECONDS)
        return Ended(code, out.decode(), err.decode())
    done = subprocess.run(
        [*before, *command(*words)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env=told,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def start(*arguments: str | Path, variables: Mapping[str, str] = NOTHING) -> subprocess.Popen[bytes]:
    """Start the program and do not wait."""
    return subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(variables),
    )


def rows(ended: Ended) -> list[dict[str, object]]:
    """What a call printed, a JSON value a line; it ended well."""
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def refused(ended: Ended, *parts: str) -> None:
    """Exit code 2, one clear sentence, no traceback."""
    assert ended.code == 2, (ended.code, ended.err)
    assert "Traceback" not in ended.err
    assert all(part in ended.err for part in parts), ended.err
