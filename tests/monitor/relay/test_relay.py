"""The relay's door, its spool, and signs of life."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from monitor.errors import StoreError
from monitor.relay.app import Door, relay_app
from monitor.relay.metrics import RelayMetrics
from monitor.relay.signs import Signs
from monitor.relay.spool import Spool
from tests.testkit.alerts import a_notice, a_wake, an_alert

TOKEN = "a-token-for-the-relay"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = 1_323_046_800.0
"""2011-12-05 09:00 in Shanghai."""


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "relay.db")
    yield made
    made.close()


def signs(spool: Spool) -> Signs:
    return Signs(spool, SHANGHAI, alive_at="09:00", daily=["robot"], operators=["robot"])


def door(spool: Spool) -> FastAPI:
    metrics = RelayMetrics(["robot"])
    made = Door(TOKEN, ["duty"], spool, signs(spool), metrics, lambda: NINE, patience_seconds=60)
    return relay_app(made, metrics, lambda: True)


def webhook(**changes: object) -> bytes:
    wake = a_wake(an_alert())
    alert = {"status": "firing", "labels": wake.labels, "annotations": {}, "startsAt": wake.starts_at,
             "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "f", "generatorURL": ""}  # fmt: skip
    return msgspec.json.encode({"version": "4", "groupKey": "g", "alerts": [alert], **changes})


def post(app: FastAPI, path: str, body: bytes, token: str = TOKEN) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://relay") as client:
            return await client.post(path, content=body, headers={"Authorization": f"Bearer {token}"})

    return asyncio.run(ask())


def test_what_alertmanager_sends_is_on_disk_when_it_is_answered(spool: Spool) -> None:
    assert post(door(spool), "/v1/alerts/duty", webhook()).status_code == 200
    (waiting,) = spool.wakes()
    assert (waiting.team, waiting.wake.labels["level"], waiting.fresh) == ("duty", "orange", True)


def test_a_wrong_token_is_refused(spool: Spool) -> None:
    assert post(door(spool), "/v1/alerts/duty", webhook(), token="guess").status_code == 401
    assert spool.wakes() == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/alerts/nobody", webhook(), 404),
        ("/v1/alerts/duty", b"{}", 400),
        ("/v1/alerts/duty", b"x" * 5_000_000, 413),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    spool: Spool, path: str, body: bytes, status: int
) -> None:
    answer = post(door(spool), path, body)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def texts(spool: Spool) -> list[str]:
    deliveries = spool.next("robot")
    spool.sent(deliveries, NINE)
    return [f"{one.notice.title_en}: {one.notice.en}" for one in deliveries]


def through(made: Signs, start: float, end: float) -> None:
    """Let a relay work from one moment to another, every half minute."""
    for moment in range(int(start), int(end) + 1, 30):
        made.work(float(moment))


def test_the_daily_message_comes_once_a_day_from_nine(spool: Spool) -> None:
    made = signs(spool)
    through(made, NINE - 600, NINE - 30)
    assert texts(spool) == []
    through(made, NINE, NINE + 3_600)
    assert len(texts(spool)) == 1
    through(made, NINE + 3_630, NINE + 86_400)
    assert len(texts(spool)) == 1


def heard(spool: Spool, kind: str, at: float) -> None:
    wake = msgspec.structs.replace(a_wake(an_alert()), labels={"kind": kind})
    signs(spool).heard([wake], at)


def test_an_alertmanager_that_was_never_heard_of_is_told_within_minutes(tmp_path: Path) -> None:
    """Its token may be wrong from the first day on."""
    spool = Spool(tmp_path / "relay.db")
    made = Signs(spool, SHANGHAI, alive_at="off", daily=["robot"], operators=["robot"])
    through(made, NINE, NINE + 540)
    assert texts(spool) == []
    through(made, NINE + 570, NINE + 3_600)
    (text,) = texts(spool)
    assert "has not been heard of since" in text
    heard(spool, "heartbeat", NINE + 3_600)
    through(made, NINE + 3_630, NINE + 3_700)
    assert len(texts(spool)) == 1


def test_calm_that_is_over_is_told_no_longer(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE - 60)
    heard(spool, "calm", NINE - 60)
    over = msgspec.structs.replace(a_wake(an_alert(), "resolved"), labels={"kind": "calm"})
    signs(spool).heard([over], NINE - 30)
    signs(spool).work(NINE)
    (text,) = texts(spool)
    assert "Alerts are active" in text


def test_each_silence_of_alertmanager_is_told_also_after_an_end_of_the_heartbeat(spool: Spool) -> None:
    """Prometheus is away for a while: Alertmanager holds its heartbeat for over."""
    over = msgspec.structs.replace(a_wake(an_alert(), "resolved"), labels={"kind": "heartbeat"})
    told: list[str] = []
    made = signs(spool)
    for outage in range(2):
        began = NINE - 7_200 + outage * 3_000
        heard(spool, "heartbeat", began)
        through(made, began, began + 60)
        made.heard([over], began + 60)
        through(made, began + 90, began + 500)
        assert texts(spool) == []
        through(made, began + 530, began + 1_200)
        told += texts(spool)
        heard(spool, "heartbeat", began + 1_200)
        through(made, began + 1_230, began + 1_260)
        told += texts(spool)
    assert len(told) == 4
    assert not any("1970" in text for text in told)


def test_calm_that_is_held_back_is_told_no_longer(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE - 60)
    heard(spool, "calm", NINE - 200)
    signs(spool).work(NINE)
    (text,) = texts(spool)
    assert "Alerts are active" in text


def test_the_daily_message_says_that_it_is_calm_only_if_it_was_told_so(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE - 60)
    heard(spool, "calm", NINE - 60)
    signs(spool).work(NINE)
    (text,) = texts(spool)
    assert text.startswith("opinion-monitor is at work: It is calm: no alert is active. In the last 24 hours")
    heard(spool, "heartbeat", NINE + 86_399)
    signs(spool).work(NINE + 86_400)
    (text,) = texts(spool)
    assert "calm cannot be told while a part of the pipeline is down" in text


def test_the_daily_message_says_that_alertmanager_was_never_heard_of(spool: Spool) -> None:
    made = signs(spool)
    made.work(NINE)
    assert texts(spool) == []
    through(made, NINE + 30, NINE + 180)
    (text,) = texts(spool)
    assert text.startswith("opinion-monitor: look after the alerts: Alertmanager has not been heard of yet")


def states(spool: Spool) -> list[str]:
    """What is told from here on, by state."""
    deliveries = spool.next("robot")
    spool.sent(deliveries, NINE)
    return [one.notice.state for one in deliveries]


def watch(spool: Spool) -> Signs:
    return Signs(spool, SHANGHAI, alive_at="off", daily=[], operators=["robot"])


def test_that_alertmanager_is_silent_is_told_once_and_that_it_is_back_once(spool: Spool) -> None:
    made = watch(spool)
    heard(spool, "heartbeat", NINE)
    through(made, NINE, NINE + 600)
    assert states(spool) == []
    through(made, NINE + 630, NINE + 1_800)
    assert states(spool) == ["firing"]
    heard(spool, "heartbeat", NINE + 1_815)
    through(made, NINE + 1_830, NINE + 2_400)
    assert states(spool) == ["resolved"]


def test_a_relay_that_was_down_for_an_hour_does_not_say_that_alertmanager_was_silent(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE)
    made = watch(spool)
    through(made, NINE + 3_600, NINE + 4_170)
    assert states(spool) == []
    through(made, NINE + 4_200, NINE + 4_230)
    assert states(spool) == ["firing"]


@pytest.mark.parametrize("jump", [-86_400, 86_400])
def test_a_clock_that_is_set_makes_nobody_silent_and_silence_is_noticed_after_it(
    spool: Spool, jump: int
) -> None:
    made = watch(spool)
    heard(spool, "heartbeat", NINE)
    through(made, NINE, NINE + 60)
    through(made, NINE + jump, NINE + jump + 570)
    assert states(spool) == []
    through(made, NINE + jump + 600, NINE + jump + 660)
    assert states(spool) == ["firing"]


def test_what_cannot_be_kept_is_not_taken(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "relay.db")
    spool.close()
    answer = post(door(spool), "/v1/alerts/duty", webhook())
    assert (answer.status_code, "free the disk or repair the file" in answer.json()["error"]) == (503, True)


def test_two_relays_do_not_share_a_spool(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="end the other relay that uses it"):
        Spool(tmp_path / "relay.db")


def test_a_channel_gets_a_notice_of_one_key_once(spool: Spool) -> None:
    for _ in range(2):
        spool.queue(["robot", "other"], a_notice(), NINE)
    assert (spool.waiting("robot")[0], spool.waiting("other")[0]) == (1, 1)
