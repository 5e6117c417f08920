"""A socket to serve on: bound before anything is said, so that what is said is where it listens."""

from __future__ import annotations

import socket

from monitor.addresses import HIGHEST_PORT, host_and_port, shown_address
from monitor.errors import PortInUseError, SettingsError

_WAITING = 128


def listen_on(address: str, what: str, option: str) -> socket.socket:
    """A socket that listens on HOST:PORT; port 0 takes a free one.

    ``what`` is to listen there, ``option`` how to choose another address; both are for the sentences.

    Raises:
        SettingsError: that is no address.
        PortInUseError: it is taken, or not one of this machine.
    """
    parts = host_and_port(address)
    if parts is None:
        raise SettingsError(
            f"{what} cannot listen on {address!r}: {option} takes HOST:PORT, with a port from 0 (a free one) "
            f"to {HIGHEST_PORT}"
        )
    host, port = parts
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _refused(address, what, option, error) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(_WAITING)
    except OSError as error:
        listening.close()
        raise _refused(address, what, option, error) from error
    return listening


def address_of(listening: socket.socket, address: str) -> str:
    """HOST:PORT that a socket listens on: the host as it was asked for in ``address``, the port it has."""
    host, _, _ = address.rpartition(":")
    return shown_address(host.strip("[]"), listening.getsockname()[1])


def _refused(address: str, what: str, option: str, error: OSError) -> PortInUseError:
    return PortInUseError(
        f"{what} cannot listen on {address} ({error.strerror}); choose another address with {option}"
    )
