"""HTTP intake: ``POST /v1/records`` takes records and answers when they cannot be lost any more.

A body is NDJSON (a record a line), one JSON object, or an array of objects; the last two may be spread over
many lines. The answer has one entry per record, in order: ``accepted``, or ``rejected`` with the reason.
What is accepted is with the broker, or committed; what is rejected went nowhere. After an answer other than
200 and 400 nothing is known to be taken; sending again is safe, since a repeat is one document.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal, Protocol

import msgspec
from fastapi import FastAPI, Request, Response

from monitor.errors import MonitorError
from monitor.records import Post, RecordDecoder
from monitor.request_body import whole_body
from streams.sources.takers import Checked, Taker

_RETRY_SECONDS = "1"


class IntakeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is taken at once, and how long that may take."""

    body_bytes: int
    waiting_bytes: int
    body_seconds: float = 30.0
    answer_seconds: float = 20.0


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one line, or of one object of the body."""

    status: Literal["accepted", "rejected"]
    reason: str = ""
    sentence: str = ""


class IntakeMeter(Protocol):
    """Told what the intake does, for metrics."""

    def answered(self, status: int, seconds: float) -> None:
        """One request was answered after so long."""

    def accepted(self, number: int) -> None:
        """So many records were taken."""

    def rejected(self, reason: str) -> None:
        """A line is no record."""

    def waiting(self, size: int) -> None:
        """So many bytes wait to be taken right now."""


class _Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.response = Response(
            msgspec.json.encode({"error": sentence}), status, headers, media_type="application/json"
        )


class Intake:
    """Checks what comes and gives what is a record to a taker."""

    def __init__(
        self,
        token: str,
        decoder: RecordDecoder,
        taker: Taker,
        limits: IntakeLimits,
        meter: IntakeMeter,
        clock: Callable[[], float],
    ) -> None:
        """``token`` is what a caller must bear; ``clock`` gives seconds since the epoch."""
        self._token = token.encode()
        self._decoder = decoder
        self._taker = taker
        self._limits = limits
        self._meter = meter
        self._clock = clock
        self._waiting_bytes = 0

    async def take(self, request: Request) -> Response:
        """Answer one request."""
        began = time.perf_counter()
        try:
            response = await self._answer(request)
        except _Refusal as refusal:
            response = refusal.response
        self._meter.answered(response.status_code, time.perf_counter() - began)
        return response

    async def readiness(self, _request: Request) -> Response:
        """Whether records are taken, and what that waits for."""
        missing = list(self._taker.missing())
        content = msgspec.json.encode({"status": "waiting" if missing else "ready", "missing": missing})
        return Response(content, 503 if missing else 200, media_type="application/json")

    async def _answer(self, request: Request) -> Response:
        self._authorize(request)
        body = await self._body(request)
        answers, records = self._sort(body)
        if not answers:
            raise _Refusal(400, "the body has no record; send one record, an array of records, or NDJSON")
        if records:
            await self._give(records, len(body))
        self._meter.accepted(len(records))
        for one in answers:
            if one.status == "rejected":
                self._meter.rejected(one.reason)
        content = msgspec.json.encode({"records": answers})
        return Response(content, 200 if len(records) == len(answers) else 400, media_type="application/json")

    def _authorize(self, request: Request) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise _Refusal(
                401,
                "send Authorization: Bearer TOKEN, with the intake's token",
                {"WWW-Authenticate": "Bearer"},
            )

    async def _body(self, request: Request) -> bytes:
        packed = request.headers.get("content-encoding", "identity").strip().lower()
        if packed not in {"", "identity"}:
            raise _Refusal(415, f"Content-Encoding {packed} is not read here; send the lines as they are")
        limits = self._limits
        body = await whole_body(request, limits.body_bytes, limits.body_seconds, _Refusal)
        if not body.strip():
            raise _Refusal(400, "the body is empty; send one record, an array of records, or NDJSON")
        return body

    def _sort(self, body: bytes) -> tuple[list[Answer], list[Checked]]:
        """What to answer, and what is a record."""
        now = self._clock()
        answers: list[Answer] = []
        records: list[Checked] = []
        for line in _lines(body):
            decoded = self._decoder.decode(line, now)
            if isinstance(decoded, Post):
                records.append(Checked(line, decoded))
                answers.append(Answer("accepted"))
            else:
                answers.append(Answer("rejected", decoded.reason, decoded.sentence))
        return answers, records

    async def _give(self, records: Sequence[Checked], size: int) -> None:
        if self._waiting_bytes + size > self._limits.waiting_bytes:
            raise _Refusal(
                429, "too much waits to be taken; send again later", {"Retry-After": _RETRY_SECONDS}
            )
        self._wait_for(size)
        try:
            await asyncio.wait_for(self._taker.take(records), self._limits.answer_seconds)
        except TimeoutError:
            raise _Refusal(
                503,
                "records are not taken right now; send again, a repeat does no harm",
                {"Retry-After": _RETRY_SECONDS},
            ) from None
        except MonitorError as fault:
            raise _Refusal(503, str(fault), {"Retry-After": _RETRY_SECONDS}) from fault
        finally:
            self._wait_for(-size)

    def _wait_for(self, size: int) -> None:
        self._waiting_bytes += size
        self._meter.waiting(self._waiting_bytes)


_WHOLE = msgspec.json.Decoder(msgspec.Raw)
_SEVERAL = msgspec.json.Decoder(list[msgspec.Raw])


def _lines(body: bytes) -> list[bytes]:
    """The records of a body, a line each."""
    body = body.strip()
    if body.startswith(b"["):
        try:
            return [_line(one) for one in _SEVERAL.decode(body)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _Refusal(
                400,
                f"the body begins like an array and is not one ({error}); "
                "send one record, an array of records, or NDJSON",
            ) from error
    if body.startswith(b"{") and b"\n" in body:
        # Else a line each; what is wrong is said of each.
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return [_line(_WHOLE.decode(body))]
    return [line for line in body.split(b"\n") if line.strip()]


def _line(record: msgspec.Raw) -> bytes:
    """A record on one line, as messages and files have it."""
    return msgspec.json.format(bytes(record), indent=-1)


def intake_app(intake: Intake) -> FastAPI:
    """The web application."""
    app = FastAPI(title="opinion-monitor intake", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/v1/records", intake.take, methods=["POST"], response_model=None)
    app.add_api_route("/healthz", _alive, methods=["GET"], response_model=None)
    app.add_api_route("/readyz", intake.readiness, methods=["GET"], response_model=None)
    return app


async def _alive() -> Response:
    return Response(b'{"status":"alive"}', media_type="application/json")
