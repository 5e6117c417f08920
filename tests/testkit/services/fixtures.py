"""pytest fixtures: each server once per session, started when the first test asks for it.

A machine that cannot run a server skips its tests by name; where CI=true that is a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests.testkit.services import ElasticsearchServer, KafkaServer, Server, ServiceUnavailableError


def start_or_skip(server: Server) -> None:
    """Start a server for tests, or skip the test that asked for it."""
    try:
        server.start()
    except ServiceUnavailableError as lack:
        lacking(server.name, str(lack))


def lacking(name: str, lack: str) -> NoReturn:
    """Skip a test for what this machine lacks; where CI=true that is a failure."""
    message = f"{name} cannot run here: {lack}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[KafkaServer]:
    """A broker shared by the whole session: use topics of your own."""
    server = KafkaServer()
    start_or_skip(server)
    with server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[ElasticsearchServer]:
    """A node shared by the whole session: use an index prefix of your own."""
    server = ElasticsearchServer()
    start_or_skip(server)
    with server:
        yield server
