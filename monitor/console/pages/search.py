"""The search page: one box, what it finds in all (figures, facets, histogram), and the records found.

Every state is an address: facets, sorting and paging are links, the box and the bounds of time forms. Only
brushing the histogram, why a record scored so, and saved searches need the page's connection.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from nicegui import ui
from nicegui.events import GenericEventArguments

from monitor.console.pages.address import Narrowing, same_text, search_page
from monitor.console.pages.charts import Series, clock_labels, filled, over_time
from monitor.console.pages.elements import (
    Tag,
    behind,
    block,
    card,
    chip,
    choice,
    field,
    figures,
    link,
    meter,
    span,
)
from monitor.console.pages.hits import Explain, show_hit
from monitor.console.pages.local_times import local_time
from monitor.console.pages.reading import Reading
from monitor.console.search_state import SORTS, SearchState
from monitor.console.views import SearchOverview, SearchPage
from monitor.index.conditions import ConditionField
from monitor.index.port import Bucket

_FACETS: tuple[ConditionField, ...] = (
    "watchlist",
    "sentiment",
    "emotion",
    "platform",
    "kind",
    "campaign",
)
_MOST_VALUES = 9


def box(reading: Reading, state: SearchState, wrong: str = "", column: int | None = None) -> None:
    """The search box with its help, and what is wrong with what it holds."""
    text = reading.text
    with Tag("form", "stack grow", method="get", action="/search", role="search"):
        with block("ask-line"):
            label = Tag("label", "visually-hidden", text("Search"))
            control = Tag(
                "input",
                "input",
                type="search",
                name="q",
                autocomplete="off",
                spellcheck="false",
                placeholder=text('Words, "a phrase", sentiment:negative, after:2011-12-01 …'),
                aria_invalid="true" if wrong else None,
                aria_describedby="wrong" if wrong else None,
            )
            control.props["^value"] = state.q
            label.props["for"] = control.html_id
            _carried(state, without=("q", "cursor"))
            Tag("button", "button first", text("Search"), type="submit")
        if wrong:
            with block("note bad", id="wrong", role="alert"):
                Tag("p", "", wrong)
                if column is not None:
                    Tag("pre", "mono pointer", f"{state.q}\n{_under(state.q, column)}", aria_hidden="true")
        _help(reading, opened=bool(wrong))


def _under(q: str, column: int) -> str:
    """A pointer below a column (from 1); full-width characters take two places."""
    before = q[: max(column - 1, 0)]
    return "".join("　" if ord(character) > 0x2E7F else " " for character in before) + "▲"


def _carried(state: SearchState, without: Sequence[str]) -> None:
    """The rest of a state, in a form that changes a part of it."""
    for pair in state.url().split("&"):
        name, _, _ = pair.partition("=")
        if pair and name not in without:
            value = msgspec.to_builtins(state)[name]
            shown = str(int(value)) if isinstance(value, bool) else str(value)
            Tag("input", type="hidden", name=name, value=shown)


def _help(reading: Reading, *, opened: bool) -> None:
    text = reading.text
    examples = (
        ("房价 物业", text("both words")),
        ("房价 OR 房租", text("one of them")),
        ('"物业 费用"', text("exactly so")),
        ("房价 NOT 转发", text("the first without the second")),
        ("情感:负面 关注:housing", text("negative texts of a watchlist")),
        ("平台:sina_weibo 类型:评论", text("comments on one platform")),
        ("起:2011-12-05 止:2011-12-06", text("from a day (with it) to another (without it)")),
    )
    with Tag("details", "small", open=opened):
        Tag("summary", "muted", text("How to search"))
        with block("row wide"):
            for example, meaning in examples:
                with Tag("p", "nowrap"):
                    link(example, search_page(SearchState(q=example)), "mono")
                    span(f" {meaning}", "muted")


def overview(reading: Reading, state: SearchState, found: SearchOverview, *, may_export: bool) -> None:
    """Records, texts and people side by side, and how the records are shown."""
    text = reading.text
    about = "" if found.exact else text("about ")
    people = text("fewer than 5") if found.people is None else f"{about}{reading.number(found.people)}"
    with Tag("section", "card", aria_label=text("Found")), block("row apart wide"):
        figures(
            (
                (text("records"), reading.number(found.records)),
                (text("distinct texts"), f"{about}{reading.number(found.texts)}"),
                (text("distinct people"), people),
            )
        )
        with block("row push"):
            _order(reading, state)
            _switches(reading, state)
            if may_export:
                _exports(reading, state)


def _order(reading: Reading, state: SearchState) -> None:
    text = reading.text
    with Tag("form", "row push", method="get", action="/search"):
        _carried(state, without=("sort", "cursor"))
        choice(
            text("Sort by"),
            "sort",
            [(sort, reading.known(f"sort {sort}")) for sort in SORTS],
            state.sort,
        )
        Tag("button", "button small", text("Sort"), type="submit")


def _switches(reading: Reading, state: SearchState) -> None:
    text = reading.text
    for pressed, words, switched in (
        (
            state.without_campaigns,
            text("Without campaigns"),
            msgspec.structs.replace(state, without_campaigns=not state.without_campaigns, cursor=None),
        ),
        (
            state.fold,
            text("Same texts once"),
            msgspec.structs.replace(state, fold=not state.fold, cursor=None),
        ),
    ):
        mark = "☑" if pressed else "☐"
        link(
            f"{mark} {words}",
            search_page(switched),
            "button small",
            aria_current="true" if pressed else None,
        )


def _exports(reading: Reading, state: SearchState) -> None:
    whole = msgspec.structs.replace(state, cursor=None).url()
    with Tag("details", "menu"):
        Tag("summary", "button small", reading.text("Export"))
        with block("menu-list"):
            span(reading.text("Pseudonymous; every export is logged."), "small muted")
            for form in ("csv", "ndjson", "xlsx"):
                link(form.upper(), f"/api/v1/export?format={form}&{whole}", download=True)


def facets(reading: Reading, narrowing: Narrowing, found: SearchOverview) -> None:
    """The values of each field with their counts; a click narrows the search, another widens it again."""
    with card(reading.text("Narrow down"), classes="facets"):
        for name in _FACETS:
            values = found.facets.get(name, ())
            if found.withheld if name == "sentiment" else name == "emotion" and found.emotions_withheld:
                _facet_withheld(reading, reading.known(name))
            elif values:
                _facet(reading, narrowing, name, values)


def _facet_withheld(reading: Reading, title: str) -> None:
    with block("facet"):
        Tag("h3", "", title)
        Tag("p", "small muted", reading.text("Withheld: fewer than 5 people"))


def _facet(reading: Reading, narrowing: Narrowing, name: ConditionField, values: Sequence[Bucket]) -> None:
    most = max(bucket.count for bucket in values)
    with Tag("nav", "facet", aria_label=reading.known(name)):
        Tag("h3", "", reading.known(name))
        for bucket in values[:_MOST_VALUES]:
            value = str(bucket.key)
            with link(
                "",
                search_page(narrowing.switched(name, value)),
                aria_current="true" if narrowing.holds(name, value) else None,
            ):
                span(reading.value(name, value), "name")
                span(reading.number(bucket.count), "number")
                meter([("", bucket.count / most)], "").props.update({"aria-hidden": "true", "role": None})


def asked(reading: Reading, state: SearchState, narrowing: Narrowing) -> None:
    """What narrows the search, each with a way to take it away."""
    parts = narrowing.asked()
    if not parts and state.after is None and state.before is None:
        return
    with block("row"):
        span(reading.text("Narrowed to"), "small muted")
        for part in parts:
            words = f"{reading.known(part.field)}: {reading.value(part.field, part.value)} ×"
            chip(words, "", search_page(narrowing.switched(part.field, part.value)))
        if state.after is not None or state.before is not None:
            bounds = " – ".join(
                "…" if bound is None else reading.stamp(bound) for bound in (state.after, state.before)
            )
            always = msgspec.structs.replace(state, after=None, before=None, cursor=None)
            chip(f"{bounds} ×", "", search_page(always))


def histogram(reading: Reading, state: SearchState, found: SearchOverview) -> None:
    """Records over time; a stretch can be drawn over it, or given as two times."""
    text = reading.text
    if found.oldest is None or found.newest is None:
        return
    step = found.histogram.interval_seconds * 1000
    counts = [(int(bucket.key), bucket.count) for bucket in found.histogram.buckets]
    bars = filled(counts, step, found.newest)
    starts = [start for start, _ in bars]
    values = [count for _, count in bars]
    labels = clock_labels(starts, reading.zone)
    note = text(
        "{from_} to {to}, one bar is {length}",
        from_=reading.minute(found.oldest),
        to=reading.stamp(found.newest),
        length=reading.duration(step),
    )
    with card(text("Over time"), note=note):
        chart = (
            ui.echart(over_time(labels, [Series(text("records"), "accent", values)], brush=True))
            .classes("chart")
            .style("height:144px")
        )
        chart.props["role"] = "img"
        chart.props["aria-label"] = text("Records over time; the table below has the figures")
        _brushing(chart, state, starts, step)
        with block("row wide"):
            _bounds(reading, state)
            behind(
                text("Table behind the chart"),
                (text("from"), text("records")),
                [(reading.moment(start), reading.number(count)) for start, count in bars if count],
                (1,),
            )


def _brushing(chart: ui.echart, state: SearchState, starts: Sequence[int], step: int) -> None:
    def brushed(event: GenericEventArguments) -> None:
        first, last = event.args
        if not 0 <= int(first) <= int(last) < len(starts):
            return
        stretch = msgspec.structs.replace(
            state, after=starts[int(first)], before=starts[int(last)] + step, cursor=None
        )
        ui.navigate.to(search_page(stretch))

    chart.on(
        "chart:brushEnd",
        brushed,
        js_handler="(e) => { const area = e.areas[0]; if (area) emit(...area.coordRange); }",
    )
    ui.timer(
        0.05,
        lambda: chart.run_chart_method(
            "dispatchAction",
            {
                "type": "takeGlobalCursor",
                "key": "brush",
                "brushOption": {"brushType": "lineX", "brushMode": "single"},
            },
        ),
        once=True,
    )


def _bounds(reading: Reading, state: SearchState) -> None:
    text = reading.text
    with Tag("details", "behind"):
        Tag("summary", "", text("Draw over the chart to narrow the time, or type it"))
        with Tag("form", "row", method="get", action="/search/between"):
            _carried(state, without=("cursor",))
            for words, name, bound in (
                (text("from"), "from", state.after),
                (text("to"), "to", state.before),
            ):
                field(words, name, kind="datetime-local", value=local_time(bound, reading.zone))
            Tag("button", "button small", text("Show"), type="submit")


def records(reading: Reading, state: SearchState, page: SearchPage, explain: Explain) -> None:
    """The records of one page, and the way to the next."""
    text = reading.text
    if not page.records:
        with card(text("Nothing found")):
            Tag("p", "", text("Take a word or a narrowing away, or widen the time."))
        return
    with Tag("section", "hits", aria_label=text("Records found")):
        for view in page.records:
            alike = (
                same_text(state, view.document.text, reading.zone, reading.titles)
                if view.copies > 1
                else None
            )
            show_hit(reading, view, explain, alike=alike)
    with Tag("nav", "row apart", aria_label=text("Pages")):
        if state.cursor is None:
            span("")
        else:
            link(text("First page"), search_page(msgspec.structs.replace(state, cursor=None)), "button")
        if page.cursor is None:
            span(text("These are all."), "muted")
        else:
            after = msgspec.structs.replace(state, cursor=page.cursor)
            link(text("Next page"), search_page(after), "button", rel="next")
