"""What staff can look up about alerts: lists of incidents, and one incident with all its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from urllib.parse import urlencode

import msgspec

from monitor.alerts.port import ALL_PLATFORMS, Alert, Rule
from monitor.console.addresses import refused_parameter
from monitor.console.search_language import check_bounds, render
from monitor.console.search_state import SearchState
from monitor.console.views import AlertList, AlertRow, IncidentPage
from monitor.errors import QueryError
from monitor.index.conditions import AllOf, Condition, Has
from monitor.index.lists import AlertQuery
from monitor.index.port import OpinionReader
from monitor.language import message
from monitor.opinion.figures import EVERYTHING

_TELLING: dict[Rule, Has] = {
    "negative_turn": Has("sentiment", "negative"),
    "anger_turn": Has("emotion", "angry"),
}


class AlertDesk:
    """Look-ups of alerts. ``index()`` gives the reader that the calling thread may use; ``zone`` is the
    centre's.
    """

    def __init__(self, index: Callable[[], OpinionReader], zone: tzinfo) -> None:
        self._index = index
        self._zone = zone

    def list(self, query: AlertQuery) -> AlertList:
        """Incidents, the one that changed last first.

        Raises:
            QueryError: a page size, time or cursor that cannot be.
        """
        found = self._index().find_alerts(query)
        return AlertList(tuple(self._row(alert) for alert in found.alerts), found.cursor)

    def incident(self, name: str) -> IncidentPage | None:
        """One incident by its name, or by the id of an event that has none."""
        events = self._index().incident(name)
        if not events:
            return None
        row = self._row(events[-1])
        return IncidentPage(row.alert, row.records, telling(row.alert, self._zone), tuple(events))

    def _row(self, alert: Alert) -> AlertRow:
        return AlertRow(alert, records_of(alert, self._zone))


def records_of(alert: Alert, zone: tzinfo) -> SearchState:
    """The search that finds the records that an alert stands on: those of its campaign, or those of its
    watchlist and platform in its window. Of a silence it finds what came before.
    """
    if alert.rule == "campaign" and alert.campaigns:
        return SearchState(q=render(Has("campaign", alert.campaigns[0]), zone))
    parts: list[Condition] = []
    if alert.watchlist != EVERYTHING:
        parts.append(Has("watchlist", alert.watchlist))
    if alert.platform != ALL_PLATFORMS:
        parts.append(Has("platform", alert.platform))
    return SearchState(
        q=render(AllOf(tuple(parts)), zone),
        after=None if alert.rule == "source_silent" else alert.window_start,
        before=alert.window_end,
    )


def telling(alert: Alert, zone: tzinfo) -> SearchState | None:
    """Of these records those that speak as the rule says: the negative or the angry ones; None elsewhere."""
    asked = _TELLING.get(alert.rule)
    if asked is None:
        return None
    every = records_of(alert, zone)
    return msgspec.structs.replace(every, q=f"{every.q} {render(asked, zone)}".strip())


def alert_query(parameters: Mapping[str, str]) -> AlertQuery:
    """The list that the query part of an address names; empty and other parameters are passed over.

    Raises:
        QueryError: a parameter has a value that it cannot have.
    """
    given = {
        name: value for name, value in parameters.items() if value and name in AlertQuery.__struct_fields__
    }
    try:
        query = msgspec.convert(given, AlertQuery, strict=False)
    except msgspec.ValidationError as error:
        name = refused_parameter(given, AlertQuery)
        raise QueryError(
            message("the address of the alerts has {name}={value}, which it cannot have; take it out"),
            name=name,
            value=given[name],
        ) from error
    check_bounds(query.after, query.before)
    return query


def alert_address(query: AlertQuery) -> str:
    """The query part (without ``?``) that ``alert_query`` reads again; empty for the whole list."""
    given = msgspec.structs.asdict(query)
    usual = msgspec.structs.asdict(AlertQuery())
    return urlencode(
        {
            name: {True: "1", False: "0"}[value] if isinstance(value, bool) else value
            for name, value in given.items()
            if value != usual[name]
        }
    )
