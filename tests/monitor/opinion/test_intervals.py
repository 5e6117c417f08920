"""Intervals hold what they promise."""

from __future__ import annotations

from random import Random

import pytest

from monitor.opinion.intervals import counted, wilson


def test_intervals_are_those_of_the_tables() -> None:
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert counted(10) == pytest.approx((4.795, 18.39), abs=0.02)
    assert wilson(0.0, 0) == (0.0, 1.0)
    assert counted(0)[0] == 0.0


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
def test_a_share_lies_in_its_interval_about_95_times_in_a_hundred(share: float) -> None:
    random, held = Random(1), 0
    for _ in range(1_000):
        seen = sum(random.random() < share for _ in range(60)) / 60
        low, high = wilson(seen, 60)
        held += low <= share <= high
    assert held >= 930
