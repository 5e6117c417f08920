"""The countable part of an embedded index in memory: a column for each field, some 44 bytes a document.

Documents never change and are never taken out, and are numbered without gaps; so the columns are read once
and then only grow. What a query finds becomes a mask over them: words come from the inverted index,
everything else from the columns, and any count from the mask, exact and in milliseconds.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.index.clauses import expression
from monitor.index.conditions import AllOf, AnyOf, Condition, Has, Not, Within, Words
from monitor.index.port import Query
from monitor.index.selection import condition_of
from monitor.index.store import SqliteStore
from monitor.index.stored import find_emotion_code, kind_code, sentiment_code

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]
_Number = TypeVar("_Number", np.int64, np.int32)

_COLUMNS = "created_at, author_key, text_key, watchlist_set, kind, sentiment, coalesce(emotion, -2), platform"
_READ_AT_ONCE = 50_000
_TIME, _AUTHOR, _TEXT = range(3)
_SMALL = 5
_SET, _KIND, _SENTIMENT, _EMOTION, _PLATFORM = range(_SMALL)


class Columns:
    """The columns of one database; any thread may refresh them with a connection of its own."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._held = 0
        self._whole: NDArray[np.int64] = np.zeros((3, 0), np.int64)
        self._small: NDArray[np.int32] = np.zeros((_SMALL, 0), np.int32)
        self._platforms: dict[str, int] = {}

    def refresh(self, store: SqliteStore) -> Table:
        """The columns of all documents that the connection sees now."""
        with self._turn:
            while self._read_more(store):
                pass
            return Table(
                self._whole[:, : self._held], self._small[:, : self._held], dict(self._platforms), store
            )

    def _read_more(self, store: SqliteStore) -> bool:
        """Read the next documents; whether there may be more."""
        rows = store.all(
            f"SELECT {_COLUMNS} FROM documents WHERE docid > ? ORDER BY docid LIMIT {_READ_AT_ONCE}",  # noqa: S608
            (self._held,),
        )
        if not rows:
            return False
        *numbers, platforms = zip(*rows, strict=True)
        codes = [self._platforms.setdefault(name, len(self._platforms)) for name in platforms]
        new = self._held + len(rows)
        if new > self._whole.shape[1]:
            room = max(2 * self._whole.shape[1], new)
            self._whole = _grown(self._whole, room)
            self._small = _grown(self._small, room)
        self._whole[:, self._held : new] = numbers[:3]
        self._small[:, self._held : new] = [*numbers[3:], codes]
        self._held = new
        return len(rows) == _READ_AT_ONCE


def _grown(array: NDArray[_Number], room: int) -> NDArray[_Number]:
    larger = np.zeros((array.shape[0], room), array.dtype)
    larger[:, : array.shape[1]] = array
    return larger


class Table:
    """The columns as of one moment, and what of them a query finds."""

    def __init__(
        self,
        whole: NDArray[np.int64],
        small: NDArray[np.int32],
        platforms: dict[str, int],
        store: SqliteStore,
    ) -> None:
        self.created_at: Whole = whole[_TIME]
        self.authors: Whole = whole[_AUTHOR]
        self.texts: Whole = whole[_TEXT]
        self.watchlist_sets, self.kinds = small[_SET], small[_KIND]
        self.sentiments, self.emotions, self.platforms = small[_SENTIMENT], small[_EMOTION], small[_PLATFORM]
        self.platform_codes = platforms
        self._store = store

    def __len__(self) -> int:
        return int(self.created_at.size)

    def found(self, query: Query) -> Whole:
        """Places of the documents that a query finds (``docid - 1``), rising. Raises ``QueryError``."""
        mask = self._mask(condition_of(query))
        if query.without_campaigns:
            mask &= ~self._members(None)
        if query.without_texts:
            mask &= ~np.isin(self.texts, np.array(query.without_texts, np.int64))
        return np.flatnonzero(mask)

    def _mask(self, condition: Condition) -> Mask:
        match = expression(condition)
        if match is not None and not isinstance(condition, Has):
            return self._matching(match)
        match condition:
            case AllOf(parts):
                mask = np.ones(len(self), np.bool_)
                for part in parts:
                    mask &= self._mask(part)
                return mask
            case AnyOf(parts):
                mask = np.zeros(len(self), np.bool_)
                for part in parts:
                    mask |= self._mask(part)
                return mask
            case Not(part):
                return ~self._mask(part)
            case Within(after, before):
                mask = np.ones(len(self), np.bool_)
                if after is not None:
                    mask &= self.created_at >= after
                if before is not None:
                    mask &= self.created_at < before
                return mask
            case Has():
                return self._having(condition)
            case Words():
                return np.zeros(len(self), np.bool_)

    def _having(self, condition: Has) -> Mask:
        value = condition.value
        match condition.field:
            case "kind":
                return _equal(self.kinds, kind_code(value))
            case "sentiment":
                return _equal(self.sentiments, sentiment_code(value))
            case "emotion":
                return _equal(self.emotions, find_emotion_code(value))
            case "platform":
                return _equal(self.platforms, self.platform_codes.get(value, -1))
            case "watchlist":
                sets = [number for number, names in watchlist_sets(self._store).items() if value in names]
                return np.isin(self.watchlist_sets, np.array(sets, np.int32))
            case "campaign":
                return self._members(value)
            case _:
                return self._matching(expression(condition) or "")

    def _matching(self, match: str) -> Mask:
        return self._marked(self._store.all("SELECT rowid FROM terms WHERE terms MATCH ?", (match,)))

    def _members(self, campaign: str | None) -> Mask:
        return self._marked(
            self._store.all(
                "SELECT docid FROM memberships WHERE probability_milli > 0 AND (?1 IS NULL OR campaign = ?1)",
                (campaign,),
            )
        )

    def _marked(self, rows: Sequence[tuple[int]]) -> Mask:
        """A mask of documents by number; those written since the columns were read are passed over."""
        mask = np.zeros(len(self) + 1, np.bool_)
        numbers = np.fromiter((number for (number,) in rows), np.int64, len(rows))
        mask[numbers[numbers <= len(self)]] = True
        return mask[1:]

    def campaigns_of(self, places: Whole) -> list[str]:
        """The campaign of each membership of these documents."""
        rows = self._store.all("SELECT docid, campaign FROM memberships WHERE probability_milli > 0")
        mask = np.zeros(len(self) + 1, np.bool_)
        mask[places + 1] = True
        return [campaign for number, campaign in rows if number <= len(self) and mask[number]]


def _equal(column: NDArray[np.int32], code: int) -> Mask:
    mask: Mask = column == code
    return mask


def watchlist_sets(store: SqliteStore) -> dict[int, list[str]]:
    """The watchlists of each stored set."""
    rows = store.all("SELECT id, names FROM watchlist_sets")
    return {number: msgspec.json.decode(names, type=list[str]) for number, names in rows}
