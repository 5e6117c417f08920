"""One spelling for scoring: a batch of texts as one row of code points, whatever client wrote them.

Full-width, traditional and upper-case letters become half-width, simplified and lower-case ones; digits
become ``0``. What betrays where a text was collected rather than what it says is taken out: zero-width
and private characters, the ``{%…%}`` of exported hashtags, the ``??`` that lost emoji leave behind. Runs are
cut to three of a kind. Mentions, links, listed names and what starts a repost chain become one mark each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import opencc
from numpy.typing import NDArray

from monitor.scoring.names import NAME, masked

Codes = NDArray[np.uint32]

EDGE = 5
"""Stands before the first text, between texts and after the last."""
CHAIN, MENTION, LINK, _LOST = 1, 2, 3, 4
LARGEST_TEXT_CHARACTERS = 400
"""Of a longer text only the beginning is looked at; micro-blogs stopped at 140."""
_SPELLINGS = 0x20000
_SPACE = 0x20
_HAN = range(0x3400, 0xA000)
"""Where nearly all Han characters are."""
_CHAIN = re.compile(r"(?://|\|\|)\s?@[\w\-·]{1,40}\s?[:：]?")
_REPLY = re.compile(r"回(?:复|復|覆)\s?[@＠][\w\-·]{1,40}\s?[:：]?")
_TAIL = r"\s*(?:分享自|来自|via)[^）)\x00]{0,60}[）)]"
_MARKED = re.compile(
    r"https?://[A-Za-z0-9./?=&_%~+:;,!\-]+|@[\w\-·]{1,40}|＠[\w\-·]{1,40}" rf"|（{_TAIL}|\({_TAIL}"
)
"""Each branch begins with a character, not a class: the search skips to those three times as fast."""
_QUOTES = dict.fromkeys("“”„「」『』", '"') | dict.fromkeys("‘’‚", "'")


def spelled(texts: Sequence[str]) -> Codes:
    """Code points of ``texts`` in one spelling: ``EDGE``, first text, ``EDGE``, second text, … ``EDGE``."""
    if not texts:
        return np.array([EDGE], dtype=np.uint32)
    joined = "\0".join(text[:LARGEST_TEXT_CHARACTERS] for text in texts)
    if joined.count("\0") != len(texts) - 1:
        joined = "\0".join(text[:LARGEST_TEXT_CHARACTERS].replace("\0", "") for text in texts)
    if "@" in joined or "＠" in joined:
        joined = _CHAIN.sub(chr(CHAIN), _REPLY.sub("", joined))
    joined = masked(_MARKED.sub(_mark, joined))
    raw = np.frombuffer(f"\0{joined}\0".encode("utf-32-le", "replace"), dtype=np.uint32)
    codes = _spelling().take(raw, mode="clip")
    return _without_runs(_without_lost_emoji(codes[codes != 0]))


def _mark(found: re.Match[str]) -> str:
    first = found[0][0]
    if first in "hH":
        return chr(LINK)
    return chr(MENTION) if first in "@＠" else ""


def _without_lost_emoji(codes: Codes) -> Codes:
    """A half-width ``?`` alone is a question; two or more are emoji that some encoding lost."""
    asked = codes == _LOST
    if not asked.any():
        return codes
    codes[asked] = ord("?")
    pairs = asked[1:] & asked[:-1]
    lost = np.zeros(len(codes), dtype=np.bool_)
    lost[1:] |= pairs
    lost[:-1] |= pairs
    return codes[~lost]


def _without_runs(codes: Codes) -> Codes:
    """At most three of a kind in a row, one space, and none at the edges of a text."""
    edge = codes == EDGE
    space = codes == _SPACE
    same = codes[1:] == codes[:-1]
    kept = np.ones(len(codes), dtype=np.bool_)
    kept[3:] = ~(same[2:] & same[1:-1] & same[:-2])
    kept[1:] &= ~(space[1:] & (space[:-1] | edge[:-1]))
    kept |= edge
    codes = codes[kept]
    kept = np.ones(len(codes), dtype=np.bool_)
    kept[:-1] = ~((codes[:-1] == _SPACE) & (codes[1:] == EDGE))
    return codes[kept]


@cache
def _spelling() -> Codes:
    """The spelling of every code point below ``_SPELLINGS``, the last one that of all above; 0: taken out."""
    han = "".join(map(chr, _HAN))
    simplified = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    simple = {one: other for one, other in zip(han, simplified, strict=True) if len(other) == 1}
    table = np.array([_spelling_of(chr(code), simple) for code in range(_SPELLINGS)], dtype=np.uint32)
    table[[CHAIN, MENTION, LINK, NAME]] = [CHAIN, MENTION, LINK, NAME]
    table[0] = EDGE
    table[ord("?")] = _LOST
    table[ord("？")] = ord("?")
    return table


def _spelling_of(character: str, simple: dict[str, str]) -> int:
    if character.isspace():
        return _SPACE
    category = unicodedata.category(character)
    if category == "Lo" and ord(character) in _HAN:  # what is folded below has no other form of these
        return min(ord(simple.get(character, character)), _SPELLINGS - 1)
    if category[0] == "C" or character in "{}%\ufffd" or "\ufe00" <= character <= "\ufe0f":
        return 0
    if "\U0001f3fb" <= character <= "\U0001f3ff":
        return 0
    folded = unicodedata.normalize("NFKC", character).lower()
    folded = folded if len(folded) == 1 else character
    folded = simple.get(folded, folded)
    folded = _QUOTES.get(folded, folded)
    return ord("0") if unicodedata.category(folded) == "Nd" else min(ord(folded), _SPELLINGS - 1)
