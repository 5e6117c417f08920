"""What rules saw last, for gauges."""

from __future__ import annotations

import msgspec


class Watched(msgspec.Struct, frozen=True, gc=False):
    """What the rules saw last of a watchlist on a platform; None where they know nothing.

    ``records``, ``people`` and ``usual_records`` are of the surge window, the shares of the windows of turns.
    ``negative_people`` and ``angry_people`` are the authors of the texts whose shares these are.
    """

    watchlist: str
    platform: str
    records: int
    people: float
    usual_records: float | None = None
    negative: float | None = None
    usual_negative: float | None = None
    angry: float | None = None
    usual_angry: float | None = None
    negative_people: float = 0.0
    angry_people: float = 0.0


IncidentLabels = tuple[str, str, str, str]
"""Rule, watchlist, platform and level of an incident that goes on."""
