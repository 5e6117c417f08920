"""Plain negations, made of word lists of our own, to learn from beside the labelled sets.

People who label real posts see few bare ones: *not supported* was taken for support, *not bad at all* for
complaint. What a word says without negation is shown too, so that the negation is learnt and not the word's
ruin; and negations that are flat facts (*closed on Monday*).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import chain, cycle, product
from typing import Literal

import msgspec

from monitor.scoring.labelled import LabelledSet, LabelledText

NAME = "own-negations"
_THINNED = 3
_Words = list[str]
_Polarity = Literal[-1, 0, 1]


class _Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words, what is said with them (``{}`` is the word), and sayings; each string holds several, spaced."""

    good: _Words
    good_deeds: _Words
    good_things: _Words
    bad: _Words
    bad_feelings: _Words
    bad_deeds: _Words
    not_good: _Words
    not_done: _Words
    without: _Words
    not_bad: _Words
    not_felt: _Words
    everybody: _Words
    said_good: _Words
    said_bad: _Words
    done: _Words
    about: _Words
    to: _Words
    bad_sayings: _Words
    good_sayings: _Words
    flat: _Words
    when: _Words


def negations() -> LabelledSet:
    """The set: some two and a half thousand lines, the same every time."""
    stored = msgspec.json.decode((files("monitor.scoring") / "negations.json").read_bytes())
    words = msgspec.convert({name: " ".join(lines).split() for name, lines in stored.items()}, _Lists)
    return LabelledSet(NAME, tuple(LabelledText(text, polarity) for text, polarity in _polarities(words)))


def _polarities(words: _Lists) -> Iterator[tuple[str, _Polarity]]:
    """Each text once, with its polarity; what can be read in two ways is left out."""
    kinds: dict[_Polarity, Iterable[str]] = {-1: _negative(words), 1: _positive(words), 0: _neutral(words)}
    read: dict[str, set[_Polarity]] = {}
    for polarity, texts in kinds.items():
        for text in texts:
            read.setdefault(text, set()).add(polarity)
    return ((text, polarity) for text, (polarity, *others) in read.items() if not others)


def _negative(words: _Lists) -> Iterable[str]:
    return chain(
        _made(words.not_good, words.good, before=words.about),
        _made(words.not_done, words.good_deeds, after=words.to),
        _made(words.without, words.good_things, before=words.about),
        _made(words.said_bad, words.bad),
        _made(words.done, words.bad_deeds, after=words.to),
        words.bad_sayings,
    )


def _positive(words: _Lists) -> Iterable[str]:
    return chain(
        _made(words.not_bad, words.bad, before=words.about),
        _made(words.not_felt, words.bad_feelings),
        _made(words.everybody, words.good_deeds, after=words.to),
        _made(words.said_good, words.good),
        _made(words.done, words.good_deeds, after=words.to),
        words.good_sayings,
    )


def _neutral(words: _Lists) -> Iterable[str]:
    whens = cycle(words.when)
    return chain(words.flat, (next(whens) + flat for flat in words.flat))


def _made(
    templates: Iterable[str], words: Iterable[str], *, before: Iterable[str] = (), after: Iterable[str] = ()
) -> Iterator[str]:
    """Each word in the first template and in every third of the others; every third time with something
    around it."""
    befores, afters = cycle(before or [""]), cycle(after or [""])
    kept = (
        template.format(word)
        for (row, template), (column, word) in product(enumerate(templates), enumerate(words))
        if not row or not (row + column) % _THINNED
    )
    for number, text in enumerate(kept):
        yield text if number % _THINNED else next(befores) + text + next(afters)
