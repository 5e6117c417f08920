"""Routes that look things up, and what analysts do with them: judge, and keep searches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from monitor.campaigns.judgements import LONGEST_NOTE, Finding, Judgement, LivePrecision
from monitor.campaigns.port import CampaignState, Level
from monitor.console.api_answers import Who, json
from monitor.console.export import Format, export
from monitor.console.openapi import answers
from monitor.console.problems import problem
from monitor.console.saved import SavedSearch
from monitor.console.search_state import SearchState, state_of
from monitor.console.services import Console, Identity
from monitor.console.views import (
    CampaignList,
    CampaignPage,
    RecordPage,
    SearchOverview,
    SearchPage,
    Wall,
)
from monitor.index.port import Sort
from monitor.scoring.corrections import CorrectedLabel, Correction


class JudgementGiven(BaseModel):
    """What a person judges of a campaign; ``revision`` is the one that they looked at (else: the latest)."""

    finding: Finding
    note: str = Field("", max_length=LONGEST_NOTE)
    revision: int | None = None


class LabelGiven(BaseModel):
    """How a person reads a record."""

    label: CorrectedLabel


class SearchKept(BaseModel):
    """A search to be saved: ``state`` is the query part of the search page's address."""

    name: str
    state: str
    shared: bool = False


def reading_routes(console: Console) -> APIRouter:
    """The routes."""
    router = APIRouter()
    _search_routes(router, console)
    _campaign_routes(router, console)
    _saved_routes(router, console)
    return router


def export_answer(console: Console, who: Identity, state: SearchState, wanted: Format, by: str) -> Response:
    """An export as a download, noted in the log before the first byte is sent."""
    found = export(console.desk.index, console.desk.query(state), wanted, console.zone, console.desk.clock())
    console.audit.record(
        who.user.name, "export", state.q, state=state.url(), format=wanted, rows=found.rows, by=by
    )
    return StreamingResponse(
        found.parts,
        media_type=found.content_type,
        headers={"content-disposition": f'attachment; filename="{found.filename}"'},
    )


def search_parameters(
    q: str = Query("", description="in the search language"),
    sort: Sort = "newest",
    after: int | None = Query(None, description="milliseconds, inclusive"),
    before: int | None = Query(None, description="milliseconds, exclusive"),
    without_campaigns: bool = False,
    fold: bool = True,
    limit: int = 20,
    cursor: str | None = None,
) -> None:
    """The parameters of a search, for the description of the API; ``state_of`` reads them."""


def _search_routes(router: APIRouter, console: Console) -> None:
    described = [Depends(search_parameters)]

    @router.get("/search", responses=answers(SearchPage), dependencies=described)
    def search(request: Request, who: Who) -> Response:
        """One page of hits."""
        who.require("read")
        state = state_of(request.query_params)
        found = console.desk.search(state)
        console.audit.record(who.user.name, "search", state.q, state=state.url(), by="api")
        return json(found)

    @router.get("/search/overview", responses=answers(SearchOverview), dependencies=described)
    def overview(request: Request, who: Who) -> Response:
        """Counts, facets and the histogram of a search."""
        who.require("read")
        state = state_of(request.query_params)
        found = console.desk.overview(state)
        console.audit.record(who.user.name, "search", state.q, state=state.url(), by="api", part="overview")
        return json(found)

    @router.get("/export", dependencies=described)
    def exported(request: Request, who: Who, wanted: Annotated[Format, Query(alias="format")]) -> Response:
        """All records of a search as a file."""
        who.require("export")
        return export_answer(console, who, state_of(request.query_params), wanted, by="api")

    @router.get("/records/{identity:path}", responses=answers(RecordPage))
    def record(identity: str, who: Who) -> Response:
        """One record with its cascade."""
        who.require("read")
        found = console.desk.record(identity)
        nothing = {} if found is not None else {"found": "no"}
        console.audit.record(who.user.name, "open_record", identity, by="api", **nothing)
        return json(found) if found is not None else problem(404, "no_record", "there is no such record")

    @router.post("/records/{identity:path}/corrections", responses=answers(Correction))
    def correct(identity: str, given: LabelGiven, who: Who) -> Response:
        """Say how a record's sentiment should be read."""
        who.require("judge")
        correction = console.corrections.correct(who.user.name, identity, given.label)
        console.audit.record(who.user.name, "correct", identity, label=given.label, by="api")
        return json(correction)

    @router.get("/wall", responses=answers(Wall))
    def wall(who: Who, hours: int = 24) -> Response:
        """The figures of the big screen."""
        who.require("read")
        console.audit.record(who.user.name, "see_wall", by="api")
        return json(console.wall.wall(hours))


def _campaign_routes(router: APIRouter, console: Console) -> None:
    @router.get("/campaigns", responses=answers(CampaignList))
    def campaigns(
        who: Who,
        state: CampaignState | None = None,
        level: Level | None = None,
        target: str | None = None,
        unjudged: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Response:
        """Campaigns, the latest opening first."""
        who.require("read")
        found = console.campaigns.list(
            state=state, level=level, target=target, unjudged=unjudged, cursor=cursor, limit=limit
        )
        console.audit.record(who.user.name, "list_campaigns", by="api")
        return json(found)

    @router.get("/campaigns/{identity}", responses=answers(CampaignPage))
    def campaign(identity: str, who: Who, target: str | None = None) -> Response:
        """The evidence of one campaign, with the timeline of one of its targets."""
        who.require("read")
        console.audit.record(who.user.name, "open_campaign", identity, by="api")
        found = console.campaigns.page(identity, target)
        return json(found) if found is not None else problem(404, "no_campaign", "there is no such campaign")

    @router.post("/campaigns/{identity}/judgements", responses=answers(Judgement))
    def judge(identity: str, given: JudgementGiven, who: Who) -> Response:
        """Judge a campaign."""
        who.require("judge")
        shown = console.campaigns.revision(identity, given.revision)
        judgement = console.campaigns.judge(who.user.name, shown, given.finding, given.note)
        console.audit.record(
            who.user.name, "judge", identity, finding=given.finding, revision=judgement.revision, by="api"
        )
        return json(judgement)

    @router.get("/precision", responses=answers(LivePrecision))
    def precision(who: Who) -> Response:
        """How often the detector is right by what people judged."""
        who.require("read")
        return json(console.campaigns.precision())


def _saved_routes(router: APIRouter, console: Console) -> None:
    @router.get("/searches", responses=answers(SavedSearch, many=True))
    def searches(who: Who) -> Response:
        """One's own saved searches and those that others share."""
        who.require("save")
        return json(console.saved.of(who.user))

    @router.post("/searches", responses=answers(SavedSearch))
    def save(kept: SearchKept, who: Who) -> Response:
        """Save a search."""
        who.require("save")
        saved = console.saved.save(who.user, kept.name, kept.state, shared=kept.shared)
        console.audit.record(who.user.name, "search_saved", saved.id, name=saved.name, state=saved.state)
        return json(saved)

    @router.delete("/searches/{identity}")
    def remove(identity: str, who: Who) -> Response:
        """Remove a saved search."""
        who.require("save")
        console.saved.remove(who.user, identity)
        console.audit.record(who.user.name, "search_removed", identity)
        return Response(status_code=204)
