"""Addresses: what is one, and what is not."""

from __future__ import annotations

import pytest

from monitor.addresses import host_and_port, shown_address


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("h:65535", ("h", 65_535)),
        ("[::1]:80", ("::1", 80)),
        ("h:65536", None),
        ("h:99999", None),
        ("h:-1", None),
        ("foo", None),
        (":80", None),
        ("h:", None),
        ("::1:80", None),
        ("u@h:80", None),
        ("h:８０", None),
        ("", None),
    ],
)
def test_an_address_is_host_and_port(text: str, parts: tuple[str, int] | None) -> None:
    assert host_and_port(text) == parts
    if parts is not None:
        assert shown_address(*parts) == text
