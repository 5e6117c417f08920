"""Routes about alerts."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from monitor.alerts.port import Rule
from monitor.campaigns.port import Level
from monitor.console.alert_desk import alert_address, alert_query
from monitor.console.api_answers import Who, json
from monitor.console.openapi import answers
from monitor.console.problems import problem
from monitor.console.services import Console
from monitor.console.views import AlertList, IncidentPage


def which_alerts(
    watchlist: str | None = None,
    platform: str | None = None,
    rule: Rule | None = None,
    level: Level | None = None,
) -> None:
    """What alerts are about, for the description of the API; ``alert_query`` reads it."""


def when_and_where(
    open: bool | None = None,  # noqa: A002  # what the parameter is called
    after: int | None = None,
    before: int | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> None:
    """Whether they go on, when they changed last (milliseconds, from ``after`` to before ``before``), and
    the page, for the description of the API.
    """


def alert_routes(console: Console) -> APIRouter:
    """The routes."""
    router = APIRouter()
    described = [Depends(which_alerts), Depends(when_and_where)]

    @router.get("/alerts", responses=answers(AlertList), dependencies=described)
    def alerts(request: Request, who: Who) -> Response:
        """Incidents by their latest events, the one that changed last first."""
        who.require("read")
        query = alert_query(request.query_params)
        found = console.alerts.list(query)
        console.audit.record(who.user.name, "list_alerts", alert_address(query), by="api")
        return json(found)

    @router.get("/alerts/{incident:path}", responses=answers(IncidentPage))
    def incident(incident: str, who: Who) -> Response:
        """One incident with all its events."""
        who.require("read")
        found = console.alerts.incident(incident)
        nothing = {} if found is not None else {"found": "no"}
        console.audit.record(who.user.name, "open_alert", incident, by="api", **nothing)
        return json(found) if found is not None else problem(404, "no_alert", "there is no such alert")

    return router
