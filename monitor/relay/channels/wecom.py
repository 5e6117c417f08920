"""WeCom (企业微信) group robots.

From WeCom's documentation (developer.work.weixin.qq.com, path 91770, "群机器人配置说明"): the key in the
address is all there is, no signature; Markdown holds 4,096 bytes of UTF-8, plain text 2,048; a robot takes
20 messages a minute; success is ``errcode`` 0, and 45009 says that it was too often.
"""

from __future__ import annotations

import msgspec

from monitor.alerts.notices import Message, fitted
from monitor.campaigns.port import Level
from monitor.relay.channels.answers import check_code
from monitor.relay.channels.port import Answer, Post

MARKDOWN_BYTES = 4_096
TEXT_BYTES = 2_048
_BUSY = frozenset({45009, 45033})
_BUSY_SECONDS = 60.0
_COLOURS: dict[Level | None, str] = {
    None: "info",
    "blue": "comment",
    "yellow": "warning",
    "orange": "warning",
    "red": "warning",
}


class WeCom:
    """Writes Markdown, or plain text for groups that also read in WeChat, where Markdown is not shown."""

    per_minute = 20

    def __init__(self, url: str, *, plain: bool = False) -> None:
        self._url = url
        self._plain = plain

    def render(self, message: Message) -> bytes:
        """The body for a message."""
        if self._plain:
            content = fitted(message, _text, TEXT_BYTES).decode()
            everyone = ["@all"] if message.level == "red" else []
            return msgspec.json.encode(
                {"msgtype": "text", "text": {"content": content, "mentioned_list": everyone}}
            )
        content = fitted(message, _markdown, MARKDOWN_BYTES).decode()
        return msgspec.json.encode({"msgtype": "markdown", "markdown": {"content": content}})

    def post(self, body: bytes, now: float) -> Post:
        """The POST."""
        del now
        return Post(self._url, body)

    def check(self, answer: Answer) -> None:
        """Raise ``SendError`` unless ``errcode`` is 0."""
        check_code(answer, busy=_BUSY, busy_seconds=_BUSY_SECONDS)


def _markdown(message: Message) -> bytes:
    lines = [f'**<font color="{_COLOURS[message.level]}">{message.title}</font>**']
    lines += [f"> {item}" for item in message.items]
    if message.more:
        lines.append(message.more)
    if message.link:
        lines.append(f"[{message.link_text}]({message.link})")
    return "\n".join(lines).encode()


def _text(message: Message) -> bytes:
    lines = [message.title, *message.items]
    if message.more:
        lines.append(message.more)
    if message.link:
        lines.append(message.link)
    return "\n".join(lines).encode()
