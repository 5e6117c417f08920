"""The wall: what is said now, for a screen that a whole room reads. It fills itself anew by the minute."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.port import Alert
from monitor.console.pages.address import alert_page, campaign_page, search_for
from monitor.console.pages.alerts import sentence, state_words
from monitor.console.pages.campaigns import example_words, level_chip
from monitor.console.pages.charts import spark_path
from monitor.console.pages.elements import Tag, block, card, link, meter, span, table
from monitor.console.pages.reading import Reading
from monitor.console.views import CampaignRow, Freshness, Wall, WallSubject
from monitor.opinion.figures import SAMPLE_SIZE
from monitor.opinion.organic import LEAST_PEOPLE

REFRESH_SECONDS = 30
_MOST_CAMPAIGNS = 5
_MOST_ALERTS = 4
_FEELINGS = ("negative", "neutral", "positive", "uncertain")


def show_wall(reading: Reading, wall: Wall) -> None:
    """Everything on the wall."""
    text = reading.text
    with block("title"):
        Tag("h1", "", text("Public opinion now"))
        span(
            text(
                "{from_} to {to}",
                from_=reading.minute(wall.start),
                to=reading.stamp(wall.end),
            ),
            "muted",
        )
        _sources(reading, wall.sources)
        with block("push row"):
            span(text("as of"), "muted small")
            Tag("time", "clock", reading.clock(wall.now), datetime=reading.machine(wall.now))
            span(reading.offset(wall.now), "muted small")
    with block("wall-grid"):
        with Tag("section", "watch", aria_label=text("Watchlists")):
            for subject in wall.subjects:
                _subject(reading, wall, subject)
        with block("stack loose"):
            _campaigns(reading, wall.campaigns, wall.active_campaigns)
            _alerts(reading, wall.alerts, cut=wall.more_alerts)


def show_table(reading: Reading, wall: Wall) -> None:
    """What the lines of the wall show, as figures: a row for each bucket, a column for each watchlist."""
    subjects = [subject for subject in wall.subjects if subject.series.buckets]
    counts = [{int(bucket.key): bucket.count for bucket in one.series.buckets} for one in subjects]
    moments = sorted({moment for one in counts for moment in one})
    table(
        (reading.text("from"), *(reading.watchlist(one.watchlist) for one in subjects)),
        [
            (
                reading.moment(moment),
                *(reading.number(one[moment]) if moment in one else "–" for one in counts),
            )
            for moment in moments
        ],
        numbers=range(1, len(subjects) + 1),
        caption=reading.text("Records by watchlist"),
    )


def _subject(reading: Reading, wall: Wall, subject: WallSubject) -> None:
    text = reading.text
    with Tag("section", "card"):
        with Tag("h2"):
            link(
                reading.watchlist(subject.watchlist),
                search_for("watchlist", subject.watchlist, reading.zone),
            )
        with block("row apart"):
            with block("stack-tight"):
                span(reading.number(subject.records), "big")
                span(text("records"), "small muted")
            with block("stack-tight right"):
                if subject.people is None:
                    span("–", "big")
                    span(text("fewer than 5 people"), "small muted")
                else:
                    span(reading.about(subject.people, subject.records, SAMPLE_SIZE), "big")
                    span(text("distinct people"), "small muted")
        _spark(reading, wall, subject)
        _feelings(reading, subject)
        _people(reading, subject)


def _spark(reading: Reading, wall: Wall, subject: WallSubject) -> None:
    text = reading.text
    counts = [bucket.count for bucket in subject.series.buckets]
    if not counts:
        heard = bool(heard_at(wall))
        Tag(
            "p", "note small", text("No record in this time.") if heard else no_data(reading, subject.last_at)
        )
        return
    values = line_values(wall, subject)
    with Tag(
        "svg",
        "spark",
        viewBox="0 0 240 40",
        preserveAspectRatio="none",
        role="img",
        aria_label=text("Records over time, most {count} at once", count=max(counts)),
    ):
        Tag("path", d=spark_path(values))
    known = [place for place, value in enumerate(values) if value is not None]
    if len(known) < known[-1] - known[0] + 1:
        Tag("p", "small muted", text("Gaps in the line: no data from any source."))


def line_values(wall: Wall, subject: WallSubject) -> list[float | None]:
    """A subject's records in each bucket of the wall, from its first record to its last; None for no data."""
    step = subject.series.interval_seconds * 1000
    counts = {int(bucket.key): bucket.count for bucket in subject.series.buckets}
    heard = heard_at(wall)
    first, last = min(counts), max(counts)
    starts = range(first - (first - wall.start) // step * step, wall.end, step)
    return [
        float(counts.get(start, 0)) if first <= start <= last and start in heard else None for start in starts
    ]


def heard_at(wall: Wall) -> frozenset[int]:
    """The buckets in which any source told anything: in others nothing was not said, it was not heard."""
    return frozenset(int(bucket.key) for one in wall.subjects for bucket in one.series.buckets)


def _feelings(reading: Reading, subject: WallSubject) -> None:
    text = reading.text
    if subject.sentiment is None:
        Tag("p", "small muted", text("Sentiment withheld: fewer than 5 people"))
        return
    total = sum(subject.sentiment.values())
    if not total:
        Tag("p", "small muted", text("No scored texts"))
        return
    shares = [(name, subject.sentiment.get(name, 0) / total) for name in _FEELINGS]
    words = [f"{reading.known(name)} {reading.share(share)}" for name, share in shares]
    meter(shares, ", ".join(words))
    with block("row apart small"):
        for (name, _), word in zip(shares, words, strict=True):
            span(word, f"muted nowrap dot {name}")
        if subject.campaign_share >= 0.005:
            span(text("campaigns {share}", share=reading.share(subject.campaign_share)), "nowrap")


def _people(reading: Reading, subject: WallSubject) -> None:
    """One person, one voice, campaigns taken out, beside the share of texts."""
    text = reading.text
    if not subject.sentiment or not any(subject.sentiment.values()):
        return
    found = subject.negative
    if found is None:
        Tag("p", "small muted", text("Fewer than {count} people to hear", count=LEAST_PEOPLE))
        return
    words = text(
        "negative: {raw} of certain texts, {value} of people ({low} to {high})",
        raw=reading.share(found.raw),
        value=reading.share(found.value),
        low=reading.share(found.low),
        high=reading.share(found.high),
    )
    with Tag("p", "small", title=text("One person, one voice, without campaigns; 95% interval")):
        span(words)
        standing = text("by {count} people", count=reading.about(found.people, subject.records, SAMPLE_SIZE))
        span(f" · {standing}", "muted nowrap")
        if found.provisional:
            span(
                f" · {text('provisional')}",
                "muted nowrap",
                title=text("Campaigns that are not noticed yet may still claim records of this time."),
            )


def no_data(reading: Reading, last_at: int | None) -> str:
    """What stands where nothing came: since when, never a zero."""
    if last_at is None:
        return reading.text("no data yet")
    return reading.text("no data since {time}", time=reading.stamp(last_at))


def _campaigns(reading: Reading, campaigns: Sequence[CampaignRow], active: int) -> None:
    text = reading.text
    with card(text("Active campaigns"), note=reading.number(active)):
        if not campaigns:
            Tag("p", "nothing", text("None"))
        for campaign in campaigns[:_MOST_CAMPAIGNS]:
            with block("item"):
                with block("row"):
                    level_chip(reading, campaign.level)
                    span(
                        text(
                            "{records} records, {accounts} accounts",
                            records=reading.number(campaign.records),
                            accounts=reading.number(campaign.accounts),
                        ),
                        "small",
                    )
                    span(reading.minute(campaign.opened_at), "small muted push number")
                link(example_words(reading, campaign.example), campaign_page(campaign.id), "clamp one")
        _more(reading, active - min(len(campaigns), _MOST_CAMPAIGNS), "/campaigns")


def _alerts(reading: Reading, alerts: Sequence[Alert], *, cut: bool) -> None:
    text = reading.text
    with card(text("Alerts"), note=text("those that go on first")):
        if not alerts:
            Tag("p", "nothing", text("None"))
        for alert in alerts[:_MOST_ALERTS]:
            with block("item"):
                with block("row"):
                    level_chip(reading, alert.level)
                    span(state_words(reading, alert), "small")
                    span(reading.minute(alert.at), "small muted push number")
                link(sentence(reading, alert), alert_page(alert), "small clamp")
        with block("row apart"):
            _more(reading, len(alerts) - _MOST_ALERTS, "/alerts", cut=cut)
            link(text("All alerts"), "/alerts", "small push")


def _more(reading: Reading, count: int, address: str, *, cut: bool = False) -> None:
    """That there are more than are shown; ``cut``: more than are counted, too."""
    if count > 0:
        shown = reading.number(count)
        words = reading.text("and {count} more", count=shown)
        if cut:
            words = reading.text("and at least {count} more", count=shown)
        link(words, address, "small")


def _sources(reading: Reading, sources: Sequence[Freshness]) -> None:
    """Each source with its newest record, or since when nothing came."""
    with Tag("ul", "row", aria_label=reading.text("Sources")):
        for source in sources:
            silent = source.idle or source.last_at is None
            words = reading.text("newest {time}", time=reading.clock(source.last_at or 0))
            if silent:
                words = no_data(reading, source.last_at)
            Tag("li", "chip silent" if silent else "chip", f"{reading.known(source.platform)} · {words}")
