"""The API's description: the types that answers are made of, in the OpenAPI document."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from monitor.campaigns.judgements import Judgement, LivePrecision
from monitor.console.accounts import Token, User
from monitor.console.audit import AuditPage
from monitor.console.problems import CONTENT_TYPE, Problem
from monitor.console.saved import SavedSearch
from monitor.console.views import (
    AlertList,
    CampaignList,
    CampaignPage,
    IncidentPage,
    RecordPage,
    SearchOverview,
    SearchPage,
    Wall,
)

_TYPES = (
    SearchPage,
    SearchOverview,
    RecordPage,
    CampaignList,
    CampaignPage,
    AlertList,
    IncidentPage,
    Judgement,
    LivePrecision,
    Wall,
    SavedSearch,
    AuditPage,
    User,
    Token,
    Problem,
)
_REFERENCE = "#/components/schemas/{name}"


def answers(kind: type[msgspec.Struct], *, many: bool = False) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for its ``responses``."""
    one = {"$ref": _REFERENCE.format(name=kind.__name__)}
    schema = {"type": "array", "items": one} if many else one
    return {200: {"description": "OK", "content": {"application/json": {"schema": schema}}}}


def describe(app: FastAPI) -> None:
    """Let the application's OpenAPI document hold our types, its sign-in and its problems."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the way FastAPI documents


def _document(app: FastAPI) -> dict[str, Any]:
    described = get_openapi(title=app.title, version=app.version, routes=app.routes)
    _, components = msgspec.json.schema_components(_TYPES, ref_template=_REFERENCE)
    parts = described.setdefault("components", {})
    parts.setdefault("schemas", {}).update(components)
    parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    described["security"] = [{"bearer": []}]
    refusal = {
        "description": "Problem",
        "content": {CONTENT_TYPE: {"schema": {"$ref": _REFERENCE.format(name="Problem")}}},
    }
    for path in described["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = refusal
            operation["responses"].pop("422", None)
    return described
