"""The web pages of the console, put on its server: addresses, what each looks up, and what is logged."""

from __future__ import annotations

import msgspec
from fastapi import FastAPI, Request
from nicegui import Client, ui
from nicegui import app as served
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from monitor.console.gate import identity_of, safe_path
from monitor.console.pages.account import account_pages
from monitor.console.pages.address import search_page
from monitor.console.pages.alert_visits import alert_pages
from monitor.console.pages.campaign_visits import campaign_pages
from monitor.console.pages.failure import show_failure, show_nothing_here
from monitor.console.pages.local_times import bounds_of
from monitor.console.pages.search_visits import search_pages
from monitor.console.pages.staff_visits import staff_pages
from monitor.console.pages.visit import Visit
from monitor.console.pages.wall_visits import wall_pages
from monitor.console.reader_language import keep_language
from monitor.console.search_state import state_of
from monitor.console.services import Console
from monitor.console.sessions import form_of
from monitor.scoring.watchlists import Watchlist


def add_pages(app: FastAPI, console: Console, watchlists: tuple[Watchlist, ...]) -> None:
    """Put the pages on the console's application; one console to a process."""

    def visit(request: Request) -> Visit:
        return Visit(console, watchlists, request)

    search_pages(visit)
    campaign_pages(visit)
    wall_pages(visit)
    alert_pages(visit)
    staff_pages(visit)
    account_pages(visit)
    _ways(app, console)
    served.on_page_exception(show_failure)
    served.add_exception_handler(404, _nothing_here)
    ui.run_with(
        app,
        title="opinion-monitor",
        favicon=_ICON,
        language="zh-CN",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=30.0,
    )


_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" '
    'fill="#142535"/><path d="M6 22l6-9 5 6 4-8 5 11" fill="none" stroke="#57c7c4" stroke-width="3"/></svg>'
)


async def _nothing_here(request: Request, _: Exception) -> Response:
    """The answer for an address that is none; whoever asks for a part of a page is no reader."""
    if request.url.path.startswith("/_nicegui"):
        return PlainTextResponse("not found\n", status_code=404)
    with Client(ui.page(""), request=request) as client:
        show_nothing_here(request.url.path)
    return client.build_response(request, 404)


def _ways(app: FastAPI, console: Console) -> None:
    """Addresses that lead on to pages."""

    @app.get("/", include_in_schema=False)
    def home() -> Response:
        return RedirectResponse("/search", status_code=303)

    @app.get("/search/between", include_in_schema=False)
    def between(request: Request) -> Response:
        """The search of a form that gives its bounds as local times."""
        state = state_of({name: value for name, value in request.query_params.items() if value})
        bounds = bounds_of({"from": "", "to": "", **request.query_params}, console.zone)
        return RedirectResponse(search_page(msgspec.structs.replace(state, **bounds)), status_code=303)

    @app.post("/language", include_in_schema=False)
    async def language(request: Request) -> Response:
        """Keep the language that a visitor chose; changes nothing else, so that it needs no token."""
        identity_of(request)
        form = await form_of(request)
        answer = RedirectResponse(safe_path(form.get("next")), status_code=303)
        keep_language(answer, form.get("language"), secure=console.secure)
        return answer
