"""A search finds words in simplified and traditional characters alike, however they were typed."""

from __future__ import annotations

from monitor.errors import QueryError
from monitor.index.conditions import AllOf, AnyOf, Condition, Not, Words, check_size
from monitor.scripts import spellings


def in_every_script(condition: Condition) -> Condition:
    """The same condition with each word in either script; as it is where that would be too much to ask."""
    spelled = _spelled(condition)
    try:
        check_size(spelled)
    except QueryError:
        return condition
    return spelled


def _spelled(condition: Condition) -> Condition:
    match condition:
        case Words(text, phrase):
            ways = tuple(Words(one, phrase) for one in spellings(text))
            return condition if len(ways) == 1 else AnyOf(ways)
        case AllOf(parts):
            return AllOf(tuple(map(_spelled, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(_spelled, parts)))
        case Not(part):
            return Not(_spelled(part))
        case _:
            return condition
