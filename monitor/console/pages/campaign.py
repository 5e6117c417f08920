"""The page of one campaign: what happened, what speaks for it and against it, and the verdict."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from monitor.campaigns.judgements import FINDINGS, LONGEST_NOTE, Finding, Judgement
from monitor.campaigns.port import CampaignRevision, Evidence
from monitor.console.pages.address import campaign_page, record_page, search_for
from monitor.console.pages.campaigns import example_words, level_chip, state_words
from monitor.console.pages.charts import Series, clock_labels, over_time
from monitor.console.pages.elements import Tag, behind, block, card, chip, figures, link, meter, span, table
from monitor.console.pages.reading import Reading
from monitor.console.views import AccountRow, CampaignPage, Timeline

Judge = Callable[[Finding, str], Awaitable[None]]
_MOST_GROUPS = 12
_MOST_ACCOUNTS = 8
_MOST_TARGETS = 8
_WEAK = 0.1
"""Signals below speak so softly that they are shown folded."""


def show_head(reading: Reading, revision: CampaignRevision) -> None:
    """The page's title with level and state."""
    text = reading.text
    with block("title"):
        Tag("h1", "", text("Suspected campaign"))
        level_chip(reading, revision.level)
        chip(state_words(reading, revision.state))
        if revision.merged_into is not None:
            chip(text("now part of {id}", id=revision.merged_into), "", campaign_page(revision.merged_into))
        if revision.was_taken_back:
            chip(text("taken back: the order of event time did not bear it out"))
        span(revision.id, "mono muted push")


def show_in_short(reading: Reading, page: CampaignPage) -> None:
    """The large figures, when it was, and what it is about: the post itself where it is known."""
    text = reading.text
    revision = page.revision
    with card(
        text("In short"),
        note=text(
            "first record {first}, last {last}",
            first=reading.moment(page.began_at),
            last=reading.moment(revision.last_seen_at),
        ),
    ):
        figures(
            (
                (text("records"), reading.number(revision.records)),
                (text("accounts"), reading.number(revision.accounts)),
                (text("targets"), reading.number(len(revision.targets) + revision.details.more_targets)),
                (text("lasted"), reading.duration(revision.last_seen_at - page.began_at)),
                (text("score, 0 to 1"), f"{revision.score:.2f}"),
            )
        )
        Tag("p", "small muted", text("Noticed at {time}.", time=reading.moment(revision.opened_at)))
        if page.root is not None:
            with Tag("p", "clamp"):
                span(text("On the post:"), "muted")
                span(f" {page.root.document.text.strip() or text('(no words of its own)')}")
        with block("row"):
            for target in revision.targets[:_MOST_TARGETS]:
                chip(target, "mono", search_for("target", target, reading.zone))
            more = len(revision.targets[_MOST_TARGETS:]) + revision.details.more_targets
            if more > 0:
                span(text("and {count} more", count=more), "muted small")
            with block("row push"):
                if page.root is not None:
                    link(text("The post and its cascade"), record_page(page.root.document.id))
                link(text("All its records"), search_for("campaign", revision.id, reading.zone))


