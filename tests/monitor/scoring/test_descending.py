"""The smallest loss is found, whatever the units, and by sums that no library splits."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.scoring.descending import Loss, Point, lowest


def bowl(steepness: Point, bottom: Point) -> tuple[list[int], Loss]:
    calls: list[int] = []

    def loss(point: Point) -> tuple[float, Point]:
        calls.append(1)
        away = point - bottom
        return float((steepness * away * away).sum()) / 2, steepness * away

    return calls, loss


@pytest.mark.parametrize("steepest", [1.0, 100.0, 1_000.0])
def test_the_bottom_of_a_bowl_is_found_however_much_steeper_one_side_is(steepest: float) -> None:
    bottom = np.linspace(-3, 5, 30)
    _, loss = bowl(np.geomspace(1, steepest, 30), bottom)
    assert np.abs(lowest(loss, np.zeros(30), 300) - bottom).max() < 1e-3


def test_a_loss_that_is_no_bowl_is_brought_to_its_lowest_too() -> None:
    def loss(point: Point) -> tuple[float, Point]:
        return float(np.logaddexp(point, -2 * point).sum()), 1 - 3 / (1 + np.exp(3 * point))

    assert np.abs(lowest(loss, np.array([-1.0, 2.0]), 60) - np.log(2) / 3).max() < 1e-3


def test_it_takes_no_more_steps_than_allowed_and_stops_at_the_bottom() -> None:
    calls, loss = bowl(np.geomspace(1, 1000, 30), np.ones(30))
    few = lowest(loss, np.zeros(30), 3)
    assert 3 < len(calls) < 3 * 20
    assert np.abs(few - 1).max() > 0
    before = len(calls)
    lowest(loss, np.ones(30), 50)
    assert len(calls) == before + 1


def test_each_further_step_is_no_worse() -> None:
    _, loss = bowl(np.geomspace(1, 1000, 30), np.linspace(-1, 1, 30))
    values = [loss(lowest(loss, np.zeros(30), steps))[0] for steps in range(12)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0] / 100
