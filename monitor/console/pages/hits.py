"""How one found record looks: who and when, its words with what was sought, and what is known of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from monitor.console.pages.address import campaign_page, record_page, search_for
from monitor.console.pages.elements import Tag, block, chip, link, outward, span
from monitor.console.pages.reading import Reading
from monitor.console.views import RecordView, WordWeight
from monitor.documents import Document

LONGEST_IN_LIST = 1_000
"""Characters of a text that is shown whole among others."""
Explain = Callable[[str], Awaitable[Sequence[WordWeight]]]
"""Why a text scores as it does: its strongest words."""


def show_hit(
    reading: Reading,
    view: RecordView,
    explain: Explain,
    *,
    alike: str | None = None,
    alone: bool = False,
) -> None:
    """A record as a card. ``alike`` is the search that shows records with its text one by one; ``alone``
    leaves out what its own page says anyway.
    """
    document = view.document
    with Tag("article", "hit"):
        _head(reading, document, alone=alone)
        shown, marks = document.text, tuple(view.highlights)
        if not alone:
            shown, marks = excerpt(shown, marks)
        marked_text(shown, marks, reading.text("(no words of its own)"))
        if shown is not document.text:
            words = reading.text(
                "the whole text ({count} characters)", count=reading.number(len(document.text))
            )
            link(words, record_page(document.id), "small")
        with block("hit-foot"):
            _feeling(reading, document, explain)
            for name in document.watchlists:
                chip(reading.watchlist(name), "", search_for("watchlist", name, reading.zone))
            for campaign in view.campaigns:
                words = reading.text(
                    "campaign {id} ({share})",
                    id=campaign.id,
                    share=reading.share(campaign.probability_milli / 1000),
                )
                chip(words, "", campaign_page(campaign.id))
            if alike is not None:
                words = reading.text("{count} with the same text", count=reading.number(view.copies))
                chip(words, "", alike)
            if not alone:
                link(reading.text("Where it comes from"), record_page(document.id), "small push")


def _head(reading: Reading, document: Document, *, alone: bool) -> None:
    with block("hit-head"):
        who = document.official or reading.person(document.author)
        link(
            who,
            search_for("author", document.author, reading.zone),
            "name" if document.official else "name mono",
            aria_label=reading.text("Author {name}: all records", name=who),
        )
        if document.official:
            span(reading.text("official account"))
        elif document.verified:
            span(reading.text("verified"))
        if document.followers is not None:
            span(reading.text("{count} followers", count=reading.number(document.followers)))
        span(reading.known(document.platform))
        span(reading.known(document.kind))
        _reach(reading, document)
        with Tag("time", "push number", datetime=reading.machine(document.created_at)):
            if alone:
                span(reading.moment(document.created_at))
            else:
                link(reading.moment(document.created_at), record_page(document.id), "muted")


def _reach(reading: Reading, document: Document) -> None:
    counts = (
        ("{count} reposts", document.reposts),
        ("{count} comments", document.comments),
        ("{count} likes", document.likes),
    )
    for words, count in counts:
        if count:
            span(reading.text(words, count=reading.number(count)))


def excerpt(
    text: str, marks: Sequence[tuple[int, int]], most: int = LONGEST_IN_LIST
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Of a text that would fill a list half of what may stand there, around the first mark; with its marks.

    A text of up to ``most`` characters comes back as it is.
    """
    if len(text) <= most:
        return text, tuple(marks)
    first = max(0, min(marks[0][0] - most // 8 if marks else 0, len(text) - most // 2))
    end = first + most // 2
    before, after = "…" if first else "", "…" if end < len(text) else ""
    shift = len(before) - first
    inside = ((start + shift, min(stop, end) + shift) for start, stop in marks if first <= start < end)
    return f"{before}{text[first:end]}{after}", tuple(inside)


def marked_text(text: str, marks: Sequence[tuple[int, int]], empty: str) -> None:
    """A text with what was sought marked; every piece is a text node of its own."""
    if not text.strip():
        Tag("p", "muted", empty)
        return
    with Tag("p", "hit-text"):
        at = 0
        for start, end in marks:
            if start > at:
                span(text[at:start])
            Tag("mark", "", text[start:end])
            at = end
        if at < len(text):
            span(text[at:])


def _feeling(reading: Reading, document: Document, explain: Explain) -> None:
    if not document.text.strip() or (document.uncertain and document.confidence == 0.0):
        chip(reading.text("not scored: no words of its own"))
        return
    label = "uncertain" if document.uncertain else document.label
    with Tag("details", "why") as details:
        with Tag("summary", "row"):
            chip(f"{reading.known(label)} {document.polarity:+.2f}", label)
            if document.emotion is not None and document.emotion != "neutral":
                chip(reading.known(document.emotion))
            span(reading.text("Why?"), "small muted")
        words = block("words", aria_live="polite")
    opened = False

    async def fill() -> None:
        nonlocal opened
        if opened:
            return
        opened = True
        strongest = await explain(document.text)
        with words:
            show_words(reading, strongest, document.confidence)

    details.on("toggle", fill, args=[])


def show_words(reading: Reading, strongest: Sequence[WordWeight], confidence: float) -> None:
    """The words that moved a score, with how far."""
    if not strongest:
        span(reading.text("No single word decided."), "muted")
    for part in strongest:
        chip(f"{part.text} {part.weight:+.2f}", "positive" if part.weight > 0 else "negative")
    span(
        reading.text(
            "Each word: how far it moved the odds of positive against negative. Confidence {share}.",
            share=reading.share(confidence),
        ),
        "small muted",
    )


def original(reading: Reading, document: Document) -> None:
    """The way to the record on its platform, where it is known."""
    outward(reading.text("Open on the platform"), document.url)
