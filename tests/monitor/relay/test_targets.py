"""Messages go to public addresses only, unless a network is allowed; as checked, so they are connected to."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from monitor.relay.channels.port import Post, SendError
from monitor.relay.targets import GuardedPoster, is_public

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "::1", "::", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
    "2001:0:0:0:0:0:f5ff:fffe",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_world_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def poster(addresses: list[str], allowed: str = "") -> tuple[GuardedPoster, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    networks = [ipaddress.ip_network(allowed)] if allowed else []
    made = GuardedPoster(networks, lambda _host, _port: addresses, httpx.MockTransport(answer))
    return made, asked


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_is_sent_inside(address: str) -> None:
    made, asked = poster([address])
    with pytest.raises(SendError, match=r"allow its network in notifications\.allowed_networks"):
        made.send(Post("https://robot.example.org/x", b"{}"))
    assert not asked


def test_one_address_inside_among_public_ones_is_enough_to_refuse() -> None:
    made, asked = poster(["8.8.8.8", "10.0.0.1"])
    with pytest.raises(SendError):
        made.send(Post("https://robot.example.org/x", b"{}"))
    assert not asked


def test_an_allowed_network_is_sent_to() -> None:
    made, asked = poster(["10.20.3.4"], allowed="10.20.0.0/16")
    assert made.send(Post("http://hook.lan:8080/x", b"{}")).status == 200
    assert str(asked[0].url) == "http://10.20.3.4:8080/x"


def test_the_address_that_was_checked_is_connected_to_under_the_name_that_was_asked_for() -> None:
    made, asked = poster(["8.8.8.8"])
    made.send(Post("https://robot.example.org/send?access_token=1", b"{}"))
    (request,) = asked
    assert request.url.host == "8.8.8.8"
    assert request.headers["host"] == "robot.example.org"
    assert request.extensions["sni_hostname"] == "robot.example.org"


def test_an_error_names_no_token() -> None:
    made, _ = poster([])
    with pytest.raises(SendError) as caught:
        made.send(Post("https://robot.example.org/send?access_token=geheim", b"{}"))
    assert "geheim" not in str(caught.value)


@pytest.fixture
def moved() -> Iterator[str]:
    """A server that sends everyone elsewhere, and counts who comes again."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_redirect_is_handed_back_not_followed(moved: str) -> None:
    made = GuardedPoster([ipaddress.ip_network("127.0.0.0/8")])
    assert made.send(Post(moved, b"{}")).status == 307
    made.close()


def test_a_server_that_is_away_has_certainly_not_got_the_message() -> None:
    made = GuardedPoster([ipaddress.ip_network("127.0.0.0/8")])
    with pytest.raises(SendError) as caught:
        made.send(Post("http://127.0.0.1:1/", b"{}"))
    assert not caught.value.unsure
    made.close()
