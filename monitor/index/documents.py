"""Documents of the embedded index: stored once, found again page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from monitor.documents import Document
from monitor.index.cursor import Place, read_cursor, write_cursor
from monitor.index.facts import author_key, reach_of, text_key, watchlist_names
from monitor.index.port import FoundCampaign, Hit, Page, Query, Written
from monitor.index.selection import order_of, select
from monitor.index.store import SqliteStore
from monitor.index.stored import (
    decode_document,
    document_sentiment_code,
    emotion_code,
    encode_document,
    kind_code,
)
from monitor.index.terms import keys_of, words_of

_INSERT_DOCUMENT = "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_BODY = "INSERT INTO bodies VALUES (?, ?)"
_INSERT_TERMS = "INSERT INTO terms (rowid, words, keys) VALUES (?, ?, ?)"


def json_list(values: Sequence[str] | Sequence[int]) -> str:
    """A parameter for ``json_each``: any number of values in one statement."""
    return msgspec.json.encode(values).decode()


def create_documents(store: SqliteStore, documents: Sequence[Document]) -> list[Written]:
    """Store the documents whose id is not there yet; one outcome each, in order."""
    seen: set[str] = {
        identity
        for (identity,) in store.all(
            "SELECT id FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            (json_list([document.id for document in documents]),),
        )
    }
    fresh: list[Document] = []
    outcomes: list[Written] = []
    for document in documents:
        if document.id in seen:
            outcomes.append("duplicate")
            continue
        seen.add(document.id)
        fresh.append(document)
        outcomes.append("created")
    if fresh:
        _insert(store, fresh)
    return outcomes


def _insert(store: SqliteStore, fresh: Sequence[Document]) -> None:
    first: int = store.all("SELECT coalesce(max(docid), 0) + 1 FROM documents")[0][0]
    numbered = list(enumerate(fresh, first))
    names = [watchlist_names(document) for document in fresh]
    sets = _watchlist_sets(store, set(names))
    store.write(
        _INSERT_DOCUMENT,
        (
            (
                docid,
                document.id,
                document.created_at,
                document.platform,
                kind_code(document.kind),
                document_sentiment_code(document),
                emotion_code(document.emotion),
                reach_of(document),
                author_key(document),
                text_key(document),
                sets[name],
            )
            for (docid, document), name in zip(numbered, names, strict=True)
        ),
    )
    store.write(_INSERT_BODY, ((docid, encode_document(document)) for docid, document in numbered))
    store.write(
        _INSERT_TERMS,
        ((docid, words_of(document.text), keys_of(document)) for docid, document in numbered),
    )


def _watchlist_sets(store: SqliteStore, names: set[str]) -> dict[str, int]:
    """The number of each set of watchlists; new ones get one."""
    store.write(
        "INSERT INTO watchlist_sets (names) VALUES (?) ON CONFLICT DO NOTHING",
        [(one,) for one in sorted(names)],
    )
    return dict(store.all("SELECT names, id FROM watchlist_sets"))


def get_document(store: SqliteStore, identity: str) -> Hit | None:
    """One document by its id."""
    found: list[tuple[int]] = store.all("SELECT docid FROM documents WHERE id = ?", (identity,))
    return next(iter(_hits(store, [docid for (docid,) in found])), None)


def search_documents(store: SqliteStore, query: Query) -> Page:
    """One page of what the query finds."""
    rows = _page(store, query)
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    hits = tuple(_hits(store, [docid for docid, _, _ in rows[: query.limit]]))
    cursor = None if last is None else write_cursor(query, Place(last[1], last[2]))
    return Page(hits, cursor, tuple(key for _, key, _ in rows[: query.limit]))


def _page(store: SqliteStore, query: Query) -> list[tuple[int, int | float, str]]:
    """``(docid, sort key, id)`` of one page and, where there is one, the first hit after it."""
    place = read_cursor(query)
    selection = select(query)
    order = order_of(query, selection)
    conditions, parameters = list(selection.conditions), list(selection.parameters)
    if order.ranked:
        inner = f"SELECT d.docid, {order.key} AS key, d.id AS id {selection.sql}"
        sql = f"SELECT docid, key, id FROM ({inner})"  # noqa: S608
        conditions = []
    else:
        sql = f"SELECT d.docid, {order.key} AS key, d.id FROM {selection.tables}"  # noqa: S608
    if place is not None:
        key = "key" if order.ranked else order.key
        conditions += [f"{key} {order.beyond}= ?", f"({key} {order.beyond} ? OR id {order.id_beyond} ?)"]
        parameters += [place.key, place.key, place.id]
    sql += f" WHERE {' AND '.join(conditions) or '1'} ORDER BY key {order.way}, id {order.id_way} LIMIT ?"
    return store.all(sql, (*parameters, query.limit + 1))


def _hits(store: SqliteStore, docids: Sequence[int]) -> Iterator[Hit]:
    """Documents with their campaigns (most probable first), in the order of ``docids``."""
    wanted = (json_list(docids),)
    bodies: dict[int, bytes] = dict(
        store.all("SELECT docid, body FROM bodies WHERE docid IN (SELECT value FROM json_each(?))", wanted)
    )
    campaigns: dict[int, list[FoundCampaign]] = {}
    for docid, campaign, probability in store.all(
        "SELECT docid, campaign, probability_milli FROM memberships "
        "WHERE docid IN (SELECT value FROM json_each(?)) AND probability_milli > 0 "
        "ORDER BY probability_milli DESC, campaign",
        wanted,
    ):
        campaigns.setdefault(docid, []).append(FoundCampaign(campaign, probability))
    for docid in docids:
        yield Hit(decode_document(bodies[docid]), tuple(campaigns.get(docid, ())))
