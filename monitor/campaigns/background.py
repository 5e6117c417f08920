"""What ordinary people say anyway: phrases whose repetition tells little, grams that most texts could have.

The model that is shipped (``ordinary.bin``) holds hashes of phrases with a class of frequency, and of grams,
learnt from public talk by ``benchmarks/ordinary_phrases.py``; no phrase can be read from it. Layout: the
magic ``OMBG``, a version byte, the numbers of phrases and of grams (uint32 each), then that many 40-bit
hashes of phrases in ascending order, as many class bytes (class c stands for 2**c occasions), and the grams
in ascending order (uint32 each); all big endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files

import numpy as np

from monitor.campaigns.words import Words
from monitor.errors import ModelError

MAGIC = b"OMBG"
VERSION = 2
_HASH_BITS = 40
_HASH_BYTES = _HASH_BITS // 8
_GRAM_BYTES = 4
_HEADER_BYTES = len(MAGIC) + 9
_SHORTEST, _FULL = 2, 10
"""A text of two characters tells nothing when repeated, one of ten everything."""


class Background:
    """How rare a text is among ordinary talk; ``usual`` are the grams that such talk is full of."""

    def __init__(self, classes: Mapping[int, int], usual: Iterable[int] = ()) -> None:
        """``classes`` maps the hash of a phrase (``Words.key``) to its class of frequency."""
        self._classes = {key >> (64 - _HASH_BITS): value for key, value in classes.items()}
        self.usual = frozenset(usual)

    @classmethod
    def shipped(cls) -> Background:
        """The model that comes with the program."""
        return cls.from_bytes((files("monitor.campaigns") / "ordinary.bin").read_bytes())

    @classmethod
    def from_bytes(cls, model: bytes) -> Background:
        """Read a model; raises ``ModelError`` when it is none, or of another version."""
        if model[:4] != MAGIC or model[4] != VERSION:
            raise ModelError(
                f"the model of ordinary phrases starts with {model[:5]!r}, not {MAGIC!r} version {VERSION}; "
                "reinstall the program"
            )
        count, usual = (int.from_bytes(model[at : at + 4], "big") for at in (5, 9))
        grams = _HEADER_BYTES + count * (_HASH_BYTES + 1)
        if len(model) != grams + usual * _GRAM_BYTES:
            raise ModelError(
                f"the model of ordinary phrases is cut short at {len(model)} bytes; reinstall it"
            )
        raw = np.frombuffer(model, np.uint8, count * _HASH_BYTES, _HEADER_BYTES).reshape(count, _HASH_BYTES)
        hashes = raw.astype(np.uint64) @ (256 ** np.arange(_HASH_BYTES - 1, -1, -1)).astype(np.uint64)
        background = cls({}, np.frombuffer(model, ">u4", usual, grams).tolist())
        classes = model[_HEADER_BYTES + count * _HASH_BYTES : grams]
        background._classes = dict(zip(hashes.tolist(), classes, strict=True))
        return background

    def to_bytes(self) -> bytes:
        """The model as it is shipped."""
        ordered = sorted(self._classes.items())
        return b"".join(
            (
                MAGIC,
                bytes([VERSION]),
                len(ordered).to_bytes(4, "big"),
                len(self.usual).to_bytes(4, "big"),
                b"".join(key.to_bytes(_HASH_BYTES, "big") for key, _ in ordered),
                bytes(min(value, 255) for _, value in ordered),
                b"".join(gram.to_bytes(_GRAM_BYTES, "big") for gram in sorted(self.usual)),
            )
        )

    def rarity(self, words: Words) -> float:
        """How telling a repeat of this text is, in [0, 1]: long and unheard of is 1."""
        size = min(1.0, max(0.0, (words.size - _SHORTEST) / (_FULL - _SHORTEST)))
        heard = self._classes.get(words.key >> (64 - _HASH_BITS), 0)
        return size / 2.0**heard

    def __len__(self) -> int:
        return len(self._classes)
