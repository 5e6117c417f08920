"""Visits of the search page and of single records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import Request
from nicegui import ui

from monitor.console.pages import search
from monitor.console.pages.address import Narrowing, search_page
from monitor.console.pages.elements import Tag, block, card
from monitor.console.pages.hits import Explain
from monitor.console.pages.record import Correct, show_record
from monitor.console.pages.saved import show_saved
from monitor.console.pages.shell import frame, heading
from monitor.console.pages.visit import Visit, Visiting
from monitor.console.reader_language import refusal
from monitor.console.search_language import SearchSyntaxError
from monitor.console.search_state import SearchState, state_of
from monitor.console.services import Identity
from monitor.console.views import SearchOverview, SearchPage, WordWeight
from monitor.errors import MonitorError, QueryError
from monitor.scoring.corrections import CorrectedLabel


def search_pages(visiting: Visiting) -> None:
    """Put the pages at their addresses."""

    @ui.page("/search", response_timeout=60)
    async def searching(request: Request) -> None:
        visit = visiting(request)
        visit.identity.require("read")
        try:
            state = state_of(request.query_params)
        except QueryError as error:
            _refused(visit, request.query_params.get("q", ""), error)
            return
        await _search(visit, state)

    @ui.page("/record", response_timeout=60)
    async def recording(request: Request) -> None:
        visit = visiting(request)
        visit.identity.require("read")
        await _record(visit, request.query_params.get("id", ""))


def explaining(visit: Visit) -> Explain:
    """Why a text scored so, looked up when the visitor asks."""

    async def explain(text: str) -> Sequence[WordWeight]:
        found: list[WordWeight] = []

        def look_up(_: Identity) -> None:
            found.extend(visit.console.desk.explain(text))

        await visit.act("read", look_up)
        return found

    return explain


def _refused(visit: Visit, q: str, error: QueryError) -> None:
    """An address that is none of a search: its words stay, and what is wrong is said."""
    reading = visit.reading
    ui.context.client.status_code = 400
    with frame(visit.frame(), reading.text("Search"), "search"):
        Tag("h1", "visually-hidden", reading.text("Search"))
        with block("ask"):
            search.box(reading, SearchState(q=q), refusal(reading.words, error), None)


async def _search(visit: Visit, state: SearchState) -> None:
    reading = visit.reading
    found: tuple[SearchOverview, SearchPage] | None = None
    wrong, column = "", None
    try:
        found = await asyncio.gather(
            visit.ask(lambda: visit.console.desk.overview(state)),
            visit.ask(lambda: visit.console.desk.search(state)),
        )
    except SearchSyntaxError as error:
        wrong, column = error.sentence(reading.words), error.column
    except MonitorError as error:
        wrong = refusal(reading.words, error)
    visit.console.audit.record(visit.identity.user.name, "search", state.q, state=state.url())
    with frame(visit.frame(), reading.text("Search"), "search"):
        Tag("h1", "visually-hidden", reading.text("Search"))
        with block("ask"):
            search.box(reading, state, wrong, column)
            _saved(visit, state)
        if found is not None:
            _found(visit, state, *found)


def _saved(visit: Visit, state: SearchState) -> None:
    user = visit.identity.user

    async def save(fields: dict[str, str]) -> bool:
        def keep(identity: object) -> None:
            kept = visit.console.saved.save(
                user, fields.get("name", ""), state.url(), shared=fields.get("shared") == "1"
            )
            visit.console.audit.record(user.name, "search_saved", kept.id, name=kept.name, state=kept.state)

        return _reloaded(await visit.act("save", keep))

    async def remove(fields: dict[str, str]) -> bool:
        def take_away(identity: object) -> None:
            visit.console.saved.remove(user, fields.get("id", ""))
            visit.console.audit.record(user.name, "search_removed", fields.get("id", ""))

        return _reloaded(await visit.act("save", take_away))

    show_saved(visit.reading, visit.console.saved.of(user), user.name, save=save, remove=remove)


def _reloaded(done: bool) -> bool:
    if done:
        ui.navigate.reload()
    return done


def _found(visit: Visit, state: SearchState, overview: SearchOverview, page: SearchPage) -> None:
    reading = visit.reading
    narrowing = Narrowing(state, reading.zone, reading.titles)
    if not overview.records:
        with block("stack loose"):
            search.asked(reading, state, narrowing)
            search.records(reading, state, page, explaining(visit))
        return
    with block("columns side"):
        with block("stack loose narrow"):
            Tag("input", "visually-hidden show-narrow", type="checkbox", id="show-narrow")
            Tag("label", "button", reading.text("Narrow down"), for_="show-narrow")
            search.facets(reading, narrowing, overview)
        with block("stack loose"):
            search.asked(reading, state, narrowing)
            search.overview(reading, state, overview, may_export=visit.identity.may("export"))
            search.histogram(reading, state, overview)
            search.records(reading, state, page, explaining(visit))


async def _record(visit: Visit, identity: str) -> None:
    reading = visit.reading
    page = await visit.ask(lambda: visit.console.desk.record(identity)) if identity else None
    nothing = {} if page is not None else {"found": "no"}
    visit.console.audit.record(visit.identity.user.name, "open_record", identity, **nothing)
    with frame(visit.frame(), reading.text("Record"), "search"):
        if page is None:
            ui.context.client.status_code = 404
            heading(reading.text("There is no such record"))
            with card(reading.text("Not found")):
                told = reading.text("The address names no record.")
                if identity:
                    told = reading.text("No record {id} was taken in.", id=identity)
                Tag("p", "break", told)
                Tag("a", "", reading.text("Search"), href=search_page(SearchState()))
            return
        show_record(
            reading,
            page,
            explaining(visit),
            _correcting(visit, identity) if visit.identity.may("judge") else None,
            reading.text("Analysts and administrators correct labels; you may read."),
        )


def _correcting(visit: Visit, record: str) -> Correct:
    """Keep how the visitor reads a record, and show the page anew."""
    console = visit.console

    async def correct(label: CorrectedLabel) -> None:
        def keep(identity: Identity) -> None:
            console.corrections.correct(identity.user.name, record, label)
            console.audit.record(identity.user.name, "correct", record, label=label)

        if await visit.act("judge", keep):
            ui.navigate.reload()

    return correct
