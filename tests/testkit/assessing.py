"""Assessors for tests."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from monitor.alerts.assessor import WatchlistAssessor, WatchlistHours, WatchlistState
from monitor.alerts.rules import Rules
from monitor.alerts.sentences import Titles
from streams.assessment import NewAssessor

ZONE = ZoneInfo("Asia/Shanghai")
TITLES = Titles({"housing": "Housing"}, {"housing": "住房"})


def new_assessor(rules: Rules | None = None) -> NewAssessor:
    """Makes assessors with these rules."""
    chosen = rules or Rules()

    def new(
        watchlist: str, state: WatchlistState | None = None, hours: WatchlistHours | None = None
    ) -> WatchlistAssessor:
        return WatchlistAssessor(watchlist, chosen, ZONE, TITLES, state, hours)

    return new
