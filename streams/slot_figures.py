"""The figures of one slot with the assessors of its watchlists, as they are kept together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from monitor.alerts.assessor import LATE_LIMIT_MS
from monitor.opinion.figures import FigureKey, author_hash
from monitor.opinion.last_hour import keys_of
from streams.assessment import Assessment, Hours, NewAssessor, States
from streams.figure_book import NOTHING_STORED, REMEMBERED, FigureBook, Stored
from streams.figure_events import FigureEvent, Observed
from streams.slot_snapshots import SlotState

HISTORY = 1_000
"""The history of a slot is kept under its number and this: it changes once an hour only."""


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    book: bytes
    clocks: dict[str, int]
    watchlists: States


class SlotFigures:
    """Counts events, each once, in figures and for the rules."""

    def __init__(self, book: FigureBook, assessment: Assessment) -> None:
        self.book = book
        self.assessment = assessment

    def take(
        self, events: Sequence[FigureEvent], times: Mapping[str, int], stored: Stored = NOTHING_STORED
    ) -> list[Observed]:
        """Count events whose figures the book has; those of records that were not counted before.

        ``stored`` has the documents that the book doubts.
        ``times`` is how far event time has come in each source. What lies far behind its own source (an old
        file replayed after a newer one) counts in figures, but is nothing to judge now.
        """
        counted: list[Observed] = []
        for event in events:
            if self.book.take(event, stored) and isinstance(event, Observed):
                counted.append(event)
                if event.seen.at >= times.get(event.position.source, 0) - LATE_LIMIT_MS:
                    self.assessment.observe(event.watchlist, event.seen, author_hash(event.seen.author))
        return counted

    def last_hour(self, reached: int) -> list[tuple[str, list[FigureKey]]]:
        """The figures of the last hour of each watchlist, when event time has come this far."""
        return [
            (watchlist, keys_of(watchlist, platforms, reached))
            for watchlist, platforms in self.assessment.platforms().items()
        ]

    def state(self, slot: int, version: int, clocks: Mapping[str, int]) -> SlotState:
        """What a restart needs beside ``history``; of two the one with the higher ``version`` holds."""
        body = _Snapshot(self.book.snapshot(), dict(clocks), self.assessment.states())
        return SlotState(slot, version, msgspec.msgpack.encode(body))

    def history(self, slot: int, version: int) -> SlotState | None:
        """The hours that what is usual rests on, if one was learnt since this was asked last."""
        if not self.assessment.take_learnt():
            return None
        return SlotState(slot + HISTORY, version, msgspec.msgpack.encode(self.assessment.hours()))

    @classmethod
    def restored(
        cls, state: SlotState, history: SlotState | None, new: NewAssessor, remembered: int = REMEMBERED
    ) -> tuple[SlotFigures, dict[str, int]]:
        """The slot as it was, and how far its sources had come."""
        stored = msgspec.msgpack.decode(state.body, type=_Snapshot)
        hours = msgspec.msgpack.decode(history.body, type=Hours) if history else None
        assessment = Assessment(new, stored.watchlists, hours)
        return cls(FigureBook.restored(stored.book, remembered), assessment), stored.clocks
