"""The distinct texts of one object, and how a new text finds the most similar of them.

Each text that others are compared with has an outline, a bit for each of its grams (Bloom 1970), of which two
grams may have one. What two outlines have in common bounds how similar their texts can be, so that of
hundreds of texts the few that may be near are read, the likeliest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache, reduce
from math import ceil
from operator import or_
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.campaigns.words import NEAR_COSINE, NEAR_SHARED

_OUTLINE_BITS = 512
_OUTLINE_BYTES = _OUTLINE_BITS // 8
_WORDS = _OUTLINE_BYTES // 8
_BITS = tuple(1 << place for place in range(_OUTLINE_BITS))
_EACH_BYTE, _HIGHEST_BYTE = np.uint64(0x0101010101010101), np.uint64(56)
"""A product with the one, shifted by the other, is the sum of a word's bytes, if that is less than 256."""
MOST_READ = 12
"""Candidates that are read for one text; beyond the likeliest none is nearer."""
_FEW = 6
"""Of so few texts each is read: their outlines would cost as much."""
ROUNDING = 1e-9


class Text(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A distinct text, the group it is in, and whether others are compared with it."""

    group: int
    own: str
    compared: bool


class _Outline(NamedTuple):
    bits: bytes
    hidden: int
    """So many grams have the bit of another."""


class Texts(msgspec.Struct, gc=False):
    """Texts by key (``Words.key``), in order of arrival.

    Of those that others are compared with, in the same order: ``compared`` has their keys, ``outlines`` 64
    bytes and ``sizes`` the number of grams, a byte, of each (``words.MAX_UNITS`` less one at most).
    """

    known: dict[int, Text] = {}
    compared: list[int] = []
    outlines: bytearray = msgspec.field(default_factory=bytearray)
    sizes: bytearray = msgspec.field(default_factory=bytearray)

    @classmethod
    def of(cls, known: dict[int, Text], outlines: bytearray, sizes: bytearray) -> Texts:
        """Texts from what is written of them: their keys say themselves who is compared."""
        return cls(known, [key for key, text in known.items() if text.compared], outlines, sizes)

    def __len__(self) -> int:
        return len(self.known)

    def copy(self) -> Texts:
        """The texts as they are now; what happens to either does not change the other."""
        return Texts(self.known.copy(), self.compared.copy(), self.outlines.copy(), self.sizes.copy())

    def find(self, key: int) -> Text | None:
        """The text of a key, if it is known."""
        return self.known.get(key)

    def add(self, key: int, group: int, own: str, grams: frozenset[int]) -> None:
        """Take in a new text; others are compared with its ``grams``, if there are any."""
        self.known[key] = Text(group, own, bool(grams))
        if grams:
            self.compared.append(key)
            self.outlines += _outline(grams).bits
            self.sizes.append(len(grams))

    def forget(self, key: int) -> None:
        """Forget a text."""
        if self.known.pop(key).compared:
            place = self.compared.index(key)
            del self.compared[place]
            del self.outlines[place * _OUTLINE_BYTES : (place + 1) * _OUTLINE_BYTES]
            del self.sizes[place]

    def candidates(self, grams: frozenset[int]) -> Iterator[tuple[float, Text]]:
        """Texts that may be near one of these grams, the likeliest first, with the most their cosine can be.

        Where many may be, as in a flood of paraphrases, only the ``MOST_READ`` likeliest.
        """
        compared = self.compared
        count, size = len(compared), len(grams)
        if count <= _FEW:
            yield from [(1.0, self.known[key]) for key in compared]
            return
        bits, hidden = _outline(grams)
        common = np.bitwise_count(
            np.ndarray((count, _WORDS), np.uint64, self.outlines) & np.ndarray(_WORDS, np.uint64, bits)
        )
        most = (common.view(np.uint64).ravel() * _EACH_BYTE >> _HIGHEST_BYTE) + np.uint64(hidden)
        sizes = np.ndarray(count, np.uint8, self.sizes)
        places = (most >= _needed(size).take(sizes)).nonzero()[0]
        if len(places):
            cosines = most[places] / np.sqrt(sizes[places] * float(size))
            for at in np.argsort(-cosines, kind="stable")[:MOST_READ].tolist():
                yield float(cosines[at]), self.known[compared[places[at]]]


@cache
def _needed(size: int) -> NDArray[np.uint8]:
    """How many grams must be in common for a text of ``size`` grams to be near one of 0, 1, … grams."""
    least = [max(NEAR_SHARED, ceil(NEAR_COSINE * (size * other) ** 0.5 - ROUNDING)) for other in range(256)]
    return np.array(least, np.uint8)


@lru_cache(maxsize=1_024)
def _outline(grams: frozenset[int]) -> _Outline:
    bits = reduce(or_, map(_BITS.__getitem__, map((_OUTLINE_BITS - 1).__and__, grams)), 0)
    return _Outline(bits.to_bytes(_OUTLINE_BYTES, "little"), len(grams) - bits.bit_count())
