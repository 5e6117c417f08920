"""Visits of the list of alerts, and of one alert."""

from __future__ import annotations

import msgspec
from fastapi import Request
from nicegui import ui

from monitor.console.alert_desk import alert_address, alert_query
from monitor.console.pages import alerts
from monitor.console.pages.elements import Tag, block, card, link
from monitor.console.pages.local_times import bounds_of
from monitor.console.pages.shell import frame, heading
from monitor.console.pages.visit import Visit, Visiting
from monitor.console.reader_language import refusal
from monitor.console.search_language import check_bounds
from monitor.console.views import AlertList
from monitor.errors import QueryError
from monitor.index.lists import AlertQuery


def alert_pages(visiting: Visiting) -> None:
    """Put the pages at their addresses."""

    @ui.page("/alerts", response_timeout=60)
    async def listing(request: Request) -> None:
        visit = visiting(request)
        visit.identity.require("read")
        await _list(visit)

    @ui.page("/alerts/{name:path}", response_timeout=60)
    async def opening(name: str, request: Request) -> None:
        visit = visiting(request)
        visit.identity.require("read")
        await _incident(visit, name)


async def _list(visit: Visit) -> None:
    reading, desk = visit.reading, visit.console.alerts
    wrong = ""
    query = AlertQuery()
    try:
        query = asked(visit)
        found = await visit.ask(lambda: desk.list(query))
    except QueryError as error:
        wrong, found = refusal(reading.words, error), AlertList((), None)
    visit.console.audit.record(visit.identity.user.name, "list_alerts", alert_address(query))
    with frame(visit.frame(), reading.text("Alerts"), "alerts"):
        heading(reading.text("Alerts"))
        with block("stack loose"):
            with Tag("section", "card"):
                alerts.filters(reading, query)
            if wrong:
                ui.context.client.status_code = 400
                Tag("p", "note bad", wrong, role="alert", id="wrong")
                return
            alerts.alert_list(reading, found, _next(query, found.cursor))


def asked(visit: Visit) -> AlertQuery:
    """The list that the address asks for; its times may be given as local ones."""
    parameters = dict(visit.request.query_params)
    bounds = bounds_of(parameters, visit.console.zone)
    query = msgspec.structs.replace(alert_query(parameters), **bounds)
    check_bounds(query.after, query.before)
    return query


def _next(query: AlertQuery, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"/alerts?{alert_address(msgspec.structs.replace(query, cursor=cursor))}"


async def _incident(visit: Visit, name: str) -> None:
    reading = visit.reading
    page = await visit.ask(lambda: visit.console.alerts.incident(name))
    nothing = {} if page is not None else {"found": "no"}
    visit.console.audit.record(visit.identity.user.name, "open_alert", name, **nothing)
    with frame(visit.frame(), reading.text("Alert"), "alerts"):
        if page is None:
            ui.context.client.status_code = 404
            heading(reading.text("There is no such alert"))
            with card(reading.text("Not found")):
                Tag("p", "break", reading.text("No alert {id} is known.", id=name))
                link(reading.text("All alerts"), "/alerts")
            return
        alerts.show_head(reading, page.alert)
        with block("stack loose"):
            alerts.show_in_short(reading, page)
            alerts.show_events(reading, page.events)
