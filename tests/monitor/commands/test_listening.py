"""Sockets to serve on: what is said is where they listen."""

from __future__ import annotations

import socket

import pytest

from monitor.commands.listening import address_of, listen_on
from monitor.errors import MonitorError, PortInUseError, SettingsError


def test_a_free_port_is_said_as_the_one_it_is() -> None:
    with listen_on("127.0.0.1:0", "the intake", "--listen") as listening:
        host, _, port = address_of(listening, "127.0.0.1:0").rpartition(":")
        assert host == "127.0.0.1"
        with socket.create_connection((host, int(port)), timeout=5):
            pass


@pytest.mark.parametrize("address", ["foo", "127.0.0.1:99999", ":80", "127.0.0.1:port", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"the intake cannot listen on .* --listen takes HOST:PORT"):
        listen_on(address, "the intake", "--listen")


def test_a_taken_port_is_refused() -> None:
    with listen_on("127.0.0.1:0", "the intake", "--listen") as taken:
        address = address_of(taken, "127.0.0.1:0")
        with pytest.raises(PortInUseError, match=r"cannot listen on .* choose another address with --listen"):
            listen_on(address, "the intake", "--listen")


def test_an_address_of_nobody_is_refused() -> None:
    with pytest.raises(MonitorError, match="cannot listen on"):
        listen_on("host.invalid:80", "the intake", "--listen")
