"""The HTTP API ``/api/v1``: the same look-ups as the pages, each in the audit log."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.console.api_access import access_routes
from monitor.console.api_alerts import alert_routes
from monitor.console.api_reading import reading_routes
from monitor.console.services import Console

PREFIX = "/api/v1"


def api_routes(console: Console) -> APIRouter:
    """Every route of the API."""
    router = APIRouter(prefix=PREFIX)
    router.include_router(reading_routes(console))
    router.include_router(alert_routes(console))
    router.include_router(access_routes(console))
    return router
