"""Traffic for whole runs: real records where they are at hand, simulated ones, garbage and repeats."""

from __future__ import annotations

import lzma
from itertools import islice
from random import Random

import msgspec

from streams.sources.simulator import DEFAULT_PLAN, simulate
from tests.testkit.corpus import REAL_POSTS

_REPEATED_WITHIN = 400


def traffic(records: int, seed: int = 7) -> list[bytes]:
    """About ``records`` lines, half of them real ones where those are at hand, then garbage and repeats.

    1% garbage, each of its own number, and 1% repeats of a record shortly before.
    """
    real = _real(records // 2)
    plan = msgspec.structs.replace(DEFAULT_PLAN, scaled=False)
    simulated = [one.line for one in simulate(1, 3, records - len(real), plan=plan)]
    lines = [*real, *simulated[: records - len(real)]]
    random = Random(seed)
    for number in range(len(lines) // 100):
        lines.insert(random.randrange(len(lines)), b'{"garbage": %d}' % number)
        at = random.randrange(1, len(lines))
        lines.insert(at, lines[random.randrange(max(0, at - _REPEATED_WITHIN), at)])
    return lines


def _real(count: int) -> list[bytes]:
    if not REAL_POSTS.is_file():
        return []
    with lzma.open(REAL_POSTS) as file:
        return [line.rstrip(b"\n") for line in islice(file, count)]
