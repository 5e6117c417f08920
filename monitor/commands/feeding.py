"""``run --kafka``: files into the intake topic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import click
import msgspec

from monitor.brokers import at_servers, publisher_of, require_topics, topics_of
from monitor.errors import SettingsError
from monitor.settings import LoadedSettings
from streams.sources.adapters import RecordAdapter
from streams.sources.kafka_feed import feed
from streams.sources.replay import Pacer, fingerprint, read_lines


class FeedSummary(msgspec.Struct, frozen=True):
    """What was fed; what became of it is in the engine."""

    fed: int
    seconds: float
    lines_per_second: float


def feed_files(
    settings: LoadedSettings,
    servers: str,
    files: Sequence[str],
    speed: float | None,
    format_name: str,
    *,
    as_json: bool,
) -> None:
    """Feed files to the intake topic at ``servers``, as fast as the broker takes them or at ``speed``.

    Raises:
        BrokerError: Kafka cannot be reached, or its topics differ from the settings.
        SettingsError: the lines are not records.
    """
    if format_name != RecordAdapter.format:
        raise SettingsError(
            f"--format {format_name} does not go with --kafka: its intake topics hold records; "
            "leave one of the two out"
        )
    settings = at_servers(settings, servers)
    require_topics(settings)
    began = time.perf_counter()
    fed = asyncio.run(_feed(settings, files, speed))
    seconds = time.perf_counter() - began
    summary = FeedSummary(fed, round(seconds, 3), round(fed / seconds, 1))
    if as_json:
        click.echo(msgspec.json.encode(summary))
        return
    click.echo(
        f"fed {fed:,} lines to {servers} in {seconds:.1f} s, {summary.lines_per_second:,.0f} lines/s; "
        "the workers take them from there"
    )


async def _feed(settings: LoadedSettings, files: Sequence[str], speed: float | None) -> int:
    publisher = publisher_of(settings)
    posts = topics_of(settings.settings.kafka)["posts"]
    fed = 0
    try:
        for file in files:
            lines = read_lines(file)
            if speed is not None:
                lines = Pacer(speed).pace(lines)
            fed += await feed(lines, fingerprint(file), posts, publisher)
    finally:
        await publisher.close()
    return fed