def show_timeline(reading: Reading, page: CampaignPage) -> None:
    """A target over time: ordinary records, the campaign's, and what is usual there; and which part it is."""
    text = reading.text
    timeline = page.timeline
    with card(text("The target over time"), note=timeline.target):
        _part(reading, page.revision.id, timeline)
        if not timeline.stretches:
            Tag("p", "nothing", text("No timeline is kept for this target."))
            return
        step = timeline.interval_seconds * 1000
        known = {stretch.start: stretch for stretch in timeline.stretches}
        starts = list(range(min(known), max(known) + 1, step))[-2_000:]
        others = [known[at].records - known[at].members if at in known else 0 for at in starts]
        members = [known[at].members if at in known else 0 for at in starts]
        series = [
            Series(text("campaign"), "campaign", members, hatched=True),
            Series(text("other records"), "others", others),
        ]
        if timeline.ordinary is not None:
            usual: list[float | None] = [timeline.ordinary] * len(starts)
            series.append(Series(text("usual on this target"), "ink", usual, line=True, dashed=True))
        chart = ui.echart(over_time(clock_labels(starts, reading.zone), series))
        chart.classes("chart").style("height:224px")
        chart.props["role"] = "img"
        chart.props["aria-label"] = text("The target over time; the table below has the figures")
        usual_words = (
            text("What is usual here without the campaign is not known.")
            if timeline.ordinary is None
            else text(
                "Usual here without the campaign, in {length}: {count}.",
                count=f"{timeline.ordinary:g}",
                length=reading.duration(step),
            )
        )
        Tag("p", "small muted", usual_words)
        behind(
            text("Table behind the chart"),
            (text("from"), text("campaign"), text("other records")),
            [
                (reading.moment(at), reading.number(ours), reading.number(theirs))
                for at, ours, theirs in zip(starts, members, others, strict=True)
                if ours or theirs
            ],
            (1, 2),
        )


def _part(reading: Reading, campaign: str, timeline: Timeline) -> None:
    """How much of the campaign the chart shows, and the ways to its other targets."""
    text = reading.text
    words = text(
        "{members} of the campaign's {total} stored records are on this target; all of them are shown.",
        members=reading.number(timeline.members),
        total=reading.number(timeline.all_members),
    )
    Tag("p", "small muted", words)
    if len(timeline.intervals) > 1:
        count = reading.number(len(timeline.intervals))
        Tag("p", "small muted", text("It acted here in {count} stretches of time.", count=count))
    others = [one for one in timeline.targets if one.key != timeline.target]
    if not others:
        return
    with Tag("nav", "row", aria_label=text("Other targets over time")):
        span(text("Other targets over time"), "small muted")
        for one in others[:_MOST_TARGETS]:
            chip(
                text("{target} ({count})", target=one.key, count=reading.number(one.count)),
                "mono",
                campaign_page(campaign, str(one.key)),
            )
        if len(others) > _MOST_TARGETS:
            span(text("and {count} more", count=len(others) - _MOST_TARGETS), "muted small")


def show_groups(reading: Reading, page: CampaignPage) -> None:
    """What was written, each nearly equal text once, and how much of the campaign is not in the list."""
    text = reading.text
    groups = page.groups
    with card(text("What they wrote"), note=text("nearly equal texts together")):
        if not groups:
            Tag("p", "nothing", text("No texts are kept for this campaign."))
            return
        table(
            (text("text"), text("records"), text("accounts")),
            [
                (
                    example_words(reading, group.text),
                    reading.number(group.records),
                    reading.number(group.accounts),
                )
                for group in groups[:_MOST_GROUPS]
            ],
            numbers=(1, 2),
            texts=(0,),
            caption=text("What they wrote"),
        )
        listed = sum(group.records for group in groups[:_MOST_GROUPS])
        if listed < page.revision.records:
            words = text(
                "The most frequent ones; {count} of {total} records are of other texts, not listed here.",
                count=reading.number(page.revision.records - listed),
                total=reading.number(page.revision.records),
            )
            Tag("p", "small muted", words)


def show_accounts(reading: Reading, accounts: Sequence[AccountRow], known: int) -> None:
    """The accounts under their pseudonyms, those that acted together most first."""
    text = reading.text
    with card(text("Accounts"), note=text("pseudonyms; nobody is named")):
        if not accounts:
            Tag("p", "nothing", text("No accounts are kept for this campaign."))
            return
        _accounts(reading, accounts[:_MOST_ACCOUNTS])
        if len(accounts) > _MOST_ACCOUNTS:
            with Tag("details", "behind"):
                Tag("summary", "", text("{count} more accounts", count=len(accounts) - _MOST_ACCOUNTS))
                _accounts(reading, accounts[_MOST_ACCOUNTS:])
        if known > len(accounts):
            words = text(
                "{count} more took part; they are not listed", count=reading.number(known - len(accounts))
            )
            Tag("p", "small muted", words)


