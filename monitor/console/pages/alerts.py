"""The list of alerts, and one alert: its figures, what became of it, and the ways to what it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from monitor.alerts.notices import RULE_WORDS
from monitor.alerts.port import ALL_PLATFORMS, Alert
from monitor.campaigns.port import LEVELS
from monitor.console.pages.address import alert_page, campaign_page, search_page
from monitor.console.pages.campaigns import level_chip
from monitor.console.pages.elements import (
    Cell,
    Tag,
    block,
    card,
    chip,
    choice,
    field,
    figures,
    link,
    span,
    table,
)
from monitor.console.pages.local_times import local_time
from monitor.console.pages.reading import Reading
from monitor.console.views import AlertList, AlertRow, IncidentPage
from monitor.index.lists import AlertQuery

_OPEN = {None: "", True: "1", False: "0"}


def filters(reading: Reading, query: AlertQuery) -> None:
    """What the list is narrowed to, as a plain form."""
    text = reading.text
    anything = ("", text("any"))
    with Tag("form", "row aligned", method="get", action="/alerts", role="search"):
        choice(text("Watchlist"), "watchlist", [anything, *reading.watchlists.items()], query.watchlist or "")
        rules = [(rule, text(words)) for rule, words in RULE_WORDS.items()]
        choice(text("Rule"), "rule", [anything, *rules], query.rule or "")
        levels = [(level, reading.known(level)) for level in reversed(LEVELS)]
        choice(text("Level"), "level", [anything, *levels], query.level or "")
        states = [anything, ("1", text("alerts going on")), ("0", text("alerts that ended"))]
        choice(text("State"), "open", states, _OPEN[query.open])
        for words, name, bound in (
            (text("changed from"), "from", query.after),
            (text("to"), "to", query.before),
        ):
            field(words, name, kind="datetime-local", value=local_time(bound, reading.zone))
        for name, kept in (("after", query.after), ("before", query.before)):
            if kept is not None:
                Tag("input", type="hidden", name=name, value=str(kept))
        Tag("button", "button first", text("Show"), type="submit")
        if query != AlertQuery():
            link(text("Show all"), "/alerts", "button")


def alert_list(reading: Reading, found: AlertList, next_page: str | None) -> None:
    """Incidents as a table, the one that changed last first."""
    text = reading.text
    if not found.alerts and next_page is None:
        with card(text("No alerts")):
            Tag("p", "", text("None of this kind is stored. Whether records come in at all is on the wall."))
        return
    with card(text("Alerts"), note=text("the one that changed last first")):
        table(
            (
                text("level"),
                text("changed"),
                text("what happened"),
                text("figure"),
                text("usual"),
                text("people"),
                text("state"),
                text("evidence"),
            ),
            [_row(reading, one) for one in found.alerts],
            numbers=(3, 4, 5),
            texts=(2,),
            caption=text("Alerts"),
            stacked=True,
        )
        if next_page is not None:
            with block("row"):
                link(text("Next page"), next_page, "button push", rel="next")


def _row(reading: Reading, row: AlertRow) -> list[Cell]:
    alert = row.alert
    return [
        partial(level_chip, reading, alert.level),
        reading.stamp(alert.at),
        partial(_happened, reading, alert),
        _value(reading, alert, alert.figure),
        _value(reading, alert, alert.baseline),
        _people(reading, alert),
        state_words(reading, alert),
        partial(_evidence, reading, row),
    ]


def _happened(reading: Reading, alert: Alert) -> None:
    with block("stack-tight"):
        link(sentence(reading, alert), alert_page(alert))
        span(" · ".join(about(reading, alert)), "small muted")


def _evidence(reading: Reading, row: AlertRow) -> None:
    with block("stack-tight"):
        link(reading.text("Records"), search_page(row.records), "nowrap")
        for campaign in row.alert.campaigns[:1]:
            link(reading.text("Campaign"), campaign_page(campaign), "nowrap")


def sentence(reading: Reading, alert: Alert) -> str:
    """What happened, in the reader's language."""
    return reading.words.of(alert.sentence_en, alert.sentence_zh)


