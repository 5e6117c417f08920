"""What the words of a query mean, the same for every engine.

A query's text is words and phrases in double quotes (``"``, ``“ ”`` or ``＂``); all must be found.

- A word of two or more CJK characters asks for each of its bigrams, one character for that character,
  any other word for itself.
- A phrase asks for its characters and words one right after the other; punctuation and spaces between
  them are passed over. A long phrase with many breaks between CJK stretches is asked for in pieces
  (``MAX_BREAKS``), so that an engine can spell out every way across a break.
- A quote that is never closed is no quote.
"""

from __future__ import annotations

import re
from itertools import pairwise

from monitor.errors import QueryError
from monitor.language import message
from monitor.text import is_cjk, search_stretches

MAX_SEARCH_CHARACTERS = 1_000
MAX_BREAKS = 4
_QUOTES = re.compile('["“”＂]')

Phrase = tuple[str, ...]
"""Stretches (``monitor.text.search_stretches``) that must follow one another; never empty."""


def too_long(characters: int) -> QueryError:
    """The refusal of a text of so many characters."""
    return QueryError(
        message(
            "the search text has {count} characters; at most {most} are allowed: search for a part of it"
        ),
        count=characters,
        most=MAX_SEARCH_CHARACTERS,
    )


def check_text(name: str, value: str) -> None:
    """Raise ``QueryError`` for what is not text (lone surrogates, as from a badly encoded command line)."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise QueryError(
            message("{name} is {value}, which is not UTF-8 text"), name=name, value=ascii(value)
        ) from error


def wanted(text: str) -> tuple[Phrase, ...] | None:
    """The phrases that must all be found; None when nothing was asked for.

    An empty tuple means that something was asked for that cannot be searched (punctuation only):
    nothing is found. Raises ``QueryError`` for a text of more than ``MAX_SEARCH_CHARACTERS``.
    """
    if not text.strip():
        return None
    if len(text) > MAX_SEARCH_CHARACTERS:
        raise too_long(len(text))
    pieces = _QUOTES.split(text)
    phrases: list[Phrase] = []
    for number, piece in enumerate(pieces):
        quoted = number % 2 == 1 and number < len(pieces) - 1
        stretches = search_stretches(piece)
        phrases += _pieces(stretches) if quoted else [(word,) for word in _words(stretches)]
    return tuple(dict.fromkeys(phrases))


def _words(stretches: list[str]) -> list[str]:
    words: list[str] = []
    for stretch in stretches:
        words += bigrams(stretch) if is_cjk(stretch) and len(stretch) > 1 else [stretch]
    return words


def bigrams(stretch: str) -> list[str]:
    """Each two neighbours of a CJK stretch; none for a single character."""
    return [first + second for first, second in pairwise(stretch)]


def phrase_terms(phrase: Phrase) -> list[str]:
    """A phrase as terms at consecutive positions, for an engine that indexes each single character beside
    the bigram that begins with it, at one position (a standard tokenizer with ``cjk_bigram`` and
    ``output_unigrams``): a phrase query of exactly these terms finds what the phrase means.
    """
    terms: list[str] = []
    for stretch in phrase:
        terms += [*bigrams(stretch), stretch[-1]] if is_cjk(stretch) else [stretch]
    if is_cjk(phrase[-1]) and len(phrase[-1]) > 1:
        terms.pop()
    return terms


def _pieces(stretches: list[str]) -> list[Phrase]:
    """One phrase, or several when it has more than ``MAX_BREAKS`` breaks between CJK stretches."""
    pieces: list[Phrase] = []
    current: list[str] = []
    breaks = 0
    for stretch in stretches:
        if current and is_cjk(current[-1]) and is_cjk(stretch):
            breaks += 1
            if breaks > MAX_BREAKS:
                pieces.append(tuple(current))
                current, breaks = [], 0
        current.append(stretch)
    return [*pieces, tuple(current)] if current else pieces
