"""HTTP intake: ``POST /v1/records`` takes one record or NDJSON and answers when the broker has it.

The answer has one entry per line, in order: ``accepted``, or ``rejected`` with the reason. What is accepted
is with the broker; what is rejected went nowhere. After an answer other than 200 and 400 nothing is known
to be taken; sending again is safe, since a repeat is one document.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from fastapi import FastAPI, Request, Response

from monitor.records import Post, RecordDecoder
from streams.publishing import Outgoing, Publisher
from streams.topics import Topic, TopicKind, partition_of, slot_of

MESSAGE_BYTES = 512 * 1024
_RETRY_SECONDS = "1"


class IntakeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is taken at once, and how long the broker may take."""

    body_bytes: int
    waiting_bytes: int
    answer_seconds: float = 20.0


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one line."""

    status: Literal["accepted", "rejected"]
    reason: str = ""
    sentence: str = ""


class _Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.response = Response(
            msgspec.json.encode({"error": sentence}), status, headers, media_type="application/json"
        )


class Intake:
    """Checks what comes and publishes what is a record."""

    def __init__(
        self,
        token: str,
        decoder: RecordDecoder,
        publisher: Publisher,
        topics: dict[TopicKind, Topic],
        limits: IntakeLimits,
        clock: Callable[[], float],
    ) -> None:
        """``token`` is what a caller must bear; ``clock`` gives seconds since the epoch."""
        self._token = token.encode()
        self._decoder = decoder
        self._publisher = publisher
        self._topics = topics
        self._limits = limits
        self._clock = clock
        self._waiting_bytes = 0

    async def take(self, request: Request) -> Response:
        """Answer one request."""
        try:
            self._authorize(request)
            body = await self._body(request)
            answers, messages = self._sort(body)
            await self._publish(messages, len(body))
        except _Refusal as refusal:
            return refusal.response
        rejected = any(one.status == "rejected" for one in answers)
        content = msgspec.json.encode({"records": answers})
        return Response(content, 400 if rejected else 200, media_type="application/json")

    def _authorize(self, request: Request) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise _Refusal(
                401,
                "send Authorization: Bearer TOKEN, with the intake's token",
                {"WWW-Authenticate": "Bearer"},
            )

    async def _body(self, request: Request) -> bytes:
        limit = self._limits.body_bytes
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > limit:
                raise _Refusal(413, f"a request holds at most {limit} bytes; send several")
        if not body.strip():
            raise _Refusal(400, "the body is empty; send one record or NDJSON")
        return bytes(body)

    def _sort(self, body: bytes) -> tuple[list[Answer], list[Outgoing]]:
        """What to answer, and the messages with what is a record, where its cascade lies."""
        now = self._clock()
        answers: list[Answer] = []
        queues: dict[tuple[TopicKind, int], list[bytes]] = {}
        for line in body.split(b"\n"):
            if not line.strip():
                continue
            decoded = self._decoder.decode(line, now)
            if isinstance(decoded, Post):
                queues.setdefault(self._place(decoded), []).append(line)
                answers.append(Answer("accepted"))
            else:
                answers.append(Answer("rejected", decoded.reason, decoded.sentence))
        messages = [
            Outgoing(self._topics[kind].name, partition, content)
            for (kind, partition), lines in queues.items()
            for content in _joined(lines)
        ]
        return answers, messages

    def _place(self, post: Post) -> tuple[TopicKind, int]:
        kind: TopicKind = "comments" if post.kind == "comment" else "posts"
        return kind, partition_of(slot_of(post.cascade), self._topics[kind].partitions)

    async def _publish(self, messages: Sequence[Outgoing], size: int) -> None:
        if self._waiting_bytes + size > self._limits.waiting_bytes:
            raise _Refusal(
                429, "too much waits for the broker; send again later", {"Retry-After": _RETRY_SECONDS}
            )
        self._waiting_bytes += size
        try:
            await asyncio.wait_for(self._publisher.publish(messages), self._limits.answer_seconds)
        except TimeoutError:
            raise _Refusal(
                503,
                "the broker does not answer; send again, a repeat does no harm",
                {"Retry-After": _RETRY_SECONDS},
            ) from None
        finally:
            self._waiting_bytes -= size


def _joined(lines: Sequence[bytes]) -> list[bytes]:
    """Lines joined to messages of up to ``MESSAGE_BYTES``."""
    contents: list[bytes] = []
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and size + len(line) > MESSAGE_BYTES:
            contents.append(b"\n".join(batch))
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    return [*contents, b"\n".join(batch)]


def intake_app(intake: Intake) -> FastAPI:
    """The web application."""
    app = FastAPI(title="opinion-monitor intake", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/v1/records", intake.take, methods=["POST"], response_model=None)
    app.add_api_route("/healthz", _alive, methods=["GET"], response_model=None)
    return app


async def _alive() -> Response:
    return Response(b'{"status":"alive"}', media_type="application/json")
