"""Texts nobody should be sure about: another language, one character over and over, nothing, far too long.

What is claimed of these is held back. The likeliest label has at most ``DOUBTFUL_CONFIDENCE``, as if even
shares of the three were mixed into the model's until it has (derived): whatever shares are left above the
even ones shrink alike, and polarity with them.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.characters import EDGE, LARGEST_TEXT_CHARACTERS, Codes
from monitor.scoring.feelings import Floats
from monitor.scoring.port import LABELS
from monitor.text import before_chain

LONGEST_CERTAIN_CHARACTERS = 1_000
"""Micro-blog posts are what the model was trained on; an essay is something else."""
LONGEST_OWN_CHARACTERS = LARGEST_TEXT_CHARACTERS
"""Of a longer text before its repost chain the model sees the beginning only."""
DOUBTFUL_CONFIDENCE = 0.5
"""What is claimed at most for the label of a doubtful text, whatever the model says."""
_REPEATED_AT_LEAST = 3
_LATIN_AT_LEAST = 3
_LATIN_TO_HAN = 6
_LETTERS = 0x20000
_IDEOGRAPHS = range(0x3400, 0xA000)
"""Where the letters are all Han; of others the name says it."""
_MOST = (1 << 15) - 1
"""Characters that a text can have at most, for its four counts are one number."""
_PLACES = _HAN, _LATIN, _FOREIGN, _CHANGES = 0, 15, 30, 45
_CHANGE = np.int64(1 << _CHANGES)


def doubtful(codes: Codes) -> NDArray[np.bool_]:
    """For each text of ``codes`` (spelled): whether it is in another language, one character repeated, or
    has nothing left to read."""
    edges = np.flatnonzero(codes == EDGE)
    if len(edges) < 2:
        return np.zeros(0, dtype=np.bool_)
    counted = _counted().take(codes, mode="clip")
    counted[:-1] += (codes[1:] != codes[:-1]) * _CHANGE
    sums = np.add.reduceat(counted, edges[:-1])
    han, latin, foreign, changes = (sums >> place & _MOST for place in _PLACES)
    lengths = np.diff(edges) - 1
    other_language = (foreign * 2 > han) | ((latin >= _LATIN_AT_LEAST) & (latin > _LATIN_TO_HAN * han))
    one_character = (lengths >= _REPEATED_AT_LEAST) & (changes == 2)  # from its edge and to the next one
    return np.asarray(other_language | one_character | (lengths == 0), dtype=np.bool_)


def too_long(text: str) -> bool:
    """Whether a text is no micro-blog post any more, or its author wrote more than is read."""
    if len(text) <= LONGEST_OWN_CHARACTERS:
        return False
    return len(text) > LONGEST_CERTAIN_CHARACTERS or len(before_chain(text)) > LONGEST_OWN_CHARACTERS


def held_back(labels: Floats, doubts: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Polarity and confidence (texts,) of probabilities of negative, neutral and positive (texts, 3).

    Where there are ``doubts`` even shares are mixed in until the likeliest label has no more than
    ``DOUBTFUL_CONFIDENCE``; of what is above the even share ``(.5 - 1/3) / (p - 1/3)`` is left.
    """
    polarity, likeliest = labels[:, 2] - labels[:, 0], labels.max(axis=1)
    even, most = np.float32(1 / len(LABELS)), np.float32(DOUBTFUL_CONFIDENCE)
    left = np.where(doubts & (likeliest > most), (most - even) / np.maximum(likeliest - even, even / 2), 1)
    confidence = np.minimum(likeliest, np.where(doubts, most, 1))
    return polarity * left.astype(np.float32), confidence.astype(np.float32)


@cache
def _counted() -> NDArray[np.int64]:
    """What each code point adds to the counts of its text."""
    counted = np.zeros(_LETTERS, dtype=np.int64)
    for code in range(_LETTERS):
        character = chr(code)
        if unicodedata.category(character)[0] == "L":
            counted[code] = 1 << (_HAN if code in _IDEOGRAPHS else _place(unicodedata.name(character, "")))
    return counted


def _place(name: str) -> int:
    if name.startswith(("CJK", "IDEOGRAPHIC")):
        return _HAN
    return _LATIN if name.startswith(("LATIN", "FULLWIDTH LATIN")) else _FOREIGN
