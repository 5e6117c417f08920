"""One visit of a page: who came, in which language, and doing things for them while the page is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from fastapi import Request
from nicegui import ui

from monitor.console.gate import identity_of
from monitor.console.pages.reading import Reading
from monitor.console.pages.shell import Frame, Place
from monitor.console.reader_language import refusal, words_for
from monitor.console.roles import Right
from monitor.console.services import Console, Identity, NotSignedInError
from monitor.errors import MonitorError
from monitor.opinion.figures import EVERYTHING
from monitor.scoring.watchlists import Watchlist

_Result = TypeVar("_Result")


class Visit:
    """A request for a page, and the page while it is open.

    Raises ``NotSignedInError`` where the gate let nobody through.
    """

    def __init__(self, console: Console, watchlists: tuple[Watchlist, ...], request: Request) -> None:
        self.console = console
        self.request = request
        self.identity: Identity = identity_of(request)
        words = words_for(request)
        titles = {EVERYTHING: words.text("All records")}
        titles |= {one.name: words.of(one.title_en, one.title_zh) for one in watchlists}
        self.reading = Reading(words, console.zone, titles, console.desk.titles)

    def frame(self) -> Frame:
        """What the page's frame shows of the visit."""
        places: tuple[Place, ...] = ("wall", "alerts", "search", "campaigns")
        if self.identity.may("administer"):
            places = (*places, "users", "audit")
        return Frame(
            reading=self.reading,
            centre=self.reading.text("Opinion monitor"),
            account=self.identity.user.name,
            role=self.identity.user.role,
            places=places,
            here=self.here,
        )

    @property
    def here(self) -> str:
        """Path and query of the page."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    async def ask(self, look_up: Callable[[], _Result]) -> _Result:
        """Look something up in a thread of its own."""
        found: _Result = await asyncio.to_thread(look_up)
        return found

    async def act(self, right: Right, doing: Callable[[Identity], object], done: str | None = None) -> bool:
        """Do something for the visitor as they are now; tell them when it is refused.

        True when it was done; ``done`` says so on the page.
        """
        try:
            identity = self.console.still(self.identity)
            identity.require(right)
            await asyncio.to_thread(doing, identity)
        except NotSignedInError:
            ui.navigate.to(f"/sign-in?next={quote(self.here, safe='')}")
            return False
        except MonitorError as error:
            ui.notify(refusal(self.reading.words, error), type="negative", timeout=8_000)
            return False
        if done is not None:
            ui.notify(done, type="positive")
        return True


Visiting = Callable[[Request], Visit]
"""The visit that a request is; raises ``NotSignedInError`` where the gate let nobody through."""
