"""pytest fixtures: each server once per session, started when the first test asks for it.

A machine that cannot run a server skips its tests by name; where CI=true that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from tests.testkit.services import ElasticsearchServer, KafkaServer, Server, ServiceUnavailableError
from tests.testkit.services.kafka import PASSWORD, USER


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
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A certificate for 127.0.0.1 that vouches for itself, with its key in the same file.

    None where there is no openssl to make one.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    key = path.with_name("key.pem")
    files = ["-keyout", str(key), "-out", str(path)]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *names],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


@pytest.fixture(scope="session")
def kafka_server(certificate: Path | None) -> Iterator[KafkaServer]:
    """A broker shared by the whole session: use topics of your own."""
    server = KafkaServer(certificate=certificate)
    start_or_skip(server)
    with server:
        yield server


@pytest.fixture(scope="session")
def secure_broker(kafka_server: KafkaServer, certificate: Path | None) -> Mapping[str, str]:
    """Settings, as variables, for the shared broker's listener that speaks TLS and asks for a user."""
    if certificate is None:
        pytest.skip("openssl is missing: TLS to the broker is not tested")
    return {
        "OPINION_MONITOR__KAFKA__SERVERS": kafka_server.secure_address,
        "OPINION_MONITOR__KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "OPINION_MONITOR__KAFKA__CA_CERTIFICATES": str(certificate),
        "OPINION_MONITOR__KAFKA__USER": USER,
        "OPINION_MONITOR__KAFKA__PASSWORD": PASSWORD,
    }


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[ElasticsearchServer]:
    """A node shared by the whole session: use an index prefix of your own."""
    server = ElasticsearchServer()
    start_or_skip(server)
    with server:
        yield server
