"""Intervals of 95%: for a share of people, and for a count."""

from __future__ import annotations

from math import sqrt

Z = 1.959964
"""Two-sided 95% of the normal distribution."""


def wilson(share: float, people: float, deviations: float = Z) -> tuple[float, float]:
    """The score interval of a share among ``people`` (Wilson 1927); [0, 1] where there are none."""
    if people <= 0:
        return 0.0, 1.0
    share = min(max(share, 0.0), 1.0)
    weight = deviations * deviations / people
    middle = (share + weight / 2) / (1 + weight)
    half = deviations / (1 + weight) * sqrt(share * (1 - share) / people + weight / (4 * people))
    return max(0.0, middle - half), min(1.0, middle + half)


def counted(count: int) -> tuple[float, float]:
    """The interval of the mean of a Poisson count (Byar's approximation; Breslow and Day 1987, 2.2)."""
    low = count * (1 - 1 / (9 * count) - Z / (3 * sqrt(count))) ** 3 if count else 0.0
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * sqrt(above))) ** 3
    return max(0.0, low), high
