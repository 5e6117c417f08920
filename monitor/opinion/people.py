"""How many different people stand behind samples of author hashes."""

from __future__ import annotations

from collections.abc import Iterable, Set
from heapq import nsmallest

from monitor.opinion.figures import HASH_SPACE

SAMPLE_SIZE = 128
"""Hashes kept of each step: a standard error of 9% where there are more people."""


def estimated_people(samples: Iterable[Set[int]]) -> float:
    """Different authors of all samples, each of which holds at least the ``SAMPLE_SIZE`` smallest hashes.

    Exact up to the size of a sample, then the k-minimum-values estimate (Beyer et al. 2007).
    """
    united: set[int] = set().union(*samples)
    if len(united) <= SAMPLE_SIZE:
        return float(len(united))
    return (SAMPLE_SIZE - 1) * HASH_SPACE / nsmallest(SAMPLE_SIZE, united)[-1]
