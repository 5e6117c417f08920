"""The HTTP intake answers per record, and only for what the broker has."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import httpx
import msgspec
import pytest

from monitor.errors import StoreFullError
from monitor.intake_metrics import IntakeMetrics
from monitor.records import RecordDecoder
from streams.embedded import EmbeddedRunner
from streams.publishing import Outgoing, Publisher
from streams.sources.http_intake import Intake, IntakeLimits, intake_app
from streams.sources.replay import Line
from streams.sources.takers import KafkaTaker, PipelineTaker, _Request
from streams.topics import plan
from tests.testkit.log import MemoryLog
from tests.testkit.records import a_line

TOKEN = "a token for tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LIMITS = IntakeLimits(body_bytes=20_000, waiting_bytes=40_000, answer_seconds=0.2)


def an_intake(
    publisher: Publisher, limits: IntakeLimits = LIMITS, meter: IntakeMetrics | None = None
) -> Intake:
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    taker = KafkaTaker(publisher, plan("t.", 3))
    return Intake(TOKEN, decoder, taker, limits, meter or IntakeMetrics(), lambda: 1_700_000_000.0)


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


def pretty(*lines: bytes) -> bytes:
    """An array of records as people write it."""
    return msgspec.json.format(b"[" + b",".join(lines) + b"]", indent=2)


def test_one_record_over_many_lines_is_one_record() -> None:
    log = MemoryLog(3)
    body = msgspec.json.format(a_line(id="x", text="第一行\n第二行"), indent=2)
    assert body.count(b"\n") > 5
    (answer,) = post(an_intake(log), b"\r\n" + body + b"\n")
    assert (answer.status_code, answer.json()) == (200, {"records": [{"status": "accepted"}]})
    (message,) = log.values("posts")
    assert b"\n" not in message
    assert msgspec.json.decode(message) == msgspec.json.decode(body)


def test_an_array_of_records_has_an_answer_for_each() -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), pretty(a_line(id="a"), b"7", a_line(id="b")))
    statuses = [one["status"] for one in answer.json()["records"]]
    assert (answer.status_code, statuses) == (400, ["accepted", "rejected", "accepted"])
    lines = [line for value in log.values("posts") for line in value.split(b"\n")]
    assert {msgspec.json.decode(line)["id"] for line in lines} == {"a", "b"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" + a_line() + b",\n]", "begins like an array and is not one"),
        (b"[" * 100_00, "begins like an array and is not one"),
        (b"[ ]", "the body has no record"),
    ],
)
def test_what_is_no_array_of_records_is_refused_whole_with_a_sentence(body: bytes, said: str) -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), body)
    assert (answer.status_code, said in answer.json()["error"]) == (400, True)
    assert log.values("posts") == []


def test_records_a_line_each_stay_so_also_when_the_first_is_broken() -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), b'{"id":\n' + a_line(id="a") + b"\n" + a_line(id="b"))
    statuses = [one["status"] for one in answer.json()["records"]]
    assert statuses == ["rejected", "accepted", "accepted"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_taken(headers: dict[str, str]) -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), a_line(), headers=headers)
    assert answer.status_code == 401
    assert log.values("posts") == []


def test_a_body_that_is_too_large_is_refused_whole() -> None:
    (answer,) = post(an_intake(MemoryLog(3)), b"x" * 20_001)
    assert answer.status_code == 413


def test_a_packed_body_is_refused_whole_and_kept_out_of_the_dead_letters() -> None:
    log = MemoryLog(3)
    (answer,) = post(an_intake(log), b"\x1f\x8b", headers={**BEARER, "Content-Encoding": "gzip"})
    assert (answer.status_code, "gzip is not read here" in answer.json()["error"]) == (415, True)
    assert log.values("posts") == []


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


def samples(meter: IntakeMetrics) -> dict[str, float]:
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in meter.registry.collect()
        for sample in family.samples
    }


def test_requests_and_records_are_counted_by_outcome() -> None:
    meter = IntakeMetrics()
    intake = an_intake(MemoryLog(3), meter=meter)
    post(intake, b"\n".join([a_line(), a_line(), b"{"]))
    post(intake, a_line(), headers={})
    counted = samples(meter)
    assert counted["opinion_intake_records_total accepted"] == 2
    assert counted["opinion_intake_records_total not_json"] == 1
    assert counted["opinion_intake_requests_total 400"] == 1
    assert counted["opinion_intake_requests_total 401"] == 1
    assert counted["opinion_intake_request_seconds_count 400"] == 1
    assert counted["opinion_intake_waiting_bytes"] == 0


def test_what_was_not_taken_is_not_counted_as_taken() -> None:
    meter = IntakeMetrics()
    post(an_intake(AwayBroker(), meter=meter), a_line())
    assert "opinion_intake_records_total accepted" not in samples(meter)


def readiness(intake: Intake) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(intake_app(intake))
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            return await client.get("/readyz")

    return asyncio.run(run())


def test_readiness_names_what_is_missing() -> None:
    taker = KafkaTaker(MemoryLog(3), plan("t.", 3), lambda: True)
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    answer = readiness(Intake(TOKEN, decoder, taker, LIMITS, IntakeMetrics(), lambda: 0.0))
    assert (answer.status_code, answer.json()["missing"]) == (503, ["an answer from Kafka"])
    assert readiness(an_intake(MemoryLog(3))).json() == {"status": "ready", "missing": []}


class Failing:
    """A pipeline whose first transaction cannot be committed."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def begin(self, name: str, *, rereadable: bool) -> str:
        return name

    def run(self, start: str, batches: Iterator[object], adapter: object) -> Iterator[object]:
        yield from ()
        next(batches)
        raise self._error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StoreFullError("no space left for the data directory"), "no space left for the data directory"),
        (ValueError("a bug"), "the pipeline failed (ValueError); see the log"),
    ],
)
def test_a_pipeline_that_fails_answers_why_and_takes_no_more(error: Exception, sentence: str) -> None:
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    failing = nullcontext(Failing(error))
    with PipelineTaker(lambda: failing, batch_records=10) as taker:  # type: ignore[arg-type, return-value]
        intake = Intake(TOKEN, decoder, taker, LIMITS, IntakeMetrics(), lambda: 1_700_000_000.0)
        first, second = (post(intake, a_line())[0] for _ in "ab")
        assert (first.status_code, first.json()["error"]) == (503, sentence)
        assert second.status_code == 503
        assert readiness(intake).status_code == 503


