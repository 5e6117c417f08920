"""``POST /v1/alerts/TEAM`` for Alertmanager, with ``/metrics``, ``/healthz`` and ``/readyz``.

A request is answered with 200 when what it says is on disk. After anything else Alertmanager sends it again.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Collection

import msgspec
from fastapi import FastAPI, Request, Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from monitor.errors import StoreError
from monitor.relay.directory import SIGNS
from monitor.relay.metrics import RelayMetrics
from monitor.relay.signs import Signs
from monitor.relay.spool import Spool, Wake
from monitor.request_body import whole_body

_LONGEST_BODY = 4 * 1024 * 1024
_BODY_SECONDS = 30.0


class _Alert(msgspec.Struct, rename="camel"):
    status: str
    labels: dict[str, str]
    starts_at: str
    fingerprint: str
    annotations: dict[str, str] = {}


class _Webhook(msgspec.Struct):
    """What we read of Alertmanager's webhook, version 4."""

    alerts: list[_Alert]


class _Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        body = msgspec.json.encode({"error": sentence})
        self.response = Response(body, status, headers, media_type="application/json")


class Door:
    """Takes what Alertmanager sends."""

    def __init__(
        self,
        token: str,
        teams: Collection[str],
        spool: Spool,
        signs: Signs,
        metrics: RelayMetrics,
        clock: Callable[[], float],
        *,
        patience_seconds: float,
    ) -> None:
        """``token`` is what Alertmanager must bear; ``clock`` gives seconds since the epoch."""
        self._token = token.encode()
        self._teams = frozenset(teams)
        self._spool = spool
        self._signs = signs
        self._metrics = metrics
        self._clock = clock
        self._patience_seconds = patience_seconds

    async def take(self, team: str, request: Request) -> Response:
        """Answer one request."""
        try:
            self._authorize(request)
            self._know(team)
            wakes = _wakes(await whole_body(request, _LONGEST_BODY, _BODY_SECONDS, _Refusal))
            await self._kept(team, wakes)
        except _Refusal as refusal:
            self._metrics.webhook("refused")
            return refusal.response
        self._metrics.webhook("taken")
        return Response(b'{"status":"taken"}', media_type="application/json")

    async def _kept(self, team: str, wakes: list[Wake]) -> None:
        try:
            await asyncio.to_thread(self._keep, team, wakes)
        except StoreError as error:
            # Not taken: Alertmanager sends it again.
            raise _Refusal(503, str(error)) from error

    def _keep(self, team: str, wakes: list[Wake]) -> None:
        now = self._clock()
        self._metrics.heard(now)
        if team == SIGNS:
            self._signs.heard(wakes, now)
        else:
            self._spool.woken(team, wakes, now, self._patience_seconds)

    def _know(self, team: str) -> None:
        if team not in self._teams and team != SIGNS:
            raise _Refusal(404, "no such team; make Alertmanager's configuration anew")

    def _authorize(self, request: Request) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise _Refusal(
                401,
                "send Authorization: Bearer TOKEN, with the relay's token",
                {"WWW-Authenticate": "Bearer"},
            )


def _wakes(body: bytes) -> list[Wake]:
    try:
        webhook = msgspec.json.decode(body, type=_Webhook)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise _Refusal(400, f"this is no webhook of Alertmanager ({error})") from None
    return [
        Wake(one.status, one.labels, one.annotations, one.starts_at, one.fingerprint)
        for one in webhook.alerts
    ]


def relay_app(door: Door, metrics: RelayMetrics, is_ready: Callable[[], bool]) -> FastAPI:
    """The web application."""
    app = FastAPI(title="opinion-monitor relay", docs_url=None, redoc_url=None, openapi_url=None)

    async def show_metrics() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def alive() -> Response:
        return Response(b'{"status":"alive"}', media_type="application/json")

    async def ready() -> Response:
        status = 200 if is_ready() else 503
        return Response(b'{"status":"ready"}' if status == 200 else b'{"status":"waiting"}', status)

    app.add_api_route("/v1/alerts/{team}", door.take, methods=["POST"], response_model=None)
    app.add_api_route("/metrics", show_metrics, methods=["GET", "HEAD"], response_model=None)
    app.add_api_route("/healthz", alive, methods=["GET", "HEAD"], response_model=None)
    app.add_api_route("/readyz", ready, methods=["GET", "HEAD"], response_model=None)
    return app