def _accounts(reading: Reading, accounts: Sequence[AccountRow]) -> None:
    text = reading.text
    table(
        (text("account"), text("records here"), text("other campaigns together")),
        [
            (
                partial(
                    link,
                    reading.person(account.author),
                    search_for("author", account.author, reading.zone),
                    "mono",
                ),
                reading.number(account.records),
                reading.number(account.together),
            )
            for account in accounts
        ],
        numbers=(1, 2),
        caption=text("Accounts"),
    )


def show_joint(reading: Reading, page: CampaignPage) -> None:
    """Other campaigns in which the same accounts acted."""
    if not page.joint:
        return
    text = reading.text
    with card(text("The same accounts elsewhere")), block("row"):
        for other in page.joint[:12]:
            words = text("{count} accounts in {id}", count=reading.number(other.count), id=str(other.key))
            chip(words, "", campaign_page(str(other.key)))


def show_signals(reading: Reading, signals: Sequence[Evidence], *, against: bool) -> None:
    """Each signal with its value and a sentence, the strongest first; the weak ones folded."""
    text = reading.text
    ranked = sorted(signals, key=lambda signal: -signal.value)
    strong = [signal for signal in ranked if signal.value >= _WEAK]
    weak = ranked[len(strong) :]
    title = text("What speaks against it") if against else text("What speaks for it")
    with card(title, note=text("value 0 to 1")):
        if not strong:
            Tag("p", "nothing", text("Nothing was found."))
        for signal in strong:
            _signal(reading, signal, against=against)
        if weak:
            with Tag("details", "behind"):
                Tag("summary", "", text("{count} more that hardly speak", count=len(weak)))
                for signal in weak:
                    _signal(reading, signal, against=against)


def _signal(reading: Reading, signal: Evidence, *, against: bool) -> None:
    with block("signal"):
        Tag("h3", "", reading.known(signal.name))
        span(f"{signal.value:.2f}", "number")
        bar = meter([("against" if against else "", signal.value)], f"{signal.value:.2f}")
        bar.attribute("title", signal.source)
        Tag("p", "", reading.words.of(signal.en, signal.zh))


def show_verdict(
    reading: Reading, judgements: Sequence[Judgement], judge: Judge | None, may_judge: str
) -> None:
    """What people judged, and the buttons to judge; ``may_judge`` says who may where this reader may not."""
    text = reading.text
    with card(text("Your verdict"), classes="verdict"):
        if judge is None:
            Tag("p", "muted", may_judge)
        else:
            _buttons(reading, judge)
        for judgement in reversed(judgements[-5:]):
            with block("item small"):
                with block("row apart"):
                    span(reading.known(judgement.finding))
                    span(f"{judgement.judge} · {reading.moment(judgement.at)}", "muted")
                if judgement.note:
                    Tag("p", "break", judgement.note)


def _buttons(reading: Reading, judge: Judge) -> None:
    text = reading.text
    Tag("p", "muted", text("Is this one hand behind many accounts, or people of their own accord?"))
    with block("field"):
        label = Tag("label", "", text("Note (why)"))
        note = Tag("textarea", "area", rows=2, maxlength=LONGEST_NOTE)
        label.props["for"] = note.html_id
    with block("judge"):
        for finding in FINDINGS:
            button = Tag("button", "button", reading.known(finding), type="button")
            button.on(
                "click",
                partial(_judged, judge, finding),
                js_handler=f"() => emit(document.getElementById('{note.html_id}').value)",
            )


async def _judged(judge: Judge, finding: Finding, event: GenericEventArguments) -> None:
    await judge(finding, str(event.args)[:LONGEST_NOTE])
