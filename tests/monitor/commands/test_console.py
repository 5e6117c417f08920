"""Whom the console takes for the one who asks: the connection, unless a proxy of ours says otherwise."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from monitor.commands.console import listen, server_of
from monitor.console.sessions import address_of


async def who_asks(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the address that attempts are counted by."""
    assert scope["type"] == "http"
    await PlainTextResponse(address_of(Request(scope)))(scope, receive, send)


@contextmanager
def served(proxies: Sequence[str]) -> Iterator[str]:
    """The application behind a real server; its address."""
    server = server_of(who_asks, proxies)
    server.config.lifespan = "off"
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.mark.parametrize(
    ("proxies", "believed"),
    [((), "127.0.0.1"), (("10.0.0.0/8",), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.7")],
)
def test_only_trusted_proxies_say_for_whom_they_ask(
    monkeypatch: pytest.MonkeyPatch, proxies: tuple[str, ...], believed: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with served(proxies) as address:
        answer = httpx.get(address, headers={"x-forwarded-for": "203.0.113.7"}, trust_env=False)
    assert answer.text == believed
