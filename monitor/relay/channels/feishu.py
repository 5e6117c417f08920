"""Feishu (Lark) custom bots.

From Feishu's documentation ("自定义机器人使用指南", open.feishu.cn, ucTM5YjL3ETO24yNxkjN): the signature is
Base64 of HMAC-SHA-256 of an empty message under the key ``timestamp\\nsecret``, timestamp in seconds, both in
the body; a body holds 20 KB; a bot takes 100 messages a minute and 5 a second; success is ``code`` 0, and
11232 says that it was too often, or that too many write on the hour ("频控策略"; 99991400 with HTTP 400 is an
older way of saying it).
"""

from __future__ import annotations

import base64
import hmac

import msgspec

from monitor.alerts.notices import Message, fitted
from monitor.campaigns.port import Level
from monitor.relay.channels.answers import check_code
from monitor.relay.channels.port import Answer, Post

LIMIT_BYTES = 20_000
_SIGNATURE_BYTES = 200
_BUSY = frozenset({11232, 9499, 99991400})
_BUSY_SECONDS = 60.0
_COLOURS: dict[Level | None, str] = {None: "green", "blue": "blue", "yellow": "yellow", "orange": "orange",
                                     "red": "red"}  # fmt: skip


def signature(timestamp_seconds: int, secret: str) -> str:
    """The signature of a moment."""
    key = f"{timestamp_seconds}\n{secret}".encode()
    return base64.b64encode(hmac.digest(key, b"", "sha256")).decode()


class Feishu:
    """Writes cards."""

    per_minute = 100

    def __init__(self, url: str, secret: str) -> None:
        """``secret`` empty: the bot has another safeguard."""
        self._url = url
        self._secret = secret

    def render(self, message: Message) -> bytes:
        """The body for a message, with room for the signature."""
        return fitted(message, _card, LIMIT_BYTES - _SIGNATURE_BYTES)

    def post(self, body: bytes, now: float) -> Post:
        """The POST, signed in its body."""
        if not self._secret:
            return Post(self._url, body)
        at = int(now)
        tree = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        signed = {"timestamp": str(at), "sign": signature(at, self._secret), **tree}
        return Post(self._url, msgspec.json.encode(signed))

    def check(self, answer: Answer) -> None:
        """Raise ``SendError`` unless ``code`` is 0."""
        check_code(answer, busy=_BUSY, busy_seconds=_BUSY_SECONDS)


def _card(message: Message) -> bytes:
    elements: list[dict[str, object]] = [
        {"tag": "div", "text": {"tag": "lark_md", "content": item}} for item in message.items
    ]
    if message.more:
        elements.append({"tag": "note", "elements": [{"tag": "plain_text", "content": message.more}]})
    if message.link:
        button = {
            "tag": "button",
            "text": {"tag": "plain_text", "content": message.link_text},
            "type": "primary",
            "url": message.link,
        }
        elements.append({"tag": "action", "actions": [button]})
    return msgspec.json.encode(
        {
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": True},
                "header": {
                    "title": {"tag": "plain_text", "content": message.title},
                    "template": _COLOURS[message.level],
                },
                "elements": elements,
            },
        }
    )
