"""Conditions: what a document must be like, as a tree of ``and``, ``or`` and ``not`` over words and fields.

The console's search language (``monitor.console.search_language``) is read into such a tree; every engine
finds the same documents for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from monitor.errors import QueryError
from monitor.index.words import MAX_SEARCH_CHARACTERS, Phrase, too_long, wanted
from monitor.language import message

ConditionField = Literal[
    "platform", "kind", "sentiment", "emotion", "watchlist", "author", "target", "campaign"
]
MOST_LEAVES = 200
DEEPEST = 12
_UNQUOTED = re.compile('["“”＂]')


class Words(msgspec.Struct, frozen=True, tag="words"):
    """Words of the text, as in ``Query.text``: all must be found, or, as a ``phrase``, stand as they are.

    Words without anything searchable are found nowhere.
    """

    text: str
    phrase: bool = False


class Has(msgspec.Struct, frozen=True, tag="has"):
    """The field has the value (for watchlists, targets and campaigns: it is one of them)."""

    field: ConditionField
    value: str


class Within(msgspec.Struct, frozen=True, tag="within"):
    """Event time in [after, before), milliseconds; a bound that is None does not bind."""

    after: int | None = None
    before: int | None = None


class AllOf(msgspec.Struct, frozen=True, tag="all"):
    """Every part holds; without parts it always does."""

    parts: tuple[Condition, ...]


class AnyOf(msgspec.Struct, frozen=True, tag="any"):
    """At least one part holds; without parts none does."""

    parts: tuple[Condition, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The part does not hold."""

    part: Condition


Condition = Words | Has | Within | AllOf | AnyOf | Not


def leaves(condition: Condition, depth: int = 0) -> Iterator[tuple[Words | Has | Within, int]]:
    """The leaves of a condition with how deep they lie."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part, depth + 1)
        case Not(part):
            yield from leaves(part, depth + 1)
        case Words() | Has() | Within():
            yield condition, depth


ALL = "all"
"""The watchlist that figures of every record go by, and what stands for every platform."""
EVERYTHING = AllOf(())
NOTHING = AnyOf(())


def phrases_of(words: Words) -> tuple[Phrase, ...]:
    """What must all be found for these words; nothing when there is nothing searchable in them."""
    return wanted(f'"{_UNQUOTED.sub(" ", words.text)}"' if words.phrase else words.text) or ()


def check_size(condition: Condition) -> None:
    """Raise ``QueryError`` for more than engines take."""
    characters = 0
    for count, (leaf, depth) in enumerate(leaves(condition), 1):
        characters += len(leaf.text) if isinstance(leaf, Words) else 0
        if depth > DEEPEST:
            raise QueryError(
                message("the query nests more than {most} levels; take some parentheses out"), most=DEEPEST
            )
        if count > MOST_LEAVES:
            raise QueryError(
                message("the query has more than {most} parts; search for fewer at once"), most=MOST_LEAVES
            )
        if characters > MAX_SEARCH_CHARACTERS:
            raise too_long(characters)


def simplified(condition: Condition) -> Condition:
    """The same condition without what is certain (words that cannot be searched are found nowhere; the
    watchlist and the platform ``all`` have every record) and without trees in trees: ``EVERYTHING``,
    ``NOTHING``, or neither of them anywhere inside.
    """
    match condition:
        case Has("watchlist" | "platform", value) if value == ALL:
            return EVERYTHING
        case Words():
            return condition if phrases_of(condition) else NOTHING
        case Not(part):
            return _negated(simplified(part))
        case AllOf(parts):
            return _joined(AllOf, parts, EVERYTHING, NOTHING)
        case AnyOf(parts):
            return _joined(AnyOf, parts, NOTHING, EVERYTHING)
        case _:
            return condition


def _negated(part: Condition) -> Condition:
    if part in {EVERYTHING, NOTHING}:
        return NOTHING if part == EVERYTHING else EVERYTHING
    return part.part if isinstance(part, Not) else Not(part)


def _joined(
    kind: type[AllOf] | type[AnyOf], parts: tuple[Condition, ...], neutral: Condition, decisive: Condition
) -> Condition:
    flat: list[Condition] = []
    for part in map(simplified, parts):
        if part == decisive:
            return decisive
        if part != neutral:
            flat += part.parts if isinstance(part, kind) else [part]
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else kind(unique)


def is_wordy(condition: Condition) -> bool:
    """Whether a simplified condition speaks of words only, joined by and and or."""
    match condition:
        case Words():
            return True
        case AllOf(parts) | AnyOf(parts):
            return bool(parts) and all(is_wordy(part) for part in parts)
        case _:
            return False


def asks_words(condition: Condition) -> bool:
    """Whether a simplified condition finds only what has some of its words: there is something to rank by."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return any(is_wordy(part) for part in parts)


def sought_words(condition: Condition, *, wanted_here: bool = True) -> Iterator[Words]:
    """The words that may stand in what is found (not those that must not)."""
    match condition:
        case Words():
            if wanted_here:
                yield condition
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from sought_words(part, wanted_here=wanted_here)
        case Not(part):
            yield from sought_words(part, wanted_here=not wanted_here)
        case Has() | Within():
            pass
