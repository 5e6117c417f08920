"""Counting what a page of the embedded index shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.index.columns import Columns, Table, Whole, watchlist_sets
from monitor.index.counting import aggregate_documents
from monitor.index.documents import json_list
from monitor.index.port import Bucket, Cut, Overview, Query, Terms, TermsField, TextCount
from monitor.index.selection import check_aggregation, order_of, select
from monitor.index.store import SqliteStore
from monitor.index.stored import SENTIMENTS, decode_document
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS


def overview_documents(
    store: SqliteStore, columns: Columns, query: Query, facets: Sequence[Terms], cut: Cut
) -> Overview:
    """Count what the query finds, exactly."""
    for facet in facets:
        check_aggregation(facet)
    table = columns.refresh(store)
    found = table.found(query)
    if not found.size:
        return Overview.of_nothing(facets)
    times = table.created_at[found]
    oldest, newest = int(times.min()), int(times.max())
    histogram = cut(oldest, newest)
    check_aggregation(histogram)
    width, shift = histogram.interval_seconds * 1000, histogram.shift_seconds * 1000
    starts, counts = np.unique(times - (times - shift) % width, return_counts=True)
    return Overview(
        records=int(found.size),
        texts=int(np.unique(table.texts[found]).size),
        people=int(np.unique(table.authors[found]).size),
        exact=True,
        facets={facet.field: _facet(store, table, found, query, facet) for facet in facets},
        histogram=tuple(map(Bucket, starts.tolist(), counts.tolist())),
        interval_seconds=histogram.interval_seconds,
        oldest=oldest,
        newest=newest,
    )


def _facet(store: SqliteStore, table: Table, found: Whole, query: Query, facet: Terms) -> tuple[Bucket, ...]:
    match facet.field:
        case "author":
            return _authors(store, table, found, facet.size)
        case "campaign":
            return ranked(Counter(table.campaigns_of(found)), facet.size)
        case "target":
            return tuple(aggregate_documents(store, query, facet))
        case field:
            return ranked(_named(store, table, found, field), facet.size)


def _named(store: SqliteStore, table: Table, found: Whole, field: TermsField) -> Counter[str]:
    """Counts by what the stored codes stand for."""
    match field:
        case "kind":
            return _by_code(table.kinds[found], KINDS)
        case "sentiment":
            return _by_code(table.sentiments[found], SENTIMENTS)
        case "emotion":
            return _by_code(table.emotions[found], EMOTIONS)
        case "platform":
            return _by_code(table.platforms[found], tuple(table.platform_codes))
        case _:
            named: Counter[str] = Counter()
            counts = np.bincount(table.watchlist_sets[found])
            for number, names in watchlist_sets(store).items():
                if number < counts.size and counts[number]:
                    named.update(dict.fromkeys(names, int(counts[number])))
            return named


def _by_code(codes: NDArray[np.int32], names: Sequence[str]) -> Counter[str]:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    return Counter({name: int(count) for name, count in zip(names, counts, strict=True) if count})


def _authors(store: SqliteStore, table: Table, found: Whole, size: int) -> tuple[Bucket, ...]:
    """The most frequent authors, by the bodies of one document of each."""
    _, first, counts = np.unique(table.authors[found], return_index=True, return_counts=True)
    most = np.argsort(-counts, kind="stable")[:size]
    numbers = (found[first[most]] + 1).tolist()
    bodies: dict[int, bytes] = dict(
        store.all(
            "SELECT docid, body FROM bodies WHERE docid IN (SELECT value FROM json_each(?))",
            (json_list(numbers),),
        )
    )
    named = {
        decode_document(bodies[number]).author: int(counts[at])
        for number, at in zip(numbers, most, strict=True)
    }
    return ranked(Counter(named), size)


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
