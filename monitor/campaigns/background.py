"""What ordinary people say anyway: phrases whose repetition tells little.

The model that is shipped (``ordinary.bin``) holds hashes of phrases with a class of frequency, learnt from
public talk by ``benchmarks/ordinary_phrases.py``; no phrase can be read from it. Layout: the magic
``OMBG``, a version byte, the number of phrases (uint32), then that many 40-bit hashes in ascending order
(big endian) and as many class bytes; class c stands for 2**c occasions.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import numpy as np

from monitor.campaigns.words import Words
from monitor.errors import ModelError

MAGIC = b"OMBG"
VERSION = 1
_HASH_BITS = 40
_HASH_BYTES = _HASH_BITS // 8
_HEADER_BYTES = len(MAGIC) + 5
_SHORTEST, _FULL = 2, 10
"""A text of two characters tells nothing when repeated, one of ten everything."""


class Background:
    """How rare a text is among ordinary talk."""

    def __init__(self, classes: Mapping[int, int]) -> None:
        """``classes`` maps the hash of a phrase (``Words.key``) to its class of frequency."""
        self._classes = {key >> (64 - _HASH_BITS): value for key, value in classes.items()}

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
        count = int.from_bytes(model[5:_HEADER_BYTES], "big")
        if len(model) != _HEADER_BYTES + count * (_HASH_BYTES + 1):
            raise ModelError(
                f"the model of ordinary phrases is cut short at {len(model)} bytes; reinstall it"
            )
        raw = np.frombuffer(model, np.uint8, count * _HASH_BYTES, _HEADER_BYTES).reshape(count, _HASH_BYTES)
        hashes = raw.astype(np.uint64) @ (256 ** np.arange(_HASH_BYTES - 1, -1, -1)).astype(np.uint64)
        background = cls({})
        background._classes = dict(
            zip(hashes.tolist(), model[_HEADER_BYTES + count * _HASH_BYTES :], strict=True)
        )
        return background

    def to_bytes(self) -> bytes:
        """The model as it is shipped."""
        ordered = sorted(self._classes.items())
        return b"".join(
            (
                MAGIC,
                bytes([VERSION]),
                len(ordered).to_bytes(4, "big"),
                b"".join(key.to_bytes(_HASH_BYTES, "big") for key, _ in ordered),
                bytes(min(value, 255) for _, value in ordered),
            )
        )

    def rarity(self, words: Words) -> float:
        """How telling a repeat of this text is, in [0, 1]: long and unheard of is 1."""
        size = min(1.0, max(0.0, (words.size - _SHORTEST) / (_FULL - _SHORTEST)))
        heard = self._classes.get(words.key >> (64 - _HASH_BITS), 0)
        return size / 2.0**heard

    def __len__(self) -> int:
        return len(self._classes)
