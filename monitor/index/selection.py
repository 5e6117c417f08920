"""From a ``Query`` to the rows of the embedded index that it selects.

Every part of a query is checked here; raises ``QueryError``.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import QueryError
from monitor.index.port import Histogram, Query, Terms
from monitor.index.store import Value
from monitor.index.stored import kind_code, sentiment_code
from monitor.index.terms import KeyField, key_term, match_expression
from monitor.index.words import wanted

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
    check_query(query)
    phrases = wanted(query.text)
    if phrases is not None and not phrases:
        return Selection("documents d", ("0",), (), ranked=False)
    conditions: list[str] = []
    parameters: list[Value] = []
    tables = "documents d"
    match = match_expression(phrases or (), _keys(query)) if phrases or _keys(query) else ""
    if match:
        tables = "terms CROSS JOIN documents d ON d.docid = terms.rowid"
        conditions.append("terms MATCH ?")
        parameters.append(match)
    for condition, value in _column_conditions(query):
        conditions.append(condition)
        parameters.append(value)
    return Selection(tables, tuple(conditions), tuple(parameters), ranked=bool(phrases))


def _keys(query: Query) -> list[str]:
    asked: tuple[tuple[KeyField, str | None], ...] = (
        ("author", query.author),
        ("watchlist", query.watchlist),
        ("target", query.target),
    )
    return [key_term(field, value) for field, value in asked if value is not None]


def _column_conditions(query: Query) -> list[tuple[str, Value]]:
    asked: tuple[tuple[str, Value], ...] = (
        ("d.platform = ?", query.platform),
        ("d.kind = ?", None if query.kind is None else kind_code(query.kind)),
        ("d.sentiment = ?", None if query.sentiment is None else sentiment_code(query.sentiment)),
        ("d.created_at >= ?", query.after),
        ("d.created_at < ?", query.before),
        (
            "d.docid IN (SELECT docid FROM memberships WHERE campaign = ? AND probability_milli > 0)",
            query.campaign,
        ),
    )
    return [(condition, value) for condition, value in asked if value is not None]


_INT64 = 1 << 63


def check_query(query: Query) -> None:
    """Raise ``QueryError`` for a page size, a text or a time that no engine can look for."""
    if not 1 <= query.limit <= MAX_PAGE:
        raise QueryError(f"limit is {query.limit}; a page holds 1 to {MAX_PAGE} documents")
    for name in ("text", "platform", "watchlist", "author", "campaign", "target"):
        value: str | None = getattr(query, name)
        if value is not None:
            check_text(name, value)
    for name, moment in (("after", query.after), ("before", query.before)):
        if moment is not None and not -_INT64 <= moment < _INT64:
            raise QueryError(f"{name} is {moment}; give milliseconds since the epoch")


def check_text(name: str, value: str) -> None:
    """Raise ``QueryError`` for what is not text (lone surrogates, as from a badly encoded command line)."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise QueryError(f"{name} is {value!a}, which is not UTF-8 text") from error


def check_aggregation(by: Histogram | Terms) -> None:
    """Raise ``QueryError`` for an interval or a size that is out of bounds."""
    if isinstance(by, Histogram) and by.interval_seconds < 1:
        raise QueryError(f"the interval is {by.interval_seconds} s; it must be at least 1 s")
    if isinstance(by, Terms) and not 1 <= by.size <= MAX_BUCKETS:
        raise QueryError(f"size is {by.size}; 1 to {MAX_BUCKETS} values can be counted")
