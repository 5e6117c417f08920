"""The frame of every page: head, navigation, who is signed in, and where the content goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Literal

import msgspec
from nicegui import ui

from monitor.console.pages.elements import Tag, block, link
from monitor.console.pages.look import script, style_sheet
from monitor.console.pages.palette import Theme
from monitor.console.pages.reading import Reading
from monitor.language import Language

Place = Literal["wall", "search", "campaigns", "alerts", "audit", "users"]


class Frame(msgspec.Struct, frozen=True):
    """What a page's frame needs to know of the request."""

    reading: Reading
    centre: str
    account: str
    role: str
    places: tuple[Place, ...]
    here: str
    """Path and query of this page: where a switch of the language comes back to."""


OWN_ACCOUNT = "/account"
_PLACES: dict[Place, tuple[str, str]] = {
    "wall": ("/wall", "Wall"),
    "search": ("/search", "Search"),
    "campaigns": ("/campaigns", "Campaigns"),
    "alerts": ("/alerts", "Alerts"),
    "audit": ("/audit", "Audit log"),
    "users": ("/users", "Users"),
}


@contextmanager
def frame(
    frame: Frame, title: str, place: Place | None, *, theme: Theme = "light", classes: str = ""
) -> Iterator[Tag]:
    """Build the frame; what is built inside goes to the page's main part (the framework's ``main``)."""
    ui.add_head_html(f"<style>{style_sheet(theme)}</style><script>{script()}</script>")
    speak(frame.reading.words.language)
    ui.page_title(f"{title} · {frame.centre}")
    ui.query("body").classes(f"sheet {classes}".strip())
    text = frame.reading.text
    with ui.context.client.layout:
        skip = Tag("a", "skip", text("Skip to the content"), href="#main")
        skip.on("click", js_handler="() => document.getElementById('main').focus()")
        _bar(frame, place).move(target_index=0)
        skip.move(target_index=0)
    with block("main", id="main", tabindex="-1") as main:
        yield main


def speak(language: Language) -> None:
    """Say in the page which language it is in, for whoever reads it aloud."""
    client = ui.context.client
    client.page = copy(client.page)
    client.page.language = "zh-CN" if language == "zh" else "en-US"


def _bar(frame: Frame, place: Place | None) -> Tag:
    text = frame.reading.text
    bar = Tag("header", "bar")
    with bar, block("bar-inner"):
        link(frame.centre, "/", "centre")
        with Tag("nav", "nav", aria_label=text("Main navigation")):
            for name in frame.places:
                address, words = _PLACES[name]
                link(text(words), address, aria_current="page" if name == place else None)
        with block("who"):
            _languages(frame)
            whose = f"{frame.account} · {frame.reading.known(frame.role)}"
            link(whose, OWN_ACCOUNT, "name", aria_label=text("Your account: {name}", name=whose))
            with Tag("form", "", method="post", action="/sign-out"):
                Tag("button", "plain", text("Sign out"), type="submit")
    return bar


def _languages(frame: Frame) -> None:
    other, name = ("en", "English") if frame.reading.words.language == "zh" else ("zh", "中文")
    with Tag("form", "", method="post", action="/language"):
        Tag("input", type="hidden", name="language", value=other)
        Tag("input", type="hidden", name="next", value=frame.here)
        Tag("button", "plain", name, type="submit", lang=other)


def heading(title: str) -> Tag:
    """The page's title line; what is built inside stands beside the title."""
    box = block("title")
    with box:
        Tag("h1", "", title)
    return box
