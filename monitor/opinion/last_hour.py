"""The opinion of the last hour of a watchlist, of all platforms together, as walls show it."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.opinion.figures import MINUTE_MILLISECONDS, Figure, FigureKey, minute_of
from monitor.opinion.hours import HOUR_MS
from monitor.opinion.organic import Opinion, opinion

HOUR_SHOWN_SECONDS = 15.0
"""How often it is worked out: some milliseconds for each watchlist."""


def hour_until(reached: int) -> tuple[int, int]:
    """Start and end (not in it) of the last hour of whole minutes when event time has come this far."""
    end = minute_of(reached)
    return end - HOUR_MS, end


def keys_of(watchlist: str, platforms: Iterable[str], reached: int) -> list[FigureKey]:
    """What the figures of the last hour are known by."""
    start, end = hour_until(reached)
    return [
        FigureKey(watchlist, platform, minute)
        for platform in platforms
        for minute in range(start, end, MINUTE_MILLISECONDS)
    ]


def opinion_of_hour(figures: Iterable[Figure], reached: int) -> Opinion | None:
    """The opinion in the figures of the last hour, whose campaigns may still be found; None of no records."""
    total = Figure.of(figures)
    _, end = hour_until(reached)
    return opinion(total, end=end, reached=reached) if total.records else None
