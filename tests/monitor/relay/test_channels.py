"""What each channel is sent: as written down, within its limit, signed as its documentation says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.alerts.notices import Message, composed
from monitor.campaigns.port import LEVELS, Level
from monitor.language import LANGUAGES, Language
from monitor.relay.channels.dingtalk import DingTalk
from monitor.relay.channels.feishu import Feishu
from monitor.relay.channels.port import Answer, Robot, SendError
from monitor.relay.channels.webhook import Webhook
from monitor.relay.channels.wecom import WeCom
from tests.checks.goldens import FOLDER, WRITERS, golden, golden_mail
from tests.testkit.alerts import a_notice
from tests.testkit.services.fixtures import lacking

URL = "https://robot.example.org/send?access_token=1"
SECRET = "SECabc"
NOW = 1_323_088_200.25
ROBOTS: dict[str, Robot] = {
    "dingtalk": DingTalk(URL, SECRET),
    "wecom": WeCom(URL),
    "wecom-plain": WeCom(URL, plain=True),
    "feishu": Feishu(URL, SECRET),
    "webhook": Webhook(URL, SECRET),
}
MEASURED: dict[str, tuple[int, Callable[[bytes], int]]] = {
    "dingtalk": (20_000, len),
    "wecom": (4_096, lambda body: len(json.loads(body)["markdown"]["content"].encode())),
    "wecom-plain": (2_048, lambda body: len(json.loads(body)["text"]["content"].encode())),
    "feishu": (20_000, len),
    "webhook": (262_144, len),
}


def a_message(count: int, characters: int, language: Language = "zh") -> Message:
    text = "高铁晚点。" * (characters // 5)
    return composed([a_notice("red", key=str(n), zh=text, en=text) for n in range(count)], language)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", WRITERS)
def test_a_message_is_written_as_it_is_on_file(channel: str, language: Language, level: Level) -> None:
    file = FOLDER / f"{channel}-{language}-{level}.txt"
    assert golden(channel, language, level) == file.read_text("utf-8")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_what_alertmanager_sends_and_as_it_is_on_file(language: Language, level: Level) -> None:
    amtool = shutil.which("amtool")
    if amtool is None:
        lacking("amtool", "install it (package prometheus-alertmanager)")
    file = FOLDER / f"mail-{language}-{level}.txt"
    assert golden_mail(language, level, amtool) == file.read_text("utf-8")


@pytest.mark.parametrize(("count", "characters"), [(1, 40), (1, 60_000), (40, 300), (300, 2_000)])
@pytest.mark.parametrize("name", ROBOTS)
def test_no_message_is_larger_than_its_channel_takes(name: str, count: int, characters: int) -> None:
    robot, (limit, measure) = ROBOTS[name], MEASURED[name]
    body = robot.post(robot.render(a_message(count, characters)), NOW).body
    assert measure(body) <= limit


def test_dingtalk_is_signed_in_the_address() -> None:
    post = ROBOTS["dingtalk"].post(b"{}", NOW)
    query = parse_qs(urlsplit(post.url).query)
    digest = hmac.new(SECRET.encode(), f"1323088200250\n{SECRET}".encode(), hashlib.sha256).digest()
    assert query["access_token"] == ["1"]
    assert query["timestamp"] == ["1323088200250"]
    assert query["sign"] == [base64.b64encode(digest).decode()]


def test_feishu_is_signed_in_the_body() -> None:
    body = json.loads(ROBOTS["feishu"].post(ROBOTS["feishu"].render(a_message(1, 40)), NOW).body)
    digest = hmac.new(f"1323088200\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert (body["timestamp"], body["sign"]) == ("1323088200", base64.b64encode(digest).decode())
    assert body["msg_type"] == "interactive"


def test_a_webhook_is_signed_in_a_header() -> None:
    post = ROBOTS["webhook"].post(b"{}", NOW)
    digest = hmac.new(SECRET.encode(), b"1323088200.{}", hashlib.sha256).hexdigest()
    assert post.headers["X-Opinion-Signature"] == f"sha256={digest}"
    assert post.headers["X-Opinion-Timestamp"] == "1323088200"


ROBOT_NAMES = ("dingtalk", "wecom", "feishu")


@pytest.mark.parametrize("name", ROBOT_NAMES)
def test_code_0_is_success(name: str) -> None:
    key = "code" if name == "feishu" else "errcode"
    ROBOTS[name].check(Answer(200, json.dumps({key: 0}).encode()))


@pytest.mark.parametrize("body", [b'{"errcode": 310000, "errmsg": "sign not match"}', b"{}", b"<html>", b""])
@pytest.mark.parametrize("name", ROBOT_NAMES)
def test_http_200_alone_is_no_success(name: str, body: bytes) -> None:
    with pytest.raises(SendError) as caught:
        ROBOTS[name].check(Answer(200, body))
    assert caught.value.retry_after is None
    assert not caught.value.unsure


@pytest.mark.parametrize(
    ("name", "code", "seconds"),
    [("dingtalk", 130101, 600.0), ("wecom", 45009, 60.0), ("feishu", 11232, 60.0)],
)
def test_a_rate_limit_in_the_body_says_when_to_come_back(name: str, code: int, seconds: float) -> None:
    key = "code" if name == "feishu" else "errcode"
    with pytest.raises(SendError) as caught:
        ROBOTS[name].check(Answer(200, json.dumps({key: code}).encode()))
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("name", ROBOTS)
def test_too_many_requests_are_obeyed(name: str) -> None:
    with pytest.raises(SendError) as caught:
        ROBOTS[name].check(Answer(429, b"", {"retry-after": "17"}))
    assert caught.value.retry_after == 17


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60.0),
        ({"retry-after": "soon"}, 60.0),
        ({"retry-after": "²"}, 60.0),
        ({"retry-after": "-5"}, 60.0),
        ({"retry-after": "99999999"}, 3_600.0),
        (
            {"retry-after": "Mon, 05 Dec 2011 12:31:30 GMT", "date": "Mon, 05 Dec 2011 12:30:00 GMT"},
            90.0,
        ),
        ({"retry-after": "Mon, 05 Dec 2011 12:31:30 GMT"}, 60.0),
        ({"x-ogw-ratelimit-reset": "52"}, 52.0),
    ],
)
def test_too_many_requests_are_over_when_the_channel_says_or_after_a_while(
    headers: dict[str, str], seconds: float
) -> None:
    with pytest.raises(SendError) as caught:
        ROBOTS["webhook"].check(Answer(429, b"", headers))
    assert caught.value.retry_after == seconds


def test_feishus_older_way_of_saying_too_often_is_understood() -> None:
    answer = Answer(400, b'{"code": 99991400, "msg": "limit"}', {"x-ogw-ratelimit-reset": "52"})
    with pytest.raises(SendError) as caught:
        ROBOTS["feishu"].check(answer)
    assert (caught.value.retry_after, caught.value.refused) == (52.0, False)


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (Answer(200, b'{"errcode": 310000, "errmsg": "keywords not in content"}'), True),
        (Answer(400, b""), True),
        (Answer(401, b""), False),
        (Answer(500, b""), False),
        (Answer(200, b"<html>"), False),
    ],
)
def test_a_message_that_is_not_wanted_is_told_from_a_channel_that_is_away(
    answer: Answer, refused: bool
) -> None:
    with pytest.raises(SendError) as caught:
        ROBOTS["dingtalk"].check(answer)
    assert caught.value.refused == refused


@pytest.mark.parametrize("name", ROBOTS)
def test_a_redirect_is_a_failure(name: str) -> None:
    with pytest.raises(SendError, match="HTTP 302; redirects are not followed"):
        ROBOTS[name].check(Answer(302, b"", {"location": "http://127.0.0.1/"}))
