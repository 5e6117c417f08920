"""What a visitor sees when a page cannot be built or is none: why, where it can be said, and a way back."""

from __future__ import annotations

from nicegui import ui

from monitor.console.pages.elements import Tag, block, link
from monitor.console.pages.look import style_sheet
from monitor.console.pages.shell import speak
from monitor.console.reader_language import refusal, words_for
from monitor.errors import MonitorError
from monitor.language import Catalogue


def show_failure(error: Exception) -> None:
    """Build the page in place of the one that failed; what is not ours to tell goes to the log only."""
    words = words_for(ui.context.client.request)
    told = (
        refusal(words, error)
        if isinstance(error, MonitorError)
        else words.text("Something failed; the log says what.")
    )
    _show(words, words.text("This page cannot be shown now"), told)


def show_nothing_here(path: str) -> None:
    """Build the page for an address that has none."""
    words = words_for(ui.context.client.request)
    told = words.text("Nothing is at the address {address}.", address=path)
    _show(words, words.text("There is no such page"), told)


def _show(words: Catalogue, title: str, told: str) -> None:
    speak(words.language)
    ui.add_head_html(f"<style>{style_sheet('light')}</style>")
    ui.page_title(title)
    ui.query("body").classes("sheet")
    with block("entrance"), Tag("section", "card", role="alert"):
        Tag("h1", "", title)
        Tag("p", "break", told)
        link(words.text("Search"), "/search", "button first")
