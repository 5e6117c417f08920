"""The hours of the last weeks, of one watchlist on one platform, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

HOUR_MS = 3_600_000
REMEMBERED_HOURS = 28 * 24
COLUMNS = ("number", "weekday", "hour", "records", "scored", "negative", "known", "angry")
"""What is kept of an hour: its number since the epoch, where it lies in its zone's week, and its counts."""
_PLACES = 2 * REMEMBERED_HOURS
"""Twice what is asked for at once: hours are learnt while older ones still say what was usual."""
_NO_HOUR = -(1 << 62)

Column = NDArray[np.int64]
"""One number of each hour (hours,), or of each name in ``COLUMNS`` (names, hours)."""


class Hour(msgspec.Struct, gc=False, array_like=True):
    """Counts of one hour: ``scored`` texts of certain label, ``known`` texts of known emotion."""

    records: int = 0
    scored: int = 0
    negative: int = 0
    known: int = 0
    angry: int = 0


class RecentHours:
    """The last hours, each at the place of its number, so that what is usual is read in one copy.

    Hours are numbered from the epoch and told apart in ``zone``.
    """

    def __init__(self, hours: Mapping[int, Hour], zone: tzinfo) -> None:
        self._zone = zone
        self._columns = np.full((len(COLUMNS), _PLACES), _NO_HOUR, dtype=np.int64)
        self.put(hours)

    def put(self, hours: Mapping[int, Hour]) -> None:
        """Remember hours, each instead of the one that many places before."""
        if not hours:
            return
        rows = (
            (number, *slot_of_week(number, self._zone), *msgspec.structs.astuple(hours[number]))
            for number in sorted(hours)
        )
        columns = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, len(COLUMNS)).T
        places = columns[0] % _PLACES
        newer = self._columns[0, places] <= columns[0]
        self._columns[:, places[newer]] = columns[:, newer]

    def until(self, number: int) -> Column:
        """The four weeks before an hour, as far as they are known, in order (``COLUMNS``, hours)."""
        first = number - REMEMBERED_HOURS
        place = first % _PLACES
        behind = max(0, place + REMEMBERED_HOURS - _PLACES)
        found = self._columns[:, place : place + REMEMBERED_HOURS]
        if behind:
            found = np.concatenate([found, self._columns[:, :behind]], axis=1)
        return found[:, found[0] == np.arange(first, number)]


@lru_cache(maxsize=65_536)
def slot_of_week(number: int, zone: tzinfo) -> tuple[int, int]:
    """Weekday (Monday is 0) and hour of the day of an hour."""
    moment = datetime.fromtimestamp(number * 3_600, zone)
    return moment.weekday(), moment.hour