class Slow:
    """A pipeline that takes its time for the first batch, and notes what it works on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.batches: list[list[bytes]] = []

    def begin(self, name: str, *, rereadable: bool) -> str:
        return name

    def run(self, start: str, batches: Iterator[Sequence[Line]], adapter: object) -> Iterator[None]:
        for lines in batches:
            self.batches.append([line.raw for line in lines])
            self.go_on.wait(30)
            yield None


def test_copies_of_what_was_not_answered_do_not_heap_up_behind_a_slow_pipeline() -> None:
    slow = Slow()
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    body, last = a_line(text="字" * 3_000), a_line(id="last")
    with PipelineTaker(lambda: nullcontext(slow), batch_records=1) as taker:  # type: ignore[arg-type]
        intake = Intake(TOKEN, decoder, taker, LIMITS, IntakeMetrics(), lambda: 1_700_000_000.0)
        refused = [post(intake, body)[0].status_code for _ in range(8)]
        held = [request.records for request in drained(taker) if request]
        slow.go_on.set()
        (answer,) = post(intake, last)
    assert refused == [503] * 8
    assert held == [()] * 7
    assert answer.status_code == 200
    assert slow.batches == [[body], [last]]


def drained(taker: PipelineTaker) -> list[_Request | None]:
    """What waits, which still waits afterwards."""
    waiting = [taker._requests.get() for _ in range(taker._requests.qsize())]
    for request in waiting:
        taker._requests.put(request)
    return waiting


def test_who_sends_without_end_is_not_waited_for() -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield a_line()[:10]
        await asyncio.sleep(60)

    log = MemoryLog(3)
    limits = msgspec.structs.replace(LIMITS, body_seconds=0.1)

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(intake_app(an_intake(log, limits)))
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            return await client.post("/v1/records", content=dripping(), headers=BEARER)

    answer = asyncio.run(run())
    assert (answer.status_code, "did not come within 0.1 seconds" in answer.json()["error"]) == (408, True)
    assert answer.headers["connection"] == "close"
    assert log.values("posts") == []


def test_a_pipeline_that_failed_is_opened_anew_and_takes_records_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    full = StoreFullError("no space left for the data directory")
    slow = Slow()
    slow.go_on.set()
    opened = iter([Failing(full), full, full, slow])
    waiting = threading.Event()

    def open_next() -> AbstractContextManager[EmbeddedRunner]:
        if taken:
            waiting.wait(10)
        pipeline = next(opened)
        if isinstance(pipeline, StoreFullError):
            raise pipeline
        return nullcontext(pipeline)  # type: ignore[arg-type]

    taken: list[int] = []
    with PipelineTaker(open_next, batch_records=10, retry_seconds=0.01) as taker:
        intake = Intake(TOKEN, decoder, taker, LIMITS, IntakeMetrics(), lambda: 1_700_000_000.0)
        taken.append(post(intake, a_line(id="a"))[0].status_code)
        taken.append(post(intake, a_line(id="b"))[0].status_code)
        assert readiness(intake).status_code == 503
        waiting.set()
        taken.append(post(intake, a_line(id="c"))[0].status_code)
        end = time.monotonic() + 10
        while readiness(intake).status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.01)
        last = a_line(id="d")
        taken.append(post(intake, last)[0].status_code)
    assert (taken[:2], taken[3]) == ([503, 503], 200)
    assert slow.batches[-1] == [last]
    said = [record.message for record in caplog.records]
    assert sum("no space left" in one for one in said) == 1
    assert "records are taken again" in said
