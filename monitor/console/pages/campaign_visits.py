"""Visits of the list of campaigns, and of one campaign."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from monitor.campaigns.judgements import Finding
from monitor.console.pages import campaign, campaigns
from monitor.console.pages.elements import Tag, block, card, link
from monitor.console.pages.shell import frame, heading
from monitor.console.pages.visit import Visit, Visiting
from monitor.console.services import Identity
from monitor.console.views import CampaignPage
from monitor.errors import QueryError


def campaign_pages(visiting: Visiting) -> None:
    """Put the pages at their addresses."""

    @ui.page("/campaigns", response_timeout=60)
    async def listing(request: Request) -> None:
        visit = visiting(request)
        visit.identity.require("read")
        await _list(
            visit, request.query_params.get("cursor"), unjudged=request.query_params.get("unjudged") == "1"
        )

    @ui.page("/campaigns/{identity}", response_timeout=60)
    async def opening(identity: str, request: Request) -> None:
        visit = visiting(request)
        visit.identity.require("read")
        await _campaign(visit, identity)


async def _list(visit: Visit, cursor: str | None, *, unjudged: bool) -> None:
    reading, desk = visit.reading, visit.console.campaigns
    try:
        found = await visit.ask(lambda: desk.list(cursor=cursor, unjudged=unjudged))
    except QueryError:
        found = await visit.ask(lambda: desk.list(unjudged=unjudged))
    visit.console.audit.record(visit.identity.user.name, "list_campaigns")
    precision = await visit.ask(desk.precision)
    with frame(visit.frame(), reading.text("Campaigns"), "campaigns"):
        with heading(reading.text("Suspected campaigns")):
            words = (
                reading.text("Show judged ones too") if unjudged else reading.text("Only what nobody judged")
            )
            link(words, "/campaigns" if unjudged else "/campaigns?unjudged=1", "button small push")
        with block("stack loose"):
            campaigns.campaign_list(reading, found, _next(found.cursor, unjudged=unjudged))
            campaigns.precision(reading, precision)


def _next(cursor: str | None, *, unjudged: bool) -> str | None:
    if cursor is None:
        return None
    return "/campaigns?" + urlencode({"cursor": cursor} | ({"unjudged": "1"} if unjudged else {}))


async def _campaign(visit: Visit, identity: str) -> None:
    reading = visit.reading
    visit.console.audit.record(visit.identity.user.name, "open_campaign", identity)
    target = visit.request.query_params.get("target")
    page = await visit.ask(lambda: visit.console.campaigns.page(identity, target))
    with frame(visit.frame(), reading.text("Campaign"), "campaigns"):
        if page is None:
            ui.context.client.status_code = 404
            heading(reading.text("There is no such campaign"))
            with card(reading.text("Not found")):
                Tag("p", "break", reading.text("No campaign {id} is known.", id=identity))
                link(reading.text("All campaigns"), "/campaigns")
            return
        _evidence(visit, page)


def _evidence(visit: Visit, page: CampaignPage) -> None:
    reading = visit.reading
    campaign.show_head(reading, page.revision)
    with block("columns evidence"):
        with block("stack loose"):
            campaign.show_in_short(reading, page)
            campaign.show_timeline(reading, page)
            campaign.show_groups(reading, page)
            campaign.show_accounts(reading, page.accounts, page.revision.accounts)
            campaign.show_joint(reading, page)
        with block("stack loose"):
            _verdict(visit, page)
            campaign.show_signals(reading, page.signals, against=False)
            campaign.show_signals(reading, page.against, against=True)
            campaigns.precision(reading, page.precision)


def _verdict(visit: Visit, page: CampaignPage) -> None:
    reading, console = visit.reading, visit.console

    async def judge(finding: Finding, note: str) -> None:
        def keep(identity: Identity) -> None:
            console.campaigns.judge(identity.user.name, page.revision, finding, note)
            console.audit.record(
                identity.user.name,
                "judge",
                page.revision.id,
                finding=finding,
                revision=page.revision.revision,
            )

        if await visit.act("judge", keep):
            ui.navigate.reload()

    campaign.show_verdict(
        reading,
        page.judgements,
        judge if visit.identity.may("judge") else None,
        reading.text("Analysts and administrators judge campaigns; you may read."),
    )
