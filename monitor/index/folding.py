"""Pages on which each text stands once: near-duplicates are folded into the first of them, with their count.

The first of a text's documents, in the order asked for, stands for all of them; so each text comes on one
page only, however far one reads. Works on every engine, by its own counts of texts.
"""

from __future__ import annotations

import math

import msgspec

from monitor.index.cursor import Place, read_cursor, write_cursor
from monitor.index.facts import text_key
from monitor.index.port import Hit, OpinionReader, Query

_ROUNDS = 6
_MOST_AT_ONCE = 500
_FIRST_AHEAD, _AHEAD = 1.5, 3
"""So many times the page is looked through at first, and then again. Most talk repeats itself little, and an
engine takes a quarter of a millisecond to fetch a document.
"""


class FoldedHit(msgspec.Struct, frozen=True):
    """A document and how many of the query's documents have its text, itself included."""

    hit: Hit
    copies: int


class FoldedPage(msgspec.Struct, frozen=True):
    """Up to the query's limit of texts; ``cursor`` is None on the last page.

    A page may hold fewer, and still have a cursor, where few of very many texts come for the first time.
    """

    hits: tuple[FoldedHit, ...]
    cursor: str | None


def search_folded(index: OpinionReader, query: Query) -> FoldedPage:
    """One page of texts. Raises ``QueryError``."""
    place = read_cursor(query)
    from_the_start = place is None
    kept: list[FoldedHit] = []
    seen: set[int] = set()
    flooding: set[int] = set()
    for turn in range(_ROUNDS):
        ahead = math.ceil(query.limit * (_AHEAD if turn else _FIRST_AHEAD))
        page = index.search(_beyond(query, place, flooding, ahead))
        keys = [text_key(hit.document) for hit in page.hits]
        fresh = list(dict.fromkeys(key for key in keys if key not in seen))
        # From the start on, the first hit of a text that one meets is the first there is.
        counted = index.text_counts(query, fresh, firsts=not from_the_start) if fresh else []
        counts = {one.key: one for one in counted}
        flooding |= {one.key for one in counted if one.count > 1}
        for number, (key, hit) in enumerate(zip(keys, page.hits, strict=True)):
            place = Place(page.keys[number], hit.document.id)
            one = counts.get(key)
            if key in seen or one is None:
                continue
            seen.add(key)
            if from_the_start or one.first in {None, hit.document.id}:
                kept.append(FoldedHit(hit, one.count))
            if len(kept) == query.limit:
                is_last = number + 1 == len(page.hits) and page.cursor is None
                return FoldedPage(tuple(kept), None if is_last else write_cursor(query, place))
        if page.cursor is None:
            return FoldedPage(tuple(kept), None)
    return FoldedPage(tuple(kept), None if place is None else write_cursor(query, place))


def _beyond(query: Query, place: Place | None, flooding: set[int], ahead: int) -> Query:
    """What to look through next: texts that were met already are passed over, however many they are."""
    beyond = msgspec.structs.replace(
        query,
        without_texts=(*query.without_texts, *sorted(flooding)),
        limit=min(_MOST_AT_ONCE, ahead),
        cursor=None,
    )
    return beyond if place is None else msgspec.structs.replace(beyond, cursor=write_cursor(beyond, place))
