"""kill -9 at random points, again and again, ends exactly as an undisturbed run."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest

from streams.sources.simulator import DEFAULT_PLAN, simulate
from tests.testkit.program import Ended, program, start
from tests.testkit.records import contents, write_lines

pytestmark = pytest.mark.system
SMALL_BATCHES = {"OPINION_MONITOR__RUN__BATCH_RECORDS": "100", "OPINION_MONITOR__RUN__SNAPSHOT_BATCHES": "5"}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first hours of a simulated day with the campaigns of a large one, some garbage, some repeats."""
    plan = msgspec.structs.replace(DEFAULT_PLAN, scaled=False)
    random = Random(5)
    lines = [record.line for record in islice(simulate(1, 5, 1_000, plan=plan), 3_000)]
    for number in range(len(lines) // 100):
        lines.insert(random.randrange(len(lines)), b"garbage %d" % number)
        lines.insert(random.randrange(len(lines)), random.choice(lines))
    return write_lines(tmp_path_factory.mktemp("day") / "day.ndjson", lines)


class Undisturbed(NamedTuple):
    """What an undisturbed run leaves, and how much processor time it took."""

    held: dict[str, list[bytes]]
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(day: Path) -> Undisturbed:
    before = processor_seconds_of_children()
    process = start(*arguments(day, day.parent / "whole"), variables=SMALL_BATCHES)
    _, err = process.communicate(timeout=120)
    seconds = processor_seconds_of_children() - before
    assert process.returncode == 0, err
    held = contents(day.parent / "whole")
    assert len(held["campaigns"]) > 0
    assert len(held["dead_letters"]) > 0
    return Undisturbed(held, seconds)


def arguments(day: Path, data: Path) -> tuple[str | Path, ...]:
    return ("run", day, "--data", data, "--json", "--metrics", "off")


def run(day: Path, data: Path) -> Ended:
    return program(*arguments(day, data), variables=SMALL_BATCHES)


def processor_seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def processor_seconds(pid: int) -> float:
    """What a process has used up to now: it says how far it is, whatever else the machine does."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def killed_once(day: Path, data: Path, seconds: float) -> bool:
    """Start a run and kill it when it has worked for so long; False when it had ended before."""
    process = start(*arguments(day, data), variables=SMALL_BATCHES)
    while process.poll() is None and processor_seconds(process.pid) < seconds:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("seed", range(10))
def test_killed_runs_end_as_an_undisturbed_one(
    day: Path, undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    patience = undisturbed.seconds
    data = tmp_path / "first"
    while not killed_once(day, data, random.uniform(0.3, 0.8) * patience):
        patience /= 2
        data = tmp_path / f"again{patience}"
    if killed_once(day, data, random.uniform(0.2, 0.6) * patience):
        ended = run(day, data)
        assert ended.code == 0, ended.err
        summary = json.loads(ended.out)
        assert summary["received"] == summary["indexed"] + summary["duplicates"] + summary["dead_lettered"]
        if "resuming after line" in ended.err:
            assert summary["received"] < len(day.read_bytes().splitlines())
    assert contents(data) == undisturbed.held
