"""DingTalk group robots.

From DingTalk's documentation of custom robots (open.dingtalk.com, "自定义机器人接入", "安全设置"): the
signature is Base64 of HMAC-SHA-256 of ``timestamp\\nsecret`` under the secret, timestamp in milliseconds,
both in the address; a robot takes 20 messages a minute, else none for ten minutes; a body holds 20,000 bytes;
success is ``errcode`` 0.
"""

from __future__ import annotations

import base64
import hmac
from urllib.parse import urlencode

import msgspec

from monitor.alerts.notices import Message, fitted
from monitor.relay.channels.answers import check_code
from monitor.relay.channels.port import Answer, Post

LIMIT_BYTES = 20_000
_BUSY = frozenset({130101, 410100, 90030})
_BUSY_SECONDS = 600.0


def signature(timestamp_ms: int, secret: str) -> str:
    """The signature of a moment, not yet quoted for an address."""
    text = f"{timestamp_ms}\n{secret}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), text, "sha256")).decode()


class DingTalk:
    """Writes Markdown messages."""

    per_minute = 20

    def __init__(self, url: str, secret: str) -> None:
        """``secret`` begins with SEC; empty: the robot has another safeguard."""
        self._url = url
        self._secret = secret

    def render(self, message: Message) -> bytes:
        """The body for a message; the groups of a red alert are called."""
        return fitted(message, _body, LIMIT_BYTES)

    def post(self, body: bytes, now: float) -> Post:
        """The POST, signed in its address."""
        if not self._secret:
            return Post(self._url, body)
        at = round(now * 1000)
        return Post(f"{self._url}&{urlencode({'timestamp': at, 'sign': signature(at, self._secret)})}", body)

    def check(self, answer: Answer) -> None:
        """Raise ``SendError`` unless ``errcode`` is 0."""
        check_code(answer, busy=_BUSY, busy_seconds=_BUSY_SECONDS)


def _body(message: Message) -> bytes:
    lines = [f"#### {message.title}", *(f"- {item}" for item in message.items)]
    if message.more:
        lines.append(message.more)
    if message.link:
        lines.append(f"[{message.link_text}]({message.link})")
    return msgspec.json.encode(
        {
            "msgtype": "markdown",
            "markdown": {"title": message.title, "text": "\n\n".join(lines)},
            "at": {"isAtAll": message.level == "red"},
        }
    )
