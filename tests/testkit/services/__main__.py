"""Servers for development, left running in the background: ``python -m tests.testkit.services up``."""

from __future__ import annotations

import shutil
import sys

import click

from tests.testkit.services import (
    ElasticsearchServer,
    KafkaServer,
    Server,
    ServerError,
    ServiceUnavailableError,
)
from tests.testkit.services.java import cache_folder

_KAFKA_PORT = 29_092
_ELASTICSEARCH_PORT = 29_200


def _servers() -> tuple[Server, ...]:
    folder = cache_folder() / "services"
    return (
        KafkaServer(folder / "kafka", port=_KAFKA_PORT, leashed=False),
        ElasticsearchServer(folder / "elasticsearch", port=_ELASTICSEARCH_PORT, leashed=False),
    )


@click.group()
def main() -> None:
    """Run a real Kafka and a real Elasticsearch on this machine."""


@main.command()
def up() -> None:
    """Start what does not run yet, on the data of the last time, and leave it running."""
    for server in _servers():
        try:
            server.start()
        except (ServiceUnavailableError, ServerError) as problem:
            sys.exit(f"{server.name}: {problem}")
        click.echo(f"{server.name}: {server.address} (log: {server.log})")


@main.command()
@click.option("--wipe", is_flag=True, help="Delete their data, too.")
def down(wipe: bool) -> None:
    """End the servers that `up` has started, and no others."""
    for server in _servers():
        was_running = server.running
        server.stop()
        if wipe:
            shutil.rmtree(server.folder)
        click.echo(f"{server.name}: {'stopped' if was_running else 'was not running'}")


@main.command()
def status() -> None:
    """Say which servers do their work; ends with 1 when one does not."""
    servers = _servers()
    for server in servers:
        click.echo(f"{server.name}: {f'ready at {server.address}' if server.ready else 'not running'}")
    sys.exit(not all(server.ready for server in servers))


if __name__ == "__main__":
    main()
