"""The figures of one slot: whole totals, each event counted once.

Totals live in the index. A book holds those that changed since they were last written there, and some of
the others; what it has to know to recognise a repeat (positions, recent record ids, weights told) goes into
its snapshot together with the totals that are not written yet. So the order is: snapshot, write, acknowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from monitor.opinion.figures import Figure, FigureKey
from streams.figure_events import FigureEvent, Observed, Weight
from streams.positions import Positions, Step
from streams.recent import RecentIds, id_hash

REMEMBERED = 100_000
"""Recent records of a slot, and weighed ones, that are recognised when they come again."""
MAX_FIGURES = 1_000
"""Totals of a slot that are kept although they are written."""


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    taken: int
    positions: dict[str, Step]
    recent: list[int]
    weights: dict[int, tuple[int, int]]
    unwritten: list[tuple[FigureKey, Figure]]


class FigureBook:
    """Figures of one slot. ``taken`` counts events and is the version of what is written."""

    def __init__(self) -> None:
        self.taken = 0
        self._positions = Positions()
        self._recent = RecentIds(REMEMBERED)
        self._weights: dict[int, tuple[int, int]] = {}
        self._figures: dict[FigureKey, Figure] = {}
        self._unwritten: dict[FigureKey, None] = {}

    def lacks(self, keys: Iterable[FigureKey]) -> set[FigureKey]:
        """Those of these keys whose totals must be fetched and given to ``know`` first."""
        return {key for key in keys if key not in self._figures}

    def know(self, totals: Mapping[FigureKey, Figure]) -> None:
        """Totals as the index has them; one that it has not is an empty figure."""
        self._figures.update(totals)

    def take(self, event: FigureEvent) -> bool:
        """Count an event; False when it was counted before."""
        counted = self._observe(event) if isinstance(event, Observed) else self._weigh(event)
        if counted:
            self.taken += 1
            self._unwritten[event.key] = None
        return counted

    def unwritten(self) -> list[tuple[FigureKey, Figure, int]]:
        """Totals that the index lacks, with their version."""
        return [(key, self._figures[key], self.taken) for key in self._unwritten]

    def written(self) -> None:
        """All of ``unwritten`` is in the index now; the totals touched longest ago are forgotten."""
        self._unwritten.clear()
        while len(self._figures) > MAX_FIGURES:
            del self._figures[next(iter(self._figures))]

    def snapshot(self) -> bytes:
        """What a restart needs beside the index."""
        unwritten = [(key, self._figures[key]) for key in self._unwritten]
        return msgspec.msgpack.encode(
            _Snapshot(self.taken, self._positions.steps(), self._recent.hashes(), self._weights, unwritten)
        )

    @classmethod
    def restored(cls, snapshot: bytes) -> FigureBook:
        """The book as it was."""
        stored = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        book = cls()
        book.taken = stored.taken
        book._positions = Positions(stored.positions)
        book._recent = RecentIds(REMEMBERED, stored.recent)
        book._weights = stored.weights
        book._figures = dict(stored.unwritten)
        book._unwritten = dict.fromkeys(book._figures)
        return book

    def _observe(self, event: Observed) -> bool:
        if not self._positions.advance(event.position, event.ordinal):
            return False
        if not self._recent.is_new(f"{event.watchlist} {event.record}"):
            return False
        self._figure(event.key).add(event.seen)
        return True

    def _weigh(self, event: Weight) -> bool:
        number = id_hash(f"{event.watchlist} {event.record}")
        version, before = self._weights.pop(number, (-1, 0))
        newer = event.version > version
        self._weights[number] = (event.version, event.weight_milli) if newer else (version, before)
        if len(self._weights) > REMEMBERED:
            del self._weights[next(iter(self._weights))]
        if not newer or event.weight_milli == before:
            return False
        self._figure(event.key).weigh(event.author, event.weight_milli - before)
        return True

    def _figure(self, key: FigureKey) -> Figure:
        """The figure, now the one touched last."""
        figure = self._figures[key] = self._figures.pop(key)
        return figure
