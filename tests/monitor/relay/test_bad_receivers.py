"""Receivers that hang, drip, or answer what no robot does: each a failure with a sentence, in time."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from monitor.relay.channels.dingtalk import DingTalk
from monitor.relay.channels.port import SendError
from monitor.relay.robots import RobotChannel
from monitor.relay.targets import GuardedPoster
from tests.testkit.alerts import a_notice

TIMEOUT_SECONDS = 0.3
Answering = Callable[[socket.socket], None]


@contextmanager
def receiver(answer: Answering) -> Iterator[str]:
    """A server that reads a request and answers it in its own way; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                _read(connection)
                with suppress(OSError):
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/send?access_token=geheim"


def _read(connection: socket.socket) -> None:
    """Read a whole request: what is closed with something unread is cut off."""
    with connection.makefile("rb") as request:
        length = 0
        while line := request.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        request.read(length)


def sent_to(answer: Answering) -> SendError:
    """How a DingTalk channel fails at a receiver."""
    poster = GuardedPoster([ipaddress.ip_network("127.0.0.0/8")], timeout_seconds=TIMEOUT_SECONDS)
    with receiver(answer) as url, pytest.raises(SendError) as caught:
        RobotChannel("duty", DingTalk(url, "SEC1"), "zh", poster, time.time).send([a_notice()])
    poster.close()
    assert "geheim" not in str(caught.value)
    return caught.value


def saying(head: str, body: str = "") -> Answering:
    content = f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
    return lambda connection: connection.sendall(content)


def hanging(connection: socket.socket) -> None:
    # Until the other side has given up.
    connection.recv(1)


def dripping(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1_000):
        connection.sendall(b"{")
        time.sleep(TIMEOUT_SECONDS / 3)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(1_000):
        connection.sendall(b"{" * 65_536)


def test_a_receiver_that_hangs_may_have_the_message() -> None:
    began = time.monotonic()
    error = sent_to(hanging)
    assert (error.unsure, str(error)) == (True, "127.0.0.1 gave no answer (ReadTimeout)")
    assert time.monotonic() - began < 30 * TIMEOUT_SECONDS


def test_a_receiver_that_never_ends_its_answer_is_left() -> None:
    began = time.monotonic()
    error = sent_to(dripping)
    assert (error.unsure, str(error)) == (True, "127.0.0.1 does not come to the end of its answer")
    assert time.monotonic() - began < 30 * TIMEOUT_SECONDS


def test_of_an_endless_answer_little_is_read() -> None:
    error = sent_to(endless)
    assert str(error) == "the answer is no JSON with a code; is the address that of a robot?"


def test_a_receiver_that_hangs_up_may_have_the_message() -> None:
    assert sent_to(lambda _: None).unsure


def test_a_page_instead_of_a_robot_is_said_to_be_one() -> None:
    error = sent_to(saying("200 OK\r\nContent-Type: text/html", "<html><body>Welcome</body></html>"))
    assert (error.unsure, str(error)) == (
        False, "the answer is no JSON with a code; is the address that of a robot?",
    )  # fmt: skip


def test_a_redirect_is_named_and_not_followed() -> None:
    error = sent_to(saying("302 Found\r\nLocation: http://169.254.169.254/"))
    assert str(error) == "HTTP 302; redirects are not followed"


@pytest.mark.parametrize(("header", "seconds"), [("\r\nRetry-After: 7", 7.0), ("", 600.0)])
def test_too_many_requests_are_obeyed_with_and_without_a_time(header: str, seconds: float) -> None:
    error = sent_to(saying(f"429 Too Many Requests{header}"))
    assert error.retry_after == seconds
