"""From a ``Query`` to the rows of the embedded index that it selects.

Every part of a query is checked here; raises ``QueryError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import msgspec

from monitor.errors import QueryError
from monitor.index.clauses import clause_of, full_text
from monitor.index.conditions import (
    EVERYTHING,
    AllOf,
    Condition,
    ConditionField,
    Has,
    Within,
    Words,
    asks_words,
    check_size,
    leaves,
    simplified,
)
from monitor.index.port import Histogram, Query, Terms
from monitor.index.store import Value
from monitor.index.words import check_text
from monitor.language import message

MAX_PAGE = 10_000
MAX_BUCKETS = 10_000


@dataclass(frozen=True)
class Selection:
    """The tail of a statement: ``FROM … WHERE …`` and its parameters.

    ``ranked`` says that words were asked for, so that ``bm25(terms, 1.0, 0.0)`` means something.
    """

    tables: str
    conditions: tuple[str, ...]
    parameters: tuple[Value, ...]
    ranked: bool

    @property
    def sql(self) -> str:
        """``FROM`` and ``WHERE`` clauses."""
        return f"FROM {self.tables} WHERE {self.where}"

    @property
    def where(self) -> str:
        """All conditions as one."""
        return " AND ".join(self.conditions) or "1"


def select(query: Query) -> Selection:
    """The documents that a query finds, whatever its sort, limit and cursor."""
    condition = condition_of(query)
    tables, conditions, parameters = "documents d", list[str](), list[Value]()
    match, rest = full_text(condition)
    if match is not None:
        tables = "terms CROSS JOIN documents d ON d.docid = terms.rowid"
        conditions.append("terms MATCH ?")
        parameters.append(match)
    if rest != EVERYTHING:
        clause, values = clause_of(rest)
        conditions.append(f"({clause})")
        parameters += values
    if query.without_campaigns:
        conditions.append(_NO_CAMPAIGN)
    if query.without_texts:
        conditions.append("d.text_key NOT IN (SELECT value FROM json_each(?))")
        parameters.append(msgspec.json.encode(query.without_texts).decode())
    return Selection(tables, tuple(conditions), tuple(parameters), ranked=asks_words(condition))


@dataclass(frozen=True)
class Order:
    """What hits are sorted by, as SQL over ``documents d``; ids settle ties."""

    key: str
    way: str
    id_way: str
    ranked: bool = False

    @property
    def beyond(self) -> str:
        """How a key after another compares with it."""
        return ">" if self.way == "ASC" else "<"

    @property
    def id_beyond(self) -> str:
        """How an id after another of the same key compares with it."""
        return ">" if self.id_way == "ASC" else "<"


def order_of(query: Query, selection: Selection) -> Order:
    """The order of a query's hits."""
    match query.sort:
        case "oldest":
            return Order("d.created_at", "ASC", "ASC")
        case "reach":
            return Order("d.reach", "DESC", "ASC")
        case "relevance" if selection.ranked:
            return Order("bm25(terms, 1.0, 0.0)", "ASC", "ASC", ranked=True)
        case _:
            return Order("d.created_at", "DESC", "DESC")


_NO_CAMPAIGN = "NOT EXISTS (SELECT 1 FROM memberships n WHERE n.docid = d.docid AND n.probability_milli > 0)"


def condition_of(query: Query) -> Condition:
    """All that a query asks as one simplified condition (but for ``without_…``).

    Raises ``QueryError``.
    """
    check_query(query)
    parts: list[Condition] = []
    if query.text.strip():
        parts.append(Words(query.text))
    parts += [Has(field, value) for field in _FIELDS if (value := getattr(query, field)) is not None]
    if query.after is not None or query.before is not None:
        parts.append(Within(query.after, query.before))
    if query.condition is not None:
        parts.append(query.condition)
    return simplified(AllOf(tuple(parts)))


def bounds_of(query: Query) -> tuple[int | None, int | None]:
    """The event time [after, before) outside of which the query finds nothing, as far as it says so."""
    condition = condition_of(query)
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    within = [part for part in parts if isinstance(part, Within)]
    after = [part.after for part in within if part.after is not None]
    before = [part.before for part in within if part.before is not None]
    return max(after, default=None), min(before, default=None)


_FIELDS: tuple[ConditionField, ...] = get_args(ConditionField)


def is_ranked(query: Query) -> bool:
    """Whether hits are in order of relevance: only words can be more or less relevant."""
    return query.sort == "relevance" and asks_words(condition_of(query))


_INT64 = 1 << 63


def check_query(query: Query) -> None:
    """Raise ``QueryError`` for a page size, a text or a time that no engine can look for."""
    if not 1 <= query.limit <= MAX_PAGE:
        raise QueryError(
            message("the page size is {limit}; it can be 1 to {most}"), limit=query.limit, most=MAX_PAGE
        )
    for name in ("text", "platform", "watchlist", "author", "campaign", "target", "emotion"):
        value: str | None = getattr(query, name)
        if value is not None:
            check_text(name, value)
    if query.condition is not None:
        _check_condition(query.condition)
    _check_times(query.after, query.before)


def _check_condition(condition: Condition) -> None:
    check_size(condition)
    for leaf, _ in leaves(condition):
        match leaf:
            case Words(text):
                check_text("the search text", text)
            case Has(field, value):
                check_text(field, value)
            case Within(after, before):
                _check_times(after, before)


def _check_times(after: int | None, before: int | None) -> None:
    for name, moment in (("after", after), ("before", before)):
        if moment is not None and not -_INT64 <= moment < _INT64:
            raise QueryError(
                message("{name} is {value}; give milliseconds since the epoch"), name=name, value=moment
            )


def check_aggregation(by: Histogram | Terms) -> None:
    """Raise ``QueryError`` for an interval or a size that is out of bounds."""
    if isinstance(by, Histogram) and by.interval_seconds < 1:
        raise QueryError(
            message("the interval is {seconds} s; it must be at least 1 s"), seconds=by.interval_seconds
        )
    if isinstance(by, Terms) and not 1 <= by.size <= MAX_BUCKETS:
        raise QueryError(
            message("{count} values are asked for; 1 to {most} can be counted"),
            count=by.size,
            most=MAX_BUCKETS,
        )
