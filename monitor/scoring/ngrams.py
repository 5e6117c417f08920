"""Which character n-grams stand in each text of a batch, hashed into a fixed number of slots.

Feature hashing (Weinberger et al. 2009) over runs of 1 to 4 characters, the edges of a text included, so
that how it starts and ends counts too. A text either has an n-gram or has not; how often does not matter.
What stands only along the repost chain is context: it counts by half.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.characters import CHAIN, EDGE, LARGEST_TEXT_CHARACTERS, Codes, spelled

LONGEST = 4
SLOT_BITS = 20
SLOTS = 1 << SLOT_BITS
_FEW = 1 << (31 - SLOT_BITS)
"""Of fewer texts, text, slot and context fit into 32 bits, which sort twice as fast as 64."""
_SPREAD = np.uint32(0x9E3779B1)
_CHAIN_IN = np.uint32(0x85EBCA77)
_MIX = np.uint32(0xC2B2AE3D)
_ORDER_STEP = 0x1000193
Keys = NDArray[np.unsignedinteger]

CONTEXT_WEIGHT = 0.5
USUAL_LENGTH = 120
MOST_NGRAMS = LONGEST * (LARGEST_TEXT_CHARACTERS + 2)
"""More than any text has."""


class Slots(NamedTuple):
    """``slots[starts[i]:starts[i + 1]]`` are those of text ``i``, each once, rising.

    ``context`` holds for slots that only the repost chain has; those count ``CONTEXT_WEIGHT``.
    """

    slots: NDArray[np.int64]
    starts: NDArray[np.int64]
    context: NDArray[np.bool_]


def length_factors(slots: Slots) -> NDArray[np.float32]:
    """What the n-grams of each text are weighed by: long texts have more of them, not more feeling."""
    return factors_of_lengths(np.diff(slots.starts))


def factors_of_lengths(lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """As ``length_factors``, for texts of so many n-grams.

    Roots, for processors differ in the last bit of a power. A model brings the factors it was learnt with.
    """
    shares = np.maximum(lengths.astype(np.float32), 1) / np.float32(USUAL_LENGTH)
    return np.asarray(1 / np.sqrt(np.sqrt(shares)), dtype=np.float32)


class Located(NamedTuple):
    """One n-gram of a text: where its code points begin, how many they are, and its slot."""

    start: int
    length: int
    slot: int
    context: bool


def slots_of(texts: Sequence[str]) -> Slots:
    """The slots of every text: what the model has weights for."""
    return slots_of_codes(spelled(texts), len(texts))


def slots_of_codes(codes: Codes, count: int) -> Slots:
    """As ``slots_of``, from the code points of ``count`` texts."""
    places = _places(codes)
    kind = np.dtype(np.uint32 if count < _FEW else np.uint64)
    texts = places.owners.astype(kind) << (SLOT_BITS + 1) | places.context
    keys: Keys = np.concatenate(
        [
            (texts[: len(hashes)] | hashes.astype(kind, copy=False) << 1)[_inside(codes, order)]
            for order, hashes in enumerate(_hashes(codes), 1)
        ]
    )
    keys.sort()
    found = keys >> 1
    first = np.ones(len(keys), dtype=np.bool_)
    first[1:] = found[1:] != found[:-1]
    found = found[first]
    starts = np.searchsorted(found, np.arange(count + 1).astype(kind) << SLOT_BITS)
    context = (keys[first] & 1).astype(np.bool_)
    return Slots((found & (SLOTS - 1)).astype(np.int64), starts.astype(np.int64, copy=False), context)


def located(codes: Codes) -> list[Located]:
    """Every n-gram of one text with its place in ``codes``, repeats included."""
    places = _places(codes)
    return [
        Located(int(place), order, int(hashes[place]), bool(places.context[place]))
        for order, hashes in enumerate(_hashes(codes), 1)
        for place in np.flatnonzero(_inside(codes, order))
    ]


class _Places(NamedTuple):
    """For each code point: the text it belongs to (an edge to the text after it), and whether it stands
    in the repost chain."""

    owners: NDArray[np.int64]
    context: NDArray[np.bool_]


def _places(codes: Codes) -> _Places:
    edges = codes == EDGE
    owners = np.cumsum(edges) - 1
    marks = codes == CHAIN
    if not marks.any():
        return _Places(owners, np.zeros(len(codes), dtype=np.bool_))
    passed = np.cumsum(marks)
    return _Places(owners, passed > passed[edges][owners])


def _hashes(codes: Codes) -> list[NDArray[np.uint32]]:
    """Slots of the n-grams that start at each place, for 1 to ``LONGEST`` characters."""
    spread = codes * _SPREAD
    running = spread
    found = []
    for order in range(1, min(LONGEST, len(codes)) + 1):
        if order > 1:
            running = (running[:-1] * _CHAIN_IN) ^ spread[order - 1 :]
            running = running ^ (running >> np.uint32(13))
        mixed = running ^ np.uint32(order * _ORDER_STEP)
        mixed = (mixed ^ (mixed >> np.uint32(15))) * _MIX
        mixed = ((mixed ^ (mixed >> np.uint32(13))) * _SPREAD) >> np.uint32(32 - SLOT_BITS)
        found.append(mixed)
    return found


def _inside(codes: Codes, order: int) -> NDArray[np.bool_]:
    """Whether the n-gram at each place lies in one text: has no edge but at its ends, nor is one alone."""
    words = codes != EDGE
    if order == 1:
        return np.asarray(words)
    starts = len(codes) - order + 1
    inside = np.ones(starts, dtype=np.bool_)
    for place in range(1, order - 1):
        inside &= words[place : place + starts]
    return inside
