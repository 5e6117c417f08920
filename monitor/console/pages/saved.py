"""Saved searches, beside the search box: open one, keep this one, take one's own away."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.console.pages.administration import Change
from monitor.console.pages.elements import Tag, block, field, link, live_form, span
from monitor.console.pages.reading import Reading
from monitor.console.saved import LONGEST_NAME, SavedSearch


def show_saved(
    reading: Reading, kept: Sequence[SavedSearch], me: str, *, save: Change, remove: Change
) -> None:
    """A menu of what is kept, with a form to keep what is shown now."""
    text = reading.text
    with Tag("details", "menu"):
        Tag("summary", "button", text("Saved searches"))
        with block("menu-list"):
            if not kept:
                Tag("p", "small muted", text("None is saved yet."))
            for search in kept:
                with block("row apart"):
                    link(search.name, f"/search?{search.state}", "grow")
                    if search.owner != me:
                        span(search.owner, "small muted")
                        continue
                    with live_form(remove):
                        Tag("input", type="hidden", name="id", value=search.id)
                        Tag(
                            "button",
                            "plain muted",
                            "×",
                            type="submit",
                            aria_label=text("Remove {name}", name=search.name),
                        )
            with live_form(save, "stack ruled"):
                field(text("Save this search as"), "name", required=True, maxlength=str(LONGEST_NAME))
                with Tag("label", "check"):
                    Tag("input", type="checkbox", name="shared", value="1")
                    span(text("for everybody"))
                Tag("button", "button small", text("Save"), type="submit")
