"""The few building blocks of every page, over plain HTML elements.

Texts go to the browser as text nodes and attributes, never as HTML: nothing a post or a name says can be
markup. Addresses come from ``monitor.console.pages.address`` or from ``outward``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from urllib.parse import urlsplit

from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

Cell = str | Callable[[], object]
"""What stands in a table: words, or what builds the element in its place."""


class Tag(TextElement):
    """One HTML element with its classes, text and attributes (``for_`` is ``for``, ``aria_label`` is
    ``aria-label``; None leaves an attribute out, True gives one without value)."""

    def __init__(
        self, tag: str, classes: str = "", text: str = "", **attributes: str | float | bool | None
    ) -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)
        for name, value in attributes.items():
            self.attribute(name, value)

    def attribute(self, name: str, value: str | float | bool | None) -> None:
        """Set an attribute, as the constructor does."""
        if value is not None and value is not False:
            self._props[name.rstrip("_").replace("_", "-")] = "" if value is True else str(value)


def block(classes: str = "", text: str = "", **attributes: str | float | bool | None) -> Tag:
    """A ``div``."""
    return Tag("div", classes, text, **attributes)


def span(text: str, classes: str = "", **attributes: str | float | bool | None) -> Tag:
    """A ``span``."""
    return Tag("span", classes, text, **attributes)


def link(text: str, address: str, classes: str = "", **attributes: str | float | bool | None) -> Tag:
    """A link to another page of the console."""
    return Tag("a", classes, text, href=address, **attributes)


def outward(text: str, address: str | None) -> Tag | None:
    """A link out of the console, opened apart, not saying where from; None for anything but http(s)."""
    try:
        outside = address is not None and urlsplit(address).scheme in {"http", "https"}
    except ValueError:
        outside = False  # Platforms give addresses as people wrote them, brackets and all.
    if not outside:
        return None
    return Tag("a", "", text, href=address, target="_blank", rel="noopener noreferrer nofollow")


def card(title: str, *, level: int = 2, classes: str = "", note: str = "") -> Tag:
    """A card with its title (and a note beside it); what follows goes into ``with card(…):``."""
    box = Tag("section", f"card {classes}".strip())
    with box:
        with block("card-head"):
            heading = Tag(f"h{level}", "", title)
            if note:
                span(note, "muted small")
        box.props["aria-labelledby"] = heading.html_id
    return box


def chip(text: str, classes: str = "", address: str | None = None) -> Tag:
    """A small label; with an address it is a link."""
    if address is None:
        return span(text, f"chip {classes}".strip())
    return link(text, address, f"chip link {classes}".strip())


def figures(values: Iterable[tuple[str, str]], *, words: bool = False) -> Tag:
    """Large figures over their names."""
    box = Tag("dl", "figures")
    with box:
        for name, value in values:
            with block():
                Tag("dt", "", name)
                Tag("dd", "word" if words else "", value)
    return box


def meter(parts: Sequence[tuple[str, float]], label: str) -> Tag:
    """A bar of parts: class and share (0 to 1) of each; ``label`` says the same in words."""
    box = block("meter", role="img", aria_label=label)
    with box:
        for classes, share in parts:
            if share > 0:
                Tag("i", classes).style(f"width:{100 * min(share, 1.0):.2f}%")
    return box


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    numbers: Iterable[int] = (),
    texts: Iterable[int] = (),
    caption: str = "",
    stacked: bool = False,
) -> Tag:
    """A table; the columns in ``numbers`` are right-aligned figures, those in ``texts`` take the room that
    is left and break into lines. On a phone the rows of a ``stacked`` one become blocks, each cell with
    the name of its column.
    """
    right, breaking = frozenset(numbers), frozenset(texts)
    box = block("scroll", tabindex=0, role="region", aria_label=caption or " / ".join(head))
    with box, Tag("table", "table stacked" if stacked else "table"):
        if caption:
            Tag("caption", "visually-hidden", caption)
        with Tag("thead"), Tag("tr"):
            for place, name in enumerate(head):
                Tag("th", "number" if place in right else "", name, scope="col")
        with Tag("tbody"):
            for row in rows:
                with Tag("tr"):
                    for place, cell in enumerate(row):
                        classes = "number" if place in right else "break" if place in breaking else "nowrap"
                        label = head[place] if stacked else None
                        if isinstance(cell, str):
                            Tag("td", classes, cell, data_label=label)
                            continue
                        with Tag("td", classes, data_label=label):
                            cell()
    return box


def behind(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], numbers: Iterable[int]) -> Tag:
    """The table behind a chart, folded."""
    box = Tag("details", "behind")
    with box:
        Tag("summary", "", title)
        table(head, rows, numbers=numbers, caption=title)
    return box


def field(
    label: str, name: str, *, kind: str = "text", value: str = "", **attributes: str | bool | None
) -> Tag:
    """A labelled text field of a form; returns the field.

    The value is given as the attribute, so that an update of the page does not undo what was typed.
    """
    with block("field"):
        caption = Tag("label", "", label)
        control = Tag("input", "input", type=kind, name=name, autocomplete="off")
        for attribute, given in attributes.items():
            control.attribute(attribute, given)
        control.props["^value"] = value
        caption.props["for"] = control.html_id
    return control


def choice(label: str, name: str, options: Iterable[tuple[str, str]], chosen: str) -> Tag:
    """A labelled list to choose from in a form; ``options`` are values with their words.

    Browsers that come back to a page must not choose what was chosen when it was left.
    """
    with Tag("label", "check") as holder:
        span(label, "label")
        with Tag("select", "select", name=name, autocomplete="off") as control:
            for value, words in options:
                Tag("option", "", words, value=value, selected=value == chosen)
    holder.props["for"] = control.html_id
    return control


def live_form(handler: Callable[[dict[str, str]], Awaitable[object]], classes: str = "") -> Tag:
    """A form whose fields go to ``handler`` over the page's connection instead of to another page."""
    form = Tag("form", classes)

    async def sent(event: GenericEventArguments) -> None:
        await handler({str(name): str(value) for name, value in dict(event.args).items()})

    form.on(
        "submit",
        sent,
        js_handler="(event) => { event.preventDefault(); "
        "emit(Object.fromEntries(new FormData(event.target))); }",
    )
    return form
