"""An HTTP proxy before an engine, which can lose answers or give others: what networks do."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self


class Answer(NamedTuple):
    """What a client gets; None in its place means that the connection is closed without an answer."""

    status: int
    body: bytes

    @classmethod
    def error(cls, status: int, kind: str, reason: str = "for a test") -> Answer:
        """An error as the engine words it."""
        return cls(status, json.dumps({"error": {"type": kind, "reason": reason}, "status": status}).encode())


class Exchange(NamedTuple):
    """One request and what the engine answered to it."""

    path: str
    answer: Answer


Meddle = Callable[[Exchange], Answer | None]


class LossyProxy:
    """Passes requests on to ``target``; ``meddle`` says what the client gets for each.

    ``refuse`` is asked with the path first: when it gives an answer, the engine never sees the request.
    ``authorizations`` are the headers of that name that came.
    """

    def __init__(self, target: str, tls: ssl.SSLContext | None = None) -> None:
        self.meddle: Meddle = lambda exchange: exchange.answer
        self.refuse: Callable[[str], Answer | None] = lambda _path: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(target))
        self._server.daemon_threads = True
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.authorizations: set[str | None] = set()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def _handler(self, target: str) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.authorizations.add(self.headers.get("Authorization"))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = proxy.refuse(self.path) or proxy.meddle(
                    Exchange(self.path, _pass_on(self, target, body))
                )
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the names that the library calls

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - overridden
                """Say nothing."""

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _pass_on(request: BaseHTTPRequestHandler, target: str, body: bytes) -> Answer:
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in {"Content-Type", "content-type", "accept"}
    }
    forwarded = urllib.request.Request(
        target + request.path, data=body or None, headers=headers, method=request.command
    )
    try:
        with urllib.request.urlopen(forwarded, timeout=30) as answer:
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.read())
