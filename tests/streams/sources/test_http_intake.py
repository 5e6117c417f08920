"""The HTTP intake answers per record, and only for what the broker has."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import msgspec
import pytest

from monitor.records import RecordDecoder
from streams.publishing import Outgoing
from streams.sources.http_intake import Intake, IntakeLimits, intake_app
from streams.topics import plan
from tests.testkit.log import MemoryLog
from tests.testkit.records import a_line

TOKEN = "a token for tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LIMITS = IntakeLimits(body_bytes=20_000, waiting_bytes=40_000, answer_seconds=0.2)


def an_intake(publisher: object, limits: IntakeLimits = LIMITS) -> Intake:
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    return Intake(TOKEN, decoder, publisher, plan("t.", 3), limits, lambda: 1_700_000_000.0)  # type: ignore[arg-type]


def post(intake: Intake, *bodies: bytes, headers: dict[str, str] = BEARER) -> list[httpx.Response]:
    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(intake_app(intake))
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            sent = [client.post("/v1/records", content=body, headers=headers) for body in bodies]
            return list(await asyncio.gather(*sent))

    return asyncio.run(run())


class AwayBroker:
    async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
        await asyncio.sleep(60)


def test_a_record_is_accepted_when_the_broker_has_it() -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), a_line(id="x"))
    assert (answer.status_code, answer.json()) == (200, {"records": [{"status": "accepted"}]})
    assert [b'"id":"x"' in value for value in log.values("posts")] == [True]


def test_comments_go_to_their_own_topic() -> None:
    log = MemoryLog(3)
    post(an_intake(log), a_line(kind="comment", root_id="r"))
    assert (len(log.values("posts")), len(log.values("comments"))) == (0, 1)


def test_each_line_has_its_own_answer() -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), b"\n".join([a_line(), b"{", a_line(platform="nowhere")]))
    records = answer.json()["records"]
    assert answer.status_code == 400
    assert [one["status"] for one in records] == ["accepted", "rejected", "rejected"]
    assert records[2]["reason"]
    assert "nowhere" in records[2]["sentence"]
    assert len(log.values("posts")) == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_taken(headers: dict[str, str]) -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), a_line(), headers=headers)
    assert answer.status_code == 401
    assert log.values("posts") == []


def test_a_body_that_is_too_large_is_refused_whole() -> None:
    (answer,) = post(an_intake(MemoryLog(3)), b"x" * 20_001)
    assert answer.status_code == 413


def test_an_empty_body_is_refused() -> None:
    (answer,) = post(an_intake(MemoryLog(3)), b" \n")
    assert answer.status_code == 400


def test_a_caller_is_told_to_come_back_when_too_much_waits() -> None:
    bodies = [a_line(text="字" * 3_000) for _ in range(6)]
    answers = post(an_intake(AwayBroker()), *bodies)
    assert {one.status_code for one in answers} == {429, 503}
    assert all("retry-after" in one.headers for one in answers)


def test_lines_of_one_cascade_share_a_message() -> None:
    log = MemoryLog(3)
    lines = [a_line(kind="repost", root_id="r") for _ in range(5)]
    post(an_intake(log), b"\n".join(lines))
    assert [msgspec.json.decode(line)["root_id"] for line in log.values("posts")[0].split(b"\n")] == ["r"] * 5
