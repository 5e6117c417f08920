"""How many different people stand behind samples of author hashes, and how many of them said something.

Up to ``SAMPLE_SIZE - 1`` people counts are exact, then the k-minimum-values estimate (Beyer et al. 2007).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from heapq import nsmallest

import msgspec

from monitor.opinion.figures import HASH_SPACE, KNOWN

SAMPLE_SIZE = 128
"""Hashes kept of each step: a standard error of 9% where there are as many people or more."""


class Crowd(msgspec.Struct, frozen=True, gc=False):
    """So many people, and the ``share`` of them who said something at least once."""

    people: float
    share: float


def estimated_people(samples: Iterable[Set[int]], records: int) -> float:
    """Different authors of so many records, of whom each sample holds the ``SAMPLE_SIZE`` smallest hashes."""
    united: set[int] = set().union(*samples)
    return _estimated(united, records)


def crowd(samples: Iterable[Mapping[int, int]], texts: int, whole: int, part: int) -> Crowd:
    """The authors of so many texts that said ``whole``, and the share of them who said ``part``, too.

    Both are bits of what authors said. Each sample holds the ``SAMPLE_SIZE`` smallest hashes of those who
    said ``whole`` with all that they said.
    """
    united: dict[int, int] = {}
    for sample in samples:
        for author, said in sample.items():
            if said & whole:
                united[author] = united.get(author, 0) | said
    if not united:
        return Crowd(0.0, 0.0)
    chosen = united if len(united) <= SAMPLE_SIZE else nsmallest(SAMPLE_SIZE, united)
    share = sum(united[author] & part > 0 for author in chosen) / len(chosen)
    return Crowd(_estimated(united, texts), share)


def smallest(heard: Mapping[int, int]) -> dict[int, int]:
    """Of authors of certain texts, with what they said, those that a sample needs."""
    kept = set(nsmallest(SAMPLE_SIZE, heard))
    kept.update(nsmallest(SAMPLE_SIZE, (author for author, said in heard.items() if said & KNOWN)))
    return {author: said for author, said in heard.items() if author in kept}


def _estimated(united: Collection[int], records: int) -> float:
    # A sample that is full may have been cut: how many there were, only its largest hash tells.
    if len(united) < SAMPLE_SIZE:
        return float(len(united))
    return min((SAMPLE_SIZE - 1) * HASH_SPACE / nsmallest(SAMPLE_SIZE, united)[-1], float(records))
