"""Counting what a page of the embedded index shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.documents import SENTIMENTS
from monitor.index.columns import Columns, Table, Whole, watchlist_sets
from monitor.index.counting import aggregate_documents
from monitor.index.documents import json_list
from monitor.index.port import Bucket, Cut, Overview, Query, Terms, TermsField, TextCount
from monitor.index.selection import check_aggregation, order_of, select
from monitor.index.store import SqliteStore
from monitor.index.stored import decode_document
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
    first = oldest - (oldest - shift) % width
    bars = np.bincount((times - first) // width)
    filled = np.flatnonzero(bars)
    people, per_person = _counted(table.authors[found])
    counted = Counted(store, table, found, query, people, per_person)
    return Overview(
        records=int(found.size),
        texts=int(_counted(table.texts[found])[0].size),
        people=int(people.size),
        exact=True,
        facets={facet.field: counted.facet(facet) for facet in facets},
        histogram=tuple(map(Bucket, (filled * width + first).tolist(), bars[filled].tolist())),
        interval_seconds=histogram.interval_seconds,
        oldest=oldest,
        newest=newest,
    )


def _counted(values: Whole) -> tuple[Whole, Whole]:
    """Distinct values, rising, and how often each stands there (``np.unique``, for less)."""
    rising = np.sort(values)
    begins = np.flatnonzero(np.concatenate(([True], rising[1:] != rising[:-1])))
    return rising[begins], np.diff(begins, append=rising.size)


@dataclass(frozen=True)
class Counted:
    """What a query found, by place; its authors (``people``) and how many records each has."""

    store: SqliteStore
    table: Table
    found: Whole
    query: Query
    people: Whole
    per_person: Whole

    def facet(self, facet: Terms) -> tuple[Bucket, ...]:
        """The most frequent values of a field."""
        match facet.field:
            case "author":
                return self._authors(facet.size)
            case "campaign":
                return ranked(Counter(self.table.campaigns_of(self.found)), facet.size)
            case "target":
                return tuple(aggregate_documents(self.store, self.query, facet))
            case field:
                return ranked(self._named(field), facet.size)

    def _named(self, field: TermsField) -> Counter[str]:
        """Counts by what the stored codes stand for."""
        table, found = self.table, self.found
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
                for number, names in watchlist_sets(self.store).items():
                    if number < counts.size and counts[number]:
                        named.update(dict.fromkeys(names, int(counts[number])))
                return named

    def _authors(self, size: int) -> tuple[Bucket, ...]:
        """The most frequent authors; their pseudonyms are read from one document of each."""
        most = np.argsort(-self.per_person, kind="stable")[:size].tolist()
        named: Counter[str] = Counter()
        for place in most:
            first = int(np.argmax(self.table.authors == self.people[place]))
            rows = self.store.all("SELECT body FROM bodies WHERE docid = ?", (first + 1,))
            named[decode_document(rows[0][0]).author] = int(self.per_person[place])
        return ranked(named, size)


def _by_code(codes: NDArray[np.int32], names: Sequence[str]) -> Counter[str]:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    return Counter({name: int(count) for name, count in zip(names, counts, strict=True) if count})


def ranked(counts: Counter[str], size: int) -> tuple[Bucket, ...]:
    """The most frequent values, ties by value."""
    ordered = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return tuple(Bucket(value, count) for value, count in ordered[:size])


def count_texts(store: SqliteStore, query: Query, keys: Sequence[int], *, firsts: bool) -> list[TextCount]:
    """How often each of these texts is found, and which document of it comes first."""
    selection = select(query)
    wanted = json_list(list(keys))
    tail = f"{selection.sql} AND d.text_key IN (SELECT value FROM json_each(?))"  # noqa: S608
    rows = store.all(f"SELECT d.text_key, count(*) {tail} GROUP BY 1", (*selection.parameters, wanted))
    counts: dict[int, int] = dict(rows)
    if not firsts:
        return [TextCount(key, count) for key, count in counts.items()]
    order = order_of(query, selection)
    first: dict[int, str] = {}
    in_order = f"ORDER BY {order.key} {order.way}, d.id {order.id_way}"
    for key, identity in store.all(
        f"SELECT d.text_key, d.id {tail} {in_order}", (*selection.parameters, wanted)
    ):
        first.setdefault(key, identity)
    return [TextCount(key, count, first[key] if count > 1 else None) for key, count in counts.items()]
