"""Chinese in simplified and in traditional characters: the same words, written in one script or the other."""

from __future__ import annotations

from functools import cache, lru_cache

import opencc

_TO_TRADITIONAL = ("s2t", "s2tw", "s2hk")
"""Traditional characters by OpenCC's standard, and as Taiwan and Hong Kong write them."""


@lru_cache(maxsize=4096)
def spellings(text: str) -> tuple[str, ...]:
    """A text as it is, in simplified characters, and in traditional ones; each spelling once.

    Most words have one or two. The whole text is in one script each time: texts mix them seldom.
    """
    simplified = _converter("t2s").convert(text)
    traditional = (_converter(name).convert(simplified) for name in _TO_TRADITIONAL)
    return tuple(dict.fromkeys((text, simplified, *traditional)))


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)
