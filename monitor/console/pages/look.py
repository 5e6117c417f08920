"""The style sheet of every page, those of strangers too, and the script of the others."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from monitor.console.pages.palette import Theme, variables


@cache
def style_sheet(theme: Theme) -> str:
    """The style sheet of a theme, for the head of a page."""
    rules = (files("monitor.console.pages") / "console.css").read_text("utf-8")
    return f":root{{color-scheme:{theme};{variables(theme)}}}\n{rules}"


@cache
def script() -> str:
    """What pages do by themselves, for the head of a page."""
    return (files("monitor.console.pages") / "console.js").read_text("utf-8")
