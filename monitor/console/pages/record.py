"""The page of one record: what it says and why it scored so, what it answers, and how its cascade grew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from nicegui import ui

from monitor.console.pages.address import record_page, search_for
from monitor.console.pages.charts import Series, clock_labels, filled, over_time
from monitor.console.pages.elements import Tag, behind, block, card, chip, figures, link, span
from monitor.console.pages.hits import Explain, marked_text, original, show_hit, show_words
from monitor.console.pages.reading import Reading
from monitor.console.views import Cascade, RecordPage, RecordView, WordWeight
from monitor.documents import sentiment_of
from monitor.scoring.corrections import CORRECTED_LABELS, CorrectedLabel

Correct = Callable[[CorrectedLabel], Awaitable[None]]


def show_record(
    reading: Reading, page: RecordPage, explain: Explain, correct: Correct | None, may_correct: str
) -> None:
    """Everything on the page. ``may_correct`` says who may correct the label where this reader may not."""
    text = reading.text
    document = page.record.document
    with block("title"):
        Tag("h1", "", text("Record"))
        span(document.id, "mono muted push break")
    with block("columns evidence"):
        with block("stack loose"):
            show_hit(reading, page.record, explain, alone=True)
            _origin(reading, page)
            _growth(reading, page.cascade)
        with block("stack loose"):
            _why(reading, page.why, document.confidence)
            if document.text.strip():
                _label(reading, page, correct, may_correct)
            with card(text("What is kept of it")):
                _facts(reading, page.record)


def _why(reading: Reading, why: Sequence[WordWeight], confidence: float) -> None:
    if not why:
        return
    with card(reading.text("Why this sentiment")), block("words"):
        show_words(reading, why, confidence)


def _label(reading: Reading, page: RecordPage, correct: Correct | None, may_correct: str) -> None:
    """What the model said, what people said, and the buttons to say it."""
    text = reading.text
    document = page.record.document
    given = sentiment_of(document)
    with card(text("Is the label right?"), note=text("the figures stay as they are"), classes="verdict"):
        with block("row"):
            span(text("The model's label:"), "muted")
            chip(reading.known(given), given)
        for one in reversed(page.corrections[-5:]):
            with block("item small"), block("row apart"):
                span(text("corrected to {label}", label=reading.known(one.label)))
                span(f"{one.judge} · {reading.moment(one.at)}", "muted")
        if correct is None:
            Tag("p", "muted small", may_correct)
            return
        with block("judge four"):
            for label in CORRECTED_LABELS:
                button = Tag("button", "button", reading.known(label), type="button")
                button.on("click", partial(_corrected, correct, label), args=[])


async def _corrected(correct: Correct, label: CorrectedLabel) -> None:
    await correct(label)


def _facts(reading: Reading, view: RecordView) -> None:
    text = reading.text
    document = view.document
    facts = (
        (text("written"), reading.moment(document.created_at)),
        (text("client"), document.source),
        (text("place"), document.location),
        (text("model"), document.model),
        (text("taken in from"), document.position.place),
    )
    with Tag("dl", "facts"):
        for name, value in facts:
            if value:
                Tag("dt", "muted small", name)
                Tag("dd", "break", value)
    original(reading, document)


def _origin(reading: Reading, page: RecordPage) -> None:
    """What the record answers and where the cascade begins; nothing for a post that begins it itself."""
    text = reading.text
    shown = {page.record.document.id}
    if page.record.document.kind != "post" and page.cascade.root is None:
        with card(text("What it hangs on")):
            Tag("p", "", text("The post itself was not taken in: {id}", id=page.cascade.id))
    for title, view in (
        (text("What it answers"), page.cascade.parent),
        (text("The post it hangs on"), page.cascade.root),
        (text("First seen in the cascade"), page.cascade.first),
    ):
        if view is None or view.document.id in shown:
            continue
        shown.add(view.document.id)
        with card(title, note=reading.moment(view.document.created_at)):
            marked_text(view.document.text, (), text("(no words of its own)"))
            with block("row small"):
                span(reading.person(view.document.author), "mono muted")
                link(text("Open"), record_page(view.document.id), "push")


def _growth(reading: Reading, cascade: Cascade) -> None:
    text = reading.text
    with card(text("The cascade")):
        people = text("fewer than 5") if cascade.people is None else reading.number(cascade.people)
        figures(((text("records"), reading.number(cascade.records)), (text("distinct people"), people)))
        step = cascade.series.interval_seconds * 1000
        counts = [(int(bucket.key), bucket.count) for bucket in cascade.series.buckets]
        if len(counts) > 1:
            bars = filled(counts, step, counts[-1][0])
            labels = clock_labels([start for start, _ in bars], reading.zone)
            chart = ui.echart(
                over_time(labels, [Series(text("records"), "accent", [count for _, count in bars])])
            )
            chart.classes("chart").style("height:144px")
            chart.props["role"] = "img"
            chart.props["aria-label"] = text("Records over time; the table below has the figures")
            behind(
                text("Table behind the chart"),
                (text("from"), text("records")),
                [(reading.moment(start), reading.number(count)) for start, count in bars if count],
                (1,),
            )
        link(text("All its records"), search_for("target", cascade.id, reading.zone))
