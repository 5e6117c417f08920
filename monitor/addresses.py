"""Addresses as settings and options write them: HOST:PORT, with IPv6 hosts in brackets."""

from __future__ import annotations

import re

HIGHEST_PORT = 65_535
_ADDRESS = re.compile(r"(?P<host>[^\s:/@\[\]]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})")


def host_and_port(text: str) -> tuple[str, int] | None:
    """Host (without brackets) and port, 0 to 65535; None when that is no address."""
    parts = _ADDRESS.fullmatch(text)
    if parts is None or int(parts["port"]) > HIGHEST_PORT:
        return None
    return parts["host"].strip("[]"), int(parts["port"])


def shown_address(host: str, port: int) -> str:
    """HOST:PORT as it is written in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
