"""Finding where a smooth convex loss is smallest: L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 3.1).

Written out because what is found must not depend on the machine. BLAS, by which SciPy's own adds up, splits
its sums by how wide the processor's registers are and by how many cores there are; over dozens of steps a
last bit grows into another model. NumPy's sums are split alike everywhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_REMEMBERED = 8
_ENOUGH = 1e-4
"""Of the fall that the slope promises, the share that a step must bring."""
_HALVINGS = 20
Point = NDArray[np.float64]
Loss = Callable[[Point], tuple[float, Point]]


class _Step(NamedTuple):
    """A step taken, and by how much the slope changed over it (numbers,); the product of both."""

    moved: Point
    bent: Point
    product: float


def lowest(loss: Loss, start: Point, steps: int) -> Point:
    """Where ``loss``, which gives its value and slope, is small (numbers,), after at most ``steps`` steps.

    It ends sooner where no step along the slope brings anything more.
    """
    point = start
    value, slope = loss(point)
    taken: deque[_Step] = deque(maxlen=_REMEMBERED)
    size = 1 / max(1.0, float(np.sqrt(_product(slope, slope))))
    for _ in range(steps):
        direction = _direction(slope, taken)
        promised = _product(slope, direction)
        if promised >= 0:
            break
        for _ in range(_HALVINGS):
            there = point + size * direction
            lower, new_slope = loss(there)
            if lower <= value + _ENOUGH * size * promised:
                break
            size /= 2
        else:
            break
        moved, bent = there - point, new_slope - slope
        product = _product(moved, bent)
        if product > 0:
            taken.append(_Step(moved, bent, product))
        point, value, slope, size = there, lower, new_slope, 1.0
    return point


def _direction(slope: Point, taken: deque[_Step]) -> Point:
    """Downhill, as the bends of the last steps tell (numbers,)."""
    direction = -slope
    shares = []
    for step in reversed(taken):
        share = _product(step.moved, direction) / step.product
        direction -= share * step.bent
        shares.append(share)
    if taken:
        direction *= taken[-1].product / _product(taken[-1].bent, taken[-1].bent)
    for step, share in zip(taken, reversed(shares), strict=True):
        direction += (share - _product(step.bent, direction) / step.product) * step.moved
    return direction


def _product(one: Point, other: Point) -> float:
    return float(np.add.reduce(one * other))
