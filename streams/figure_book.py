"""The figures of one slot: whole totals, each event counted once.

Totals live in the index. A book holds those that changed since they were last written there, and some of
the others; what it has to know to recognise a repeat (positions, recent record ids, weights told) goes into
its snapshot together with the totals that are not written yet. So the order is: snapshot, write, acknowledge.

A record that comes again after it was forgotten is older than something forgotten: of such a one the index is
asked. It holds one document of each record, with the position that made it, and only that position counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from monitor.documents import SourcePosition
from monitor.opinion.figures import Figure, FigureKey
from streams.figure_events import FigureEvent, Observed, Weight
from streams.positions import Positions, Step
from streams.recent import Block, TimedIds, id_hash

REMEMBERED = 100_000
"""Recent records of a slot, and weighed ones, that are recognised without asking when they come again."""
MAX_FIGURES = 1_000
"""Totals of a slot that are kept although they are written."""
Stored = Mapping[str, SourcePosition]
"""The positions of stored documents, by record."""
NOTHING_STORED: Stored = MappingProxyType({})


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    taken: int
    positions: dict[str, Step]
    recent: list[int]
    weights: dict[int, tuple[int, int]]
    unwritten: list[tuple[FigureKey, Figure]]
    blocks: list[Block] = []
    forgotten_until: int = -1


class FigureBook:
    """Figures of one slot. ``taken`` counts events and is the version of what is written.

    A new book counts on from ``begun``, microseconds since the epoch in use: events are slower, so what an
    earlier book wrote (of an installation under another prefix, or of one whose snapshots were lost) has a
    lower version.
    """

    def __init__(self, remembered: int = REMEMBERED, begun: int = 0) -> None:
        self.taken = begun
        self._remembered = remembered
        self._positions = Positions()
        self._recent = TimedIds(remembered)
        self._weights: dict[int, tuple[int, int]] = {}
        self._figures: dict[FigureKey, Figure] = {}
        self._unwritten: dict[FigureKey, None] = {}

    def lacks(self, keys: Iterable[FigureKey]) -> set[FigureKey]:
        """Those of these keys whose totals must be fetched and given to ``know`` first."""
        return {key for key in keys if key not in self._figures}

    def know(self, totals: Mapping[FigureKey, Figure]) -> None:
        """Totals as the index has them; one that it has not is an empty figure."""
        self._figures.update(totals)

    def totals(self, keys: Iterable[FigureKey]) -> list[Figure]:
        """Totals that the book has; to be read, not changed."""
        return [self._figures[key] for key in keys]

    def doubts(self, events: Iterable[FigureEvent]) -> dict[str, int]:
        """Records that may have been counted and forgotten, with their event times (milliseconds).

        Where their documents are stored must be given to ``take``.
        """
        return {
            event.record: event.seen.at
            for event in events
            if isinstance(event, Observed) and self._recent.may_be_forgotten(_name(event), event.seen.at)
        }

    def take(self, event: FigureEvent, stored: Stored = NOTHING_STORED) -> bool:
        """Count an event; False when it was counted before.

        ``stored`` has the documents of ``doubts`` that there are.
        """
        counted = self._observe(event, stored) if isinstance(event, Observed) else self._weigh(event)
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
            _Snapshot(
                self.taken,
                self._positions.steps(),
                self._recent.hashes(),
                self._weights,
                unwritten,
                self._recent.blocks(),
                self._recent.forgotten_until,
            )
        )

    @classmethod
    def restored(cls, snapshot: bytes, remembered: int = REMEMBERED) -> FigureBook:
        """The book as it was."""
        stored = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        book = cls(remembered)
        book.taken = stored.taken
        book._positions = Positions(stored.positions)
        book._recent = TimedIds(remembered, stored.recent, stored.blocks, stored.forgotten_until)
        book._weights = stored.weights
        book._figures = dict(stored.unwritten)
        book._unwritten = dict.fromkeys(book._figures)
        return book

    def _observe(self, event: Observed, stored: Stored) -> bool:
        if not self._positions.advance(event.position, event.ordinal):
            return False
        if stored.get(event.record, event.position) != event.position:
            return False
        if not self._recent.is_new(_name(event), event.seen.at):
            return False
        self._figure(event.key).add(event.seen)
        return True

    def _weigh(self, event: Weight) -> bool:
        number = id_hash(_name(event))
        version, before = self._weights.pop(number, (-1, 0))
        newer = event.version > version
        self._weights[number] = (event.version, event.weight_milli) if newer else (version, before)
        if len(self._weights) > self._remembered:
            del self._weights[next(iter(self._weights))]
        if not newer or event.weight_milli == before:
            return False
        self._figure(event.key).weigh(event.author, event.weight_milli - before)
        return True

    def _figure(self, key: FigureKey) -> Figure:
        """The figure, now the one touched last."""
        figure = self._figures[key] = self._figures.pop(key)
        return figure


def _name(event: FigureEvent) -> str:
    """What a record is known by in its slot, which several watchlists may share."""
    return f"{event.watchlist} {event.record}"
