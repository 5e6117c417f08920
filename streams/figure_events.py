"""What travels on the figures topic: one event for each watchlist that a record counts for.

An ``Observed`` carries its source position, so that a redelivery is recognised; a ``Weight`` the whole
campaign weight of a record with a version, so that a repeat or an older one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from monitor.documents import Document, SourcePosition
from monitor.opinion.figures import EVERYTHING, FigureKey, Observation, minute_of
from streams.stages import observe


class Observed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=0):
    """One record on one watchlist; ``ordinal`` is the watchlist's place in the record."""

    position: SourcePosition
    ordinal: int
    record: str
    watchlist: str
    seen: Observation

    @property
    def key(self) -> FigureKey:
        """The figure it counts for."""
        return FigureKey(self.watchlist, self.seen.platform, minute_of(self.seen.at))


class Weight(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """A record's whole campaign weight on one watchlist; the highest ``version`` of a record holds."""

    record: str
    watchlist: str
    platform: str
    author: str
    at: int
    weight_milli: int
    version: int

    @property
    def key(self) -> FigureKey:
        """The figure it counts for."""
        return FigureKey(self.watchlist, self.platform, minute_of(self.at))


FigureEvent: TypeAlias = Observed | Weight


def target_of(event: FigureEvent) -> str:
    """What the events of one slot have in common: rules look at all platforms of a watchlist."""
    return event.watchlist


def observed(documents: Iterable[Document]) -> Iterator[Observed]:
    """The events of documents."""
    for document in documents:
        seen = msgspec.structs.replace(observe(document), watchlists=())
        for ordinal, watchlist in enumerate((EVERYTHING, *document.watchlists)):
            yield Observed(document.position, ordinal, document.id, watchlist, seen)
