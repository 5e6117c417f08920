"""What the inverted index of the embedded store holds, and how it is asked.

Each CJK character of a text is one term: itself with its right neighbour, or alone at the end of its
stretch. So two characters are one term, one character is a prefix, and neighbours of a phrase are
neighbours in the index, for half the terms that bigrams beside single characters would cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import product, zip_longest
from operator import add
from typing import Literal

from monitor.documents import Document
from monitor.index.words import Phrase, bigrams
from monitor.text import is_cjk, search_stretches

KeyField = Literal["author", "watchlist", "target"]


def words_of(text: str) -> str:
    """The column ``words`` of a text: its terms in order, separated by spaces."""
    return " ".join([_spelt(stretch) if is_cjk(stretch) else stretch for stretch in search_stretches(text)])


def _spelt(stretch: str) -> str:
    return " ".join([*map(add, stretch, stretch[1:]), stretch[-1]])


def keys_of(document: Document) -> str:
    """The column ``keys`` of a document: what it is filtered by."""
    keys = [_hash("author", document.author)]
    keys += [key_term("watchlist", watchlist) for watchlist in document.watchlists]
    keys += [_hash("target", target) for target in document.targets]
    return " ".join(keys)


def _hash(field: KeyField, value: str) -> str:
    """64 bits in hexadecimal: of a thousand million values, two meet with a chance of 3%."""
    return blake2b(f"{field}:{value}".encode(), digest_size=8).hexdigest()


key_term = lru_cache(maxsize=4096)(_hash)


def words_expression(phrases: Sequence[Phrase]) -> str:
    """The full-text expression that finds documents with all phrases (at least one of them)."""
    return " AND ".join(f"words : ({_any_spelling(phrase)})" for phrase in phrases)


def key_expression(field: KeyField, value: str) -> str:
    """The full-text expression that finds documents whose field has the value."""
    return f'keys : "{key_term(field, value)}"'


def _any_spelling(phrase: Phrase) -> str:
    """A phrase as it may stand in the index.

    Between two CJK stretches of a phrase there may or may not be punctuation in the text, so the
    character before is alone or with its right neighbour: both are asked for, in every combination.
    """
    ways = [_ways(stretch, following) for stretch, following in zip_longest(phrase, phrase[1:])]
    last = phrase[-1]
    prefix = "*" if is_cjk(last) and len(last) == 1 else ""
    return " OR ".join(f'"{" ".join(way)}"{prefix}' for way in product(*ways))


def _ways(stretch: str, following: str | None) -> Iterator[str]:
    if not is_cjk(stretch):
        yield stretch
        return
    inner = bigrams(stretch)
    if following is None:
        yield " ".join(inner) if inner else stretch
        return
    yield " ".join([*inner, stretch[-1]])
    if is_cjk(following):
        yield " ".join([*inner, stretch[-1] + following[0]])
