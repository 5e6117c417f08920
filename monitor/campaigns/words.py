"""How own words are compared: folded, without what does not tell two texts apart, and cut into grams.

A *unit* is a character of a script without spaces (Han, kana, Hangul syllables, Thai, …) or a whole word
of any other; a *gram* is a pair of neighbouring units, hashed to 32 bits. So a sentence of ten characters
and one of ten words weigh alike, whatever the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

import msgspec

from monitor.text import HASHTAG, half_width

MAX_UNITS = 100
NEAR_COSINE, NEAR_SHARED = 0.49, 4
"""Texts are near when their gram sets have this cosine and so many grams in common."""
_SIGNATURE_GRAMS = 5
_SALTS = (0x9E3779B9, 0x7F4A7C15, 0x85EBCA6B)
MINIMA = len(_SALTS)
"""Keys beside the exact text's under which near-equal texts can meet."""
_NOT_WORDS = re.compile(r"[\W_]+")
_EMOTICON = re.compile(r"\[[^\[\]]{1,8}\]")
_HASHTAG = re.compile(HASHTAG.pattern + r"|[#＃]\w+")
_UNIT = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff]|[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_REPEATED = re.compile(r"(.{1,4}?)\1{2,}")
_IS_REPEATED = re.compile(r"(.{1,4}?)\1\1")
_CLAUSE = re.compile(r"[^\w\s]+|\s{2,}|_+")
_PHRASE = re.compile(r"[^\w\s'’-]+")
_SPACE_OF_HAN = re.compile(r"(?<=[\u3040-\u9fff])\s|\s(?=[\u3040-\u9fff])")
_LEAST_PHRASE = 5
_REMEMBERED_UNITS = 8_192


class Words(msgspec.Struct, frozen=True, gc=False):
    """A text as it is compared.

    ``key`` identifies the text up to punctuation, case, emoticons and hashtags; ``size`` counts characters,
    a spaced word as two; ``grams`` are its hashed pairs of units.
    """

    key: int
    size: int
    grams: frozenset[int]


def compared(own: str) -> str:
    """Letters and digits of a text, folded; a text without any (emoji, dots) stands for itself."""
    folded = fold(own)
    return _NOT_WORDS.sub("", folded) or folded


def fold(own: str) -> str:
    """Full-width to half-width, lower case."""
    return half_width(own).casefold()


@lru_cache(maxsize=16_384)
def read(own: str) -> Words:
    """Read a text; emoticon brackets and hashtags count only where there is nothing else.

    What is said three times or more in a row (laughter, cheers) is said twice.
    """
    folded = fold(own)
    core = folded
    if "[" in core:
        core = _EMOTICON.sub(" ", core)
    if "#" in core:
        core = _HASHTAG.sub(" ", core)
    if _IS_REPEATED.search(core):
        core = _REPEATED.sub(r"\1\1", core)
    units: list[str] = _UNIT.findall(core)
    if not units:
        return Words(key_of(_NOT_WORDS.sub("", folded) or folded), 0, frozenset())
    size = len(units)
    if min(units) <= "\u0e00":
        size += sum(unit <= "\u0e00" and len(unit) > 1 for unit in units)
    key = key_of("".join(units))
    return Words(key, size, frozenset(_grams(units[:MAX_UNITS])))


@lru_cache(maxsize=1024)
def grams_of(root: str) -> frozenset[int]:
    """All grams of a text, however long."""
    return frozenset(_grams(_UNIT.findall(fold(root))))


class _Encoded(dict[str, bytes]):
    """Units as they are hashed; people use few thousands of them."""

    def __missing__(self, unit: str) -> bytes:
        if len(self) >= _REMEMBERED_UNITS:
            self.clear()
        encoded = self[unit] = unit.encode()
        return encoded


class _Begun(dict[str, int]):
    """The hash of a unit and the separator after it, from which that of each pair goes on."""

    def __missing__(self, unit: str) -> int:
        if len(self) >= _REMEMBERED_UNITS:
            self.clear()
        begun = self[unit] = crc32(unit.encode() + b"\0")
        return begun


_encoded = _Encoded().__getitem__
_begun = _Begun().__getitem__


def _grams(units: list[str]) -> Iterable[int]:
    """The CRC-32 of each pair of neighbours with a zero between them."""
    return map(crc32, map(_encoded, units[1:]), map(_begun, units))


def key_of(text: str) -> int:
    """A 64-bit name of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def first_hashtag(own: str) -> str:
    """The first hashtag in own words, folded, or nothing; both ways of writing, ``#tag#`` and ``#tag``."""
    if "#" not in own and "＃" not in own:
        return ""
    found = _HASHTAG.search(fold(own))
    return found[0].strip("#＃").strip() if found else ""


def without_hashtags(own: str) -> str:
    """Own words without their hashtags; a text that is nothing else stays."""
    if "#" not in own and "＃" not in own:
        return own
    return " ".join(_HASHTAG.sub(" ", own).split()) or own


def telling(grams: frozenset[int], usual: frozenset[int]) -> frozenset[int]:
    """Grams without the usual ones, unless too few are left for anything to be near."""
    left = grams - usual
    return left if len(left) >= NEAR_SHARED else grams


def signatures(words: Words, usual: frozenset[int], minima: int = MINIMA) -> tuple[str, ...]:
    """Keys under which near-equal texts of different objects meet, the exact text's first.

    Each of the ``minima`` further keys is a minimum over the telling grams (min-wise sampling, Broder 1997):
    two texts with a Jaccard overlap of s share it with probability s. Under ``usual`` grams everybody would
    meet. Whoever meets is compared before it counts.
    """
    if len(words.grams) < _SIGNATURE_GRAMS:
        return ()
    grams = telling(words.grams, usual)
    least = [min(map(salt.__xor__, grams)) for salt in _SALTS[:minima]]
    return (f"{words.key:016x}", *[f"{number}{one:08x}" for number, one in enumerate(least)])


def overlap(one: frozenset[int], other: frozenset[int]) -> tuple[int, float]:
    """How many grams two texts share, and the cosine of their gram sets."""
    shared = len(one & other)
    return shared, (shared / (len(one) * len(other)) ** 0.5 if shared else 0.0)


def clauses(own: str) -> list[str]:
    """Phrases between punctuation marks, folded, of four characters (two words) or more."""
    parts = (_NOT_WORDS.sub("", part) for part in _CLAUSE.split(fold(own)))
    return [part for part in parts if len(part) >= 4]


@lru_cache(maxsize=8192)
def phrases(own: str) -> tuple[str, ...]:
    """What stands between punctuation marks (or spaces of Han writing), folded; no hashtags or emoticons."""
    core = fold(own)
    if "#" in core:
        core = _HASHTAG.sub(",", core)
    if "[" in core:
        core = _EMOTICON.sub(",", core)
    if " " in core and not core.isascii():
        core = _SPACE_OF_HAN.sub(",", core)
    return tuple(part for part in _PHRASE.split(core) if len(part) >= _LEAST_PHRASE)