def about(reading: Reading, alert: Alert) -> tuple[str, str, str]:
    """Rule, watchlist and platform in words."""
    platform = reading.text("all platforms") if alert.platform == ALL_PLATFORMS else alert.platform
    return (
        reading.text(RULE_WORDS[alert.rule]),
        reading.watchlist(alert.watchlist),
        reading.known(platform),
    )


def state_words(reading: Reading, alert: Alert) -> str:
    """What became of an incident with this event."""
    return reading.known(f"alert {alert.state}")


def _value(reading: Reading, alert: Alert, value: float | None) -> str:
    if value is None:
        return "–"
    return reading.share(value) if alert.unit == "ratio" else reading.number(value)


def _people(reading: Reading, alert: Alert) -> str:
    return "–" if alert.people is None else reading.number(alert.people)


def show_head(reading: Reading, alert: Alert) -> None:
    """The page's title with level and state."""
    text = reading.text
    with block("title"):
        Tag("h1", "", text("Alert: {rule}", rule=text(RULE_WORDS[alert.rule])))
        level_chip(reading, alert.level)
        chip(text("goes on") if alert.active else text("is over"))
        link(text("All alerts"), "/alerts", "button small push")


def show_in_short(reading: Reading, page: IncidentPage) -> None:
    """The sentence, the figures behind it, and the ways to records and campaigns."""
    text = reading.text
    alert = page.alert
    began = page.events[0].began_at or page.events[0].at
    with card(text("In short"), note=f"{reading.moment(began)} – {reading.moment(alert.at)}"):
        Tag("p", "", sentence(reading, alert))
        interval = (
            "–"
            if alert.low is None or alert.high is None
            else f"{_value(reading, alert, alert.low)} – {_value(reading, alert, alert.high)}"
        )
        figures(
            (
                (_unit(reading, alert), _value(reading, alert, alert.figure)),
                (text("95% interval"), interval),
                (text("usual"), _value(reading, alert, alert.baseline)),
                (text("people"), _people(reading, alert)),
                (text("lasted"), reading.duration(alert.at - began)),
            )
        )
        with Tag("dl", "facts"):
            for name, value in zip(
                (text("Rule"), text("Watchlist"), text("Platform")), about(reading, alert), strict=True
            ):
                Tag("dt", "muted", name)
                Tag("dd", "", value)
            if alert.window_start is not None and alert.window_end is not None:
                Tag("dt", "muted", text("Measured over"))
                Tag("dd", "", f"{reading.moment(alert.window_start)} – {reading.moment(alert.window_end)}")
        _ways(reading, page)


def _unit(reading: Reading, alert: Alert) -> str:
    share = {
        "negative_turn": reading.text("negative share"),
        "anger_turn": reading.text("angry share"),
    }
    return share.get(alert.rule) or reading.text("accounts" if alert.unit == "accounts" else "records")


def _ways(reading: Reading, page: IncidentPage) -> None:
    text = reading.text
    with block("row wide"):
        link(text("The records behind it"), search_page(page.records), "button")
        if page.telling is not None:
            words = (
                text("Only the negative ones")
                if page.alert.unit == "ratio" and page.alert.rule == "negative_turn"
                else text("Only the angry ones")
            )
            link(words, search_page(page.telling), "button")
        for campaign in page.alert.campaigns:
            link(text("The campaign's evidence"), campaign_page(campaign), "button")


def show_events(reading: Reading, events: Sequence[Alert]) -> None:
    """How the incident went, the latest change first."""
    text = reading.text
    with card(text("How it went"), note=text("the latest first")):
        table(
            (
                text("changed"),
                text("change"),
                text("level"),
                text("figure"),
                text("usual"),
                text("what happened"),
            ),
            [
                (
                    reading.moment(event.at),
                    state_words(reading, event),
                    partial(level_chip, reading, event.level),
                    _value(reading, event, event.figure),
                    _value(reading, event, event.baseline),
                    sentence(reading, event),
                )
                for event in reversed(events)
            ],
            numbers=(3, 4),
            texts=(5,),
            caption=text("How it went"),
            stacked=True,
        )
