"""Visits of the wall: it stays open and looks again by itself."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from nicegui import ui

from monitor.console.pages.elements import Tag, block
from monitor.console.pages.shell import frame
from monitor.console.pages.visit import Visit
from monitor.console.pages.wall import REFRESH_SECONDS, show_table, show_wall
from monitor.console.reader_language import refusal
from monitor.console.services import NotSignedInError
from monitor.errors import MonitorError


def wall_pages(visiting: Callable[[Request], Visit]) -> None:
    """Put the wall at its address."""

    @ui.page("/wall", response_timeout=60)
    async def watching(request: Request) -> None:
        visit = visiting(request)
        visit.identity.require("read")
        visit.console.audit.record(visit.identity.user.name, "see_wall")
        with frame(visit.frame(), visit.reading.text("Wall"), "wall", theme="dark", classes="wall"):
            place = block()
            with Tag("details", "behind below"):
                Tag("summary", "", visit.reading.text("Table behind the charts"))
                figures = block()
        await _fill(visit, place, figures)
        ui.timer(REFRESH_SECONDS, lambda: _fill(visit, place, figures), immediate=False)


async def _fill(visit: Visit, place: Tag, figures: Tag) -> None:
    """Show the wall as it is now; where that fails, say so and leave nothing that looks like now."""
    try:
        visit.console.still(visit.identity)
        wall = await visit.ask(visit.console.wall.wall)
    except NotSignedInError:
        ui.navigate.to("/sign-in?next=/wall")
        return
    except MonitorError as error:
        place.clear()
        figures.clear()
        with place:
            Tag("p", "note bad", refusal(visit.reading.words, error), role="alert")
        return
    place.clear()
    with place:
        show_wall(visit.reading, wall)
    figures.clear()
    with figures:
        show_table(visit.reading, wall)
