"""Where the words of a query stand in a text: our own, so that every engine's hits are marked alike."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.index.conditions import Words, phrases_of
from monitor.index.words import Phrase
from monitor.text import is_cjk, stretch_spans

Span = tuple[int, int]
"""Characters [start, end) of a text."""

_Unit = tuple[str, int, int, bool]
"""A CJK character or a word, where it stands, and whether a character follows right beside it."""


def highlights(text: str, sought: Iterable[Words]) -> tuple[Span, ...]:
    """The places of all words and phrases that are sought, in order; places that touch are one."""
    phrases = {phrase for words in sought for phrase in phrases_of(words)}
    row = list(_units(text)) if phrases else []
    found = sorted(span for phrase in phrases for span in _places(row, phrase))
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _units(text: str) -> Iterable[_Unit]:
    for stretch, start, end in stretch_spans(text):
        if is_cjk(stretch):
            for at, character in enumerate(stretch, start):
                yield character, at, at + 1, at + 1 < end
        else:
            yield stretch, start, end, False


def _places(row: list[_Unit], phrase: Phrase) -> Iterable[Span]:
    """Where a phrase stands: its characters and words one after the other, touching where they touch."""
    wanted: list[tuple[str, bool]] = []
    for stretch in phrase:
        if is_cjk(stretch):
            wanted += [(character, at + 1 < len(stretch)) for at, character in enumerate(stretch)]
        else:
            wanted.append((stretch, False))
    for at in range(len(row) - len(wanted) + 1):
        here = row[at : at + len(wanted)]
        if all(
            unit[0] == text and (unit[3] or not touches)
            for unit, (text, touches) in zip(here, wanted, strict=True)
        ):
            yield here[0][1], here[-1][2]
