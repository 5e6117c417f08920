"""The list of campaigns, and how often people found the detector right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from monitor.campaigns.judgements import LivePrecision, Precision
from monitor.campaigns.port import LEVELS, CampaignState, Level
from monitor.console.pages.address import campaign_page
from monitor.console.pages.elements import Cell, Tag, block, card, chip, link, span, table
from monitor.console.pages.reading import Reading
from monitor.console.views import CampaignList, CampaignRow


def level_chip(reading: Reading, level: Level) -> Tag:
    """A level in its colour, with its name."""
    return chip(reading.known(level), f"level {level}")


def state_words(reading: Reading, state: CampaignState) -> str:
    """What goes on with a campaign."""
    return reading.known(state)


def target_words(reading: Reading, targets: Sequence[str]) -> str:
    """The first target and how many more."""
    if not targets:
        return "–"
    first = targets[0]
    more = len(targets) - 1
    return first if not more else reading.text("{target} and {count} more", target=first, count=more)


def campaign_list(reading: Reading, found: CampaignList, next_page: str | None) -> None:
    """All campaigns as a table, the latest first."""
    text = reading.text
    if not found.campaigns:
        with card(text("No campaigns")):
            Tag("p", "", text("None was found in what was taken in so far."))
        return
    with card(text("Campaigns"), note=text("the latest first")):
        table(
            (
                text("level"),
                text("opened"),
                text("target and example"),
                text("records"),
                text("accounts"),
                text("lasted"),
                text("score"),
                text("state"),
                text("judged"),
            ),
            [_row(reading, campaign) for campaign in found.campaigns],
            numbers=(3, 4, 5, 6),
            texts=(2,),
            caption=text("Campaigns"),
            stacked=True,
        )
        if next_page is not None:
            with block("row"):
                link(text("Next page"), next_page, "button push", rel="next")


def _row(reading: Reading, campaign: CampaignRow) -> list[Cell]:
    return [
        partial(level_chip, reading, campaign.level),
        partial(_opened, reading, campaign),
        partial(_target, reading, campaign),
        reading.number(campaign.records),
        reading.number(campaign.accounts),
        reading.duration(campaign.last_seen_at - campaign.began_at),
        f"{campaign.score:.2f}",
        state_words(reading, campaign.state),
        "–" if campaign.finding is None else reading.known(campaign.finding),
    ]


def _opened(reading: Reading, campaign: CampaignRow) -> None:
    link(
        reading.stamp(campaign.opened_at),
        campaign_page(campaign.id),
        "nowrap",
        aria_label=reading.text(
            "Campaign on {target}, opened {time}",
            target=target_words(reading, campaign.targets),
            time=reading.moment(campaign.opened_at),
        ),
    )


def _target(reading: Reading, campaign: CampaignRow) -> None:
    with block("stack-tight"):
        link(example_words(reading, campaign.example), campaign_page(campaign.id), "clamp")
        span(target_words(reading, campaign.targets), "small muted mono")


def example_words(reading: Reading, example: str) -> str:
    """A text of a campaign; plain reposts have none."""
    return example if example.strip() else reading.text("(reposts without words)")


def precision(reading: Reading, live: LivePrecision) -> None:
    """How often judged campaigns were coordinated: in all, by level, by signal, each with its interval."""
    text = reading.text
    with card(text("How often the detector was right"), note=text("by what people judged, 95% interval")):
        if live.overall.judged == 0:
            Tag("p", "nothing", text("Nothing is judged yet. Each verdict counts here at once."))
            return
        rows: list[list[Cell]] = [_precision_row(reading, text("all campaigns"), live.overall)]
        rows += [
            _precision_row(reading, reading.known(level), live.by_level[level])
            for level in LEVELS
            if live.by_level[level].judged
        ]
        rows += [
            _precision_row(reading, reading.known(signal), one)
            for signal, one in live.by_signal.items()
            if one.judged
        ]
        table(
            (text("of"), text("right"), text("interval"), text("judged")),
            rows,
            numbers=(1, 2, 3),
            caption=text("How often the detector was right"),
        )


def _precision_row(reading: Reading, name: str, one: Precision) -> list[Cell]:
    interval = "–" if one.low is None or one.high is None else f"{100 * one.low:.0f}–{100 * one.high:.0f}%"
    return [name, reading.share(one.share), interval, f"{one.coordinated} / {one.judged}"]
