"""Cursors: where the next page of a query begins. Opaque to callers, bound to their query."""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b

import msgspec

from monitor.errors import CursorError
from monitor.index.lists import can_be_stored
from monitor.index.port import Query
from monitor.language import message

_NOT_OURS = message(
    "the cursor does not belong to this query; take it from the page before, with the same query"
)


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last hit of a page: its sort key (event time in milliseconds, or relevance) and its id."""

    key: float | int
    id: str


class _Bound(msgspec.Struct, frozen=True, array_like=True):
    query: str
    place: Place


_DECODER = msgspec.json.Decoder(_Bound)


def write_cursor(query: Query, place: Place) -> str:
    """The cursor that continues ``query`` after ``place``."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Bound(_fingerprint(query), place))).decode()


def read_cursor(query: Query) -> Place | None:
    """Where the query's cursor continues, None for the first page.

    Raises ``CursorError`` when the cursor is damaged or was given for another query; the page size alone
    may change from page to page.
    """
    if query.cursor is None:
        return None
    try:
        bound = _DECODER.decode(base64.b64decode(query.cursor.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, msgspec.DecodeError, UnicodeError) as error:
        raise CursorError(_NOT_OURS) from error
    key = bound.place.key
    made_here = can_be_stored(key) and (isinstance(key, int) or query.sort == "relevance")
    if bound.query != _fingerprint(query) or not made_here:
        raise CursorError(_NOT_OURS)
    return bound.place


def _fingerprint(query: Query) -> str:
    bare = msgspec.structs.replace(query, cursor=None, limit=0)
    return blake2b(msgspec.json.encode(bare), digest_size=8).hexdigest()
