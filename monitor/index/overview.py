"""Counting what a page of the embedded index shows, in one pass over the rows found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from monitor.index.counting import aggregate_documents
from monitor.index.documents import json_list
from monitor.index.port import Bucket, Histogram, Overview, Query, Terms, TermsField, TextCount
from monitor.index.selection import check_aggregation, order_of, select
from monitor.index.store import SqliteStore
from monitor.index.stored import SENTIMENTS
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS

_Counts = Counter[str | int]
_COLUMNS = (
    "d.created_at, d.platform, d.kind, d.sentiment, d.emotion, d.watchlist_set, d.author_key, d.text_key"
)
_AT: dict[TermsField, int] = {"platform": 1, "kind": 2, "sentiment": 3, "emotion": 4, "watchlist": 5}
_NAMES: dict[TermsField, tuple[str, ...]] = {"kind": KINDS, "sentiment": SENTIMENTS, "emotion": EMOTIONS}


def overview_documents(
    store: SqliteStore, query: Query, facets: Sequence[Terms], histogram: Histogram
) -> Overview:
    """Count what the query finds: exact, from the rows themselves."""
    check_aggregation(histogram)
    for facet in facets:
        check_aggregation(facet)
    selection = select(query)
    rows = store.all(f"SELECT {_COLUMNS} {selection.sql}", selection.parameters)
    columns = list(zip(*rows, strict=True)) or [()] * 8
    counted: dict[TermsField, tuple[Bucket, ...]] = {}
    for facet in facets:
        if facet.field in _AT:
            counts = _named(store, facet.field, Counter(columns[_AT[facet.field]]))
            counted[facet.field] = ranked(counts, facet.size)
        else:
            counted[facet.field] = tuple(aggregate_documents(store, query, facet))
    width, shift = histogram.interval_seconds * 1000, histogram.shift_seconds * 1000
    starts = Counter([at - (at - shift) % width for at in columns[0]])
    return Overview(
        records=len(rows),
        texts=len(set(columns[7])),
        people=len(set(columns[6])),
        exact=True,
        facets=counted,
        histogram=tuple(Bucket(start, count) for start, count in sorted(starts.items())),
    )


def _named(store: SqliteStore, field: TermsField, counts: Counter[int | str | None]) -> Counter[str]:
    """Counts by what the stored codes stand for."""
    if field == "watchlist":
        return _by_watchlist(store, counts)
    names = _NAMES.get(field)
    named: Counter[str] = Counter()
    for code, count in counts.items():
        if code is not None:
            named[names[code] if names is not None and isinstance(code, int) else str(code)] += count
    return named


def _by_watchlist(store: SqliteStore, counts: Counter[int | str | None]) -> Counter[str]:
    named: Counter[str] = Counter()
    for number, names in store.all("SELECT id, names FROM watchlist_sets"):
        for name in msgspec.json.decode(names, type=list[str]) if counts[number] else ():
            named[name] += counts[number]
    return named


def ranked(counts: Counter[str], size: int) -> tuple[Bucket, ...]:
    """The most frequent values, ties by value."""
    ordered = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return tuple(Bucket(value, count) for value, count in ordered[:size])


def count_texts(store: SqliteStore, query: Query, keys: Sequence[int]) -> list[TextCount]:
    """How often each of these texts is found, and which document of it comes first."""
    selection = select(query)
    order = order_of(query, selection)
    rows: list[tuple[int, str]] = store.all(
        f"SELECT d.text_key, d.id FROM {selection.tables} "  # noqa: S608
        f"WHERE {selection.where} AND d.text_key IN (SELECT value FROM json_each(?)) "
        f"ORDER BY {order.key} {order.way}, d.id {order.id_way}",
        (*selection.parameters, json_list(list(keys))),
    )
    counts = Counter(key for key, _ in rows)
    first: dict[int, str] = {}
    for key, identity in rows:
        first.setdefault(key, identity)
    return [TextCount(key, counts[key], identity) for key, identity in first.items()]
