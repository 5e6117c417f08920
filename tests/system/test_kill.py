"""kill -9 at random points, again and again, ends exactly as an undisturbed run."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random

import msgspec
import pytest

from streams.sources.simulator import DEFAULT_PLAN, simulate
from tests.testkit.program import program, start
from tests.testkit.records import contents, write_lines

pytestmark = pytest.mark.system
SMALL_BATCHES = {"OPINION_MONITOR__RUN__BATCH_RECORDS": "200", "OPINION_MONITOR__RUN__SNAPSHOT_BATCHES": "5"}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated day with the campaigns of a large one, some garbage and some repeats."""
    plan = msgspec.structs.replace(DEFAULT_PLAN, scaled=False)
    random = Random(5)
    lines = [record.line for record in simulate(1, 5, 1_000, plan=plan)]
    for number in range(len(lines) // 100):
        lines.insert(random.randrange(len(lines)), b"garbage %d" % number)
        lines.insert(random.randrange(len(lines)), random.choice(lines))
    return write_lines(tmp_path_factory.mktemp("day") / "day.ndjson", lines)


@pytest.fixture(scope="module")
def undisturbed(day: Path) -> dict[str, list[bytes]]:
    whole = day.parent / "whole"
    ended = program("run", day, "--data", whole, "--json", "--metrics", "off", variables=SMALL_BATCHES)
    assert ended.code == 0, ended.err
    held = contents(whole)
    assert len(held["campaigns"]) > 0
    assert len(held["dead_letters"]) > 0
    return held


@pytest.mark.parametrize("seed", range(10))
def test_killed_runs_end_as_an_undisturbed_one(
    day: Path, undisturbed: dict[str, list[bytes]], tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    arguments = ("run", day, "--data", tmp_path, "--json", "--metrics", "off")
    kills = 0
    while kills < 3:
        process = start(*arguments, variables=SMALL_BATCHES)
        time.sleep(random.uniform(0.35, 1.6))
        process.kill()
        out, err = process.communicate()
        if process.returncode == 0:
            break
        kills += 1
    else:
        ended = program(*arguments, variables=SMALL_BATCHES)
        assert ended.code == 0, ended.err
        out, err = ended.out.encode(), ended.err.encode()
    assert kills > 0
    summary = json.loads(out)
    assert summary["received"] == summary["indexed"] + summary["duplicates"] + summary["dead_lettered"]
    if b"resuming after line" in err:
        assert summary["received"] < len(undisturbed["documents"])
    assert contents(tmp_path) == undisturbed
