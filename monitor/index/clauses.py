"""From a condition to SQL over the embedded index.

As much as can be goes into one full-text expression, which the engine answers from its inverted index; what
is left becomes conditions on the rows found.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.index.conditions import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Condition,
    ConditionField,
    Has,
    Not,
    Within,
    Words,
    phrases_of,
)
from monitor.index.store import Value
from monitor.index.stored import find_emotion_code, kind_code, sentiment_code
from monitor.index.terms import key_expression, words_expression

Clause = tuple[str, list[Value]]
"""SQL over ``documents d`` that is 0 or 1, never NULL, and its parameters."""

_MATCHED = "d.docid IN (SELECT rowid FROM terms WHERE terms MATCH ?)"
_MEMBER = "d.docid IN (SELECT docid FROM memberships WHERE campaign = ? AND probability_milli > 0)"


def full_text(condition: Condition) -> tuple[str | None, Condition]:
    """The full-text expression that everything found must match (None: there is none), and what else a
    simplified condition asks.
    """
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    positive = [part for part in parts if expression(part) is not None]
    if not positive:
        return None, condition
    negative = [part for part in parts if isinstance(part, Not) and expression(part.part) is not None]
    rest = [part for part in parts if part not in positive and part not in negative]
    match = expression(AllOf((*positive, *negative)))
    return match, AllOf(tuple(rest)) if len(rest) != 1 else rest[0]


def expression(condition: Condition) -> str | None:
    """A simplified condition as one full-text expression; None when it cannot be one."""
    match condition:
        case Words():
            return words_expression(phrases_of(condition))
        case Has("author" | "watchlist" | "target" as field, value):
            return key_expression(field, value)
        case AnyOf(parts):
            return _all_of(" OR ", parts)
        case AllOf(parts):
            kept = _all_of(" AND ", [part for part in parts if not isinstance(part, Not)])
            left_out = [part.part for part in parts if isinstance(part, Not)]
            if kept is None or not left_out:
                return kept
            without = _all_of(" OR ", left_out)
            return None if without is None else f"({kept}) NOT ({without})"
        case _:
            return None


def _all_of(joint: str, parts: Sequence[Condition]) -> str | None:
    found = [expression(part) for part in parts]
    known = [f"({one})" for one in found if one is not None]
    return joint.join(known) if known and len(known) == len(found) else None


def clause_of(condition: Condition) -> Clause:
    """A simplified condition as SQL."""
    match = expression(condition)
    if match is not None:
        return _MATCHED, [match]
    if condition == EVERYTHING:
        return "1", []
    match condition:
        case Has(field, value):
            return _column(field, value)
        case Within(after, before):
            return _time(after, before)
        case Not(part):
            clause, values = clause_of(part)
            return f"NOT ({clause})", values
        case AllOf(parts):
            return _joined(" AND ", parts)
        case AnyOf(parts):
            return _joined(" OR ", parts)
        case Words():
            return "0", []


def _joined(joint: str, parts: Sequence[Condition]) -> Clause:
    clauses: list[str] = []
    values: list[Value] = []
    for part in parts:
        clause, of_part = clause_of(part)
        clauses.append(f"({clause})")
        values += of_part
    return joint.join(clauses) or "0", values


def _column(field: ConditionField, value: str) -> Clause:
    match field:
        case "platform":
            return "d.platform = ?", [value]
        case "kind":
            return "d.kind = ?", [kind_code(value)]
        case "sentiment":
            return "d.sentiment = ?", [sentiment_code(value)]
        case "emotion":
            return "d.emotion IS ?", [find_emotion_code(value)]
        case "campaign":
            return _MEMBER, [value]
        case _:
            raise AssertionError(field)


def _time(after: int | None, before: int | None) -> Clause:
    bounds = [("d.created_at >= ?", after), ("d.created_at < ?", before)]
    given = [(clause, bound) for clause, bound in bounds if bound is not None]
    return " AND ".join(clause for clause, _ in given) or "1", [bound for _, bound in given]
