"""Pages on which each text stands once: near-duplicates are folded into the first of them, with their count.

The first of a text's documents, in the order asked for, stands for all of them; so each text comes on one
page only, however far one reads. Works on every engine, by its own counts of texts.
"""

from __future__ import annotations

import msgspec

from monitor.index.cursor import Place, read_cursor, write_cursor
from monitor.index.facts import text_key
from monitor.index.port import Hit, OpinionReader, Query

_ROUNDS = 6
_MOST_AT_ONCE = 500
_AHEAD = 3


class FoldedHit(msgspec.Struct, frozen=True):
    """A document and how many of the query's documents have its text, itself included."""

    hit: Hit
    copies: int


class FoldedPage(msgspec.Struct, frozen=True):
    """Up to the query's limit of texts; ``cursor`` is None on the last page.

    A page inside a flood of one text may hold fewer, and still have a cursor.
    """

    hits: tuple[FoldedHit, ...]
    cursor: str | None


def search_folded(index: OpinionReader, query: Query) -> FoldedPage:
    """One page of texts. Raises ``QueryError``."""
    read_cursor(query)
    kept: list[FoldedHit] = []
    seen: set[int] = set()
    cursor = query.cursor
    for _ in range(_ROUNDS):
        ahead = min(_MOST_AT_ONCE, (query.limit - len(kept)) * _AHEAD)
        page = index.search(msgspec.structs.replace(query, cursor=cursor, limit=ahead))
        counts = {
            one.key: one
            for one in index.text_counts(query, list({text_key(hit.document) for hit in page.hits} - seen))
        }
        for place, hit in enumerate(page.hits):
            key = text_key(hit.document)
            counted = counts.get(key)
            if counted is not None and counted.first == hit.document.id:
                kept.append(FoldedHit(hit, counted.count))
            if len(kept) == query.limit:
                behind = write_cursor(query, Place(page.keys[place], hit.document.id))
                is_last = place + 1 == len(page.hits) and page.cursor is None
                return FoldedPage(tuple(kept), None if is_last else behind)
        seen |= counts.keys()
        cursor = page.cursor
        if cursor is None:
            break
    return FoldedPage(tuple(kept), cursor)
