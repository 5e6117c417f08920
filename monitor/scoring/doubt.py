"""Texts nobody should be sure about: another language, one character over and over, nothing, far too long."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.characters import EDGE, Codes

LONGEST_CERTAIN_CHARACTERS = 1_000
"""Micro-blog posts are what the model was trained on; an essay is something else."""
DOUBTFUL_CONFIDENCE = 0.5
"""What is claimed at most for the label of a doubtful text, whatever the model says."""
_REPEATED_AT_LEAST = 3
_LATIN_AT_LEAST = 3
_LATIN_TO_HAN = 6
_LETTERS = 0x20000
_OTHER, _HAN, _LATIN, _FOREIGN = range(4)


def doubtful(codes: Codes) -> NDArray[np.bool_]:
    """For each text of ``codes`` (spelled): whether it is in another language, one character repeated, or
    has nothing left to read."""
    edges = np.flatnonzero(codes == EDGE)
    if len(edges) < 2:
        return np.zeros(0, dtype=np.bool_)
    kinds = _kinds()[codes]
    han, latin, foreign = (np.add.reduceat(kinds == kind, edges[:-1]) for kind in (_HAN, _LATIN, _FOREIGN))
    other_language = (foreign * 2 > han) | ((latin >= _LATIN_AT_LEAST) & (latin > _LATIN_TO_HAN * han))
    return np.asarray(other_language | _at_most_one_character(codes, edges), dtype=np.bool_)


def _at_most_one_character(codes: Codes, edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    lengths = np.diff(edges) - 1
    largest = np.maximum.reduceat(codes, edges[:-1])
    without_edges = np.where(codes == EDGE, np.uint32(0xFFFFFFFF), codes)
    smallest = np.minimum.reduceat(without_edges, edges[:-1])
    repeated = (lengths >= _REPEATED_AT_LEAST) & (largest == smallest)
    return np.asarray(repeated | (lengths == 0), dtype=np.bool_)


@cache
def _kinds() -> NDArray[np.uint8]:
    kinds = np.zeros(_LETTERS, dtype=np.uint8)
    for code in range(_LETTERS):
        character = chr(code)
        if unicodedata.category(character)[0] == "L":
            kinds[code] = _kind(unicodedata.name(character, ""))
    return kinds


def _kind(name: str) -> int:
    if name.startswith(("CJK", "IDEOGRAPHIC")):
        return _HAN
    return _LATIN if name.startswith(("LATIN", "FULLWIDTH LATIN")) else _FOREIGN
