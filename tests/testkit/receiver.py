"""Group robots as their documentation describes them, on a local port: they check what they are sent.

What is signed wrongly, too large or of another form is refused as each robot does, and kept as a complaint.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import msgspec

SECRET = "SECof-the-receiver"
KINDS = ("dingtalk", "wecom", "feishu", "webhook")
_LIMITS = {"dingtalk": 20_000, "wecom": 4_096, "feishu": 20_000, "webhook": 262_144}


class Got(msgspec.Struct, frozen=True):
    """A message that a robot took, and when (``time.time``)."""

    kind: str
    title: str
    text: str
    at: float
    keys: tuple[str, ...] = ()


class Receiver:
    """All four robots; ``with`` starts and ends them."""

    def __init__(self) -> None:
        self.messages: list[Got] = []
        self.complaints: list[str] = []
        self.dead: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = receiver.take(self.path, body, dict(self.headers.items()))
                self.send_response(503 if answer is None else 200)
                content = json.dumps(answer).encode()
                self.send_header("Content-Length", str(len(content)))
                # Who asked may be gone by now: some tests end it.
                with suppress(BrokenPipeError, ConnectionResetError):
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, kind: str) -> str:
        """The address of a robot, with its token."""
        return f"http://127.0.0.1:{self._server.server_port}/{kind}?access_token=t"

    def channels(self) -> str:
        """A channels file with all robots, and a team that hears of everything over them."""
        entries = [
            f'[[channel]]\nname = "{kind}"\nkind = "{kind}"\nurl = "{self.url(kind)}"\n'
            + ("" if kind == "wecom" else f'secret = "{SECRET}"\n')
            + ('language = "en"\n' if kind == "webhook" else "")
            for kind in KINDS
        ]
        names = ", ".join(f'"{kind}"' for kind in KINDS)
        return "\n".join([*entries, f'[[team]]\nname = "duty"\noperations = true\nchannels = [{names}]\n'])

    def of(self, kind: str) -> list[Got]:
        """What one robot took."""
        return [one for one in self.messages if one.kind == kind]

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, object] | None:
        """The answer of a robot; None while it is dead."""
        parts = urlsplit(path)
        kind = parts.path.strip("/")
        if kind in self.dead:
            return None
        try:
            title, text = _CHECKS[kind](body, parse_qs(parts.query), headers)
        except (AssertionError, KeyError, ValueError) as error:
            self.complaints.append(f"{kind}: {error!r}: {body[:300]!r}")
            return {"errcode": 310000, "errmsg": "refused", "code": 19021, "msg": "refused"}
        keys = tuple(json.loads(body)["keys"]) if kind == "webhook" else ()
        self.messages.append(Got(kind, title, text, time.time(), keys))
        return {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}


def _digest(key: str, text: bytes) -> bytes:
    return hmac.new(key.encode(), text, hashlib.sha256).digest()


def _is_recent(seconds: float) -> None:
    assert abs(time.time() - seconds) < 3_600, "timestamp is not within one hour"


def _dingtalk(body: bytes, query: dict[str, list[str]], _: dict[str, str]) -> tuple[str, str]:
    (timestamp,), (sign,) = query["timestamp"], query["sign"]
    _is_recent(int(timestamp) / 1000)
    expected = base64.b64encode(_digest(SECRET, f"{timestamp}\n{SECRET}".encode())).decode()
    assert sign == expected, "sign not match"
    assert len(body) <= _LIMITS["dingtalk"], "message too long"
    message = json.loads(body)
    assert message["msgtype"] == "markdown"
    return message["markdown"]["title"], message["markdown"]["text"]


def _wecom(body: bytes, query: dict[str, list[str]], _: dict[str, str]) -> tuple[str, str]:
    assert query["access_token"] == ["t"]
    message = json.loads(body)
    assert message["msgtype"] == "markdown"
    content = message["markdown"]["content"]
    assert len(content.encode()) <= _LIMITS["wecom"], "markdown.content exceed max length 4096"
    title, _, text = content.partition("\n")
    return title, text


def _feishu(body: bytes, _query: dict[str, list[str]], _: dict[str, str]) -> tuple[str, str]:
    message = json.loads(body)
    _is_recent(int(message["timestamp"]))
    expected = base64.b64encode(_digest(f"{message['timestamp']}\n{SECRET}", b"")).decode()
    assert message["sign"] == expected, "sign match fail"
    assert len(body) <= _LIMITS["feishu"]
    assert message["msg_type"] == "interactive"
    card = message["card"]
    texts = [part["text"]["content"] for part in card["elements"] if part["tag"] == "div"]
    return card["header"]["title"]["content"], "\n".join(texts)


def _webhook(body: bytes, _query: dict[str, list[str]], headers: dict[str, str]) -> tuple[str, str]:
    timestamp = headers["X-Opinion-Timestamp"]
    _is_recent(int(timestamp))
    assert (
        headers["X-Opinion-Signature"] == "sha256=" + _digest(SECRET, f"{timestamp}.".encode() + body).hex()
    )
    assert len(body) <= _LIMITS["webhook"]
    message = json.loads(body)
    return message["title"], "\n".join([*message["items"], message["link"]])


_CHECKS = {"dingtalk": _dingtalk, "wecom": _wecom, "feishu": _feishu, "webhook": _webhook}
