"""Counts over the embedded index: how many, by time, by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from monitor.documents import SENTIMENTS, Document
from monitor.index.port import Bucket, Histogram, Query, Terms, TermsField
from monitor.index.selection import Selection, check_aggregation, select
from monitor.index.store import SqliteStore
from monitor.index.stored import decode_document
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS

_NAMES: dict[TermsField, tuple[str, ...]] = {"kind": KINDS, "sentiment": SENTIMENTS, "emotion": EMOTIONS}
_IN_BODIES: dict[TermsField, Callable[[Document], Iterable[str]]] = {
    "author": lambda document: (document.author,),
    "watchlist": lambda document: set(document.watchlists),
    "target": lambda document: set(document.targets),
}


def count_documents(store: SqliteStore, query: Query) -> int:
    """How many documents the query finds."""
    selection = select(query)
    total: int = store.all(f"SELECT count(*) {selection.sql}", selection.parameters)[0][0]
    return total


def aggregate_documents(store: SqliteStore, query: Query, by: Histogram | Terms) -> list[Bucket]:
    """Count what the query finds by time or by value."""
    check_aggregation(by)
    selection = select(query)
    if isinstance(by, Histogram):
        return _by_time(store, selection, by)
    counts = _by_value(store, selection, by.field)
    ranked = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return [Bucket(value, count) for value, count in ranked[: by.size]]


def _by_time(store: SqliteStore, selection: Selection, by: Histogram) -> list[Bucket]:
    width, shift = by.interval_seconds * 1000, by.shift_seconds * 1000
    rows: list[tuple[int, int]] = store.all(
        "SELECT d.created_at - ((d.created_at - ?) % ? + ?) % ? AS start, count(*) "  # noqa: S608
        f"FROM {selection.tables} WHERE {selection.where} GROUP BY start ORDER BY start",
        (shift, width, width, width, *selection.parameters),
    )
    return [Bucket(start, count) for start, count in rows]


def _by_value(store: SqliteStore, selection: Selection, field: TermsField) -> Counter[str]:
    if field in _IN_BODIES:
        return _by_body(store, selection, _IN_BODIES[field])
    tables, column = selection.tables, f"d.{field}"
    if field == "campaign":
        tables += " JOIN memberships m ON m.docid = d.docid AND m.probability_milli > 0"
        column = "m.campaign"
    rows = store.all(
        f"SELECT {column} AS value, count(*) FROM {tables} WHERE {selection.where} "  # noqa: S608
        "GROUP BY value HAVING value IS NOT NULL",
        selection.parameters,
    )
    names = _NAMES.get(field)
    return Counter({value if names is None else names[value]: count for value, count in rows})


def _by_body(
    store: SqliteStore, selection: Selection, values: Callable[[Document], Iterable[str]]
) -> Counter[str]:
    """Values that lie in the documents themselves: each found document is read."""
    counts: Counter[str] = Counter()
    inner = f"SELECT d.docid {selection.sql}"
    with store.explained():
        for (body,) in store.connection.execute(
            f"SELECT body FROM bodies WHERE docid IN ({inner})",  # noqa: S608
            selection.parameters,
        ):
            counts.update(values(decode_document(body)))
    return counts
