"""``run --kafka``: files into the intake topic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

import click
import msgspec

from monitor.brokers import at_servers, publisher_of, require_topics, topics_of
from monitor.commands.interrupts import Interrupts, between_records
from monitor.errors import SettingsError, SourceError
from monitor.settings import LoadedSettings
from streams.publishing import KafkaPublisher
from streams.sources.adapters import RecordAdapter
from streams.sources.kafka_feed import LONGEST_LINE_BYTES, Fed, feed
from streams.sources.replay import Cut, Line, Pacer, fingerprint, read_lines
from streams.topics import Topic


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
    from_line: int,
    as_json: bool,
) -> None:
    """Feed files to the intake topic at ``servers``, as fast as the broker takes them or at ``speed``.

    The first file is fed from ``from_line`` on. Where it ends before all is fed, it says how to go on.

    Raises:
        BrokerError: Kafka cannot be reached, or its topics differ from the settings.
        SettingsError: the lines are not records.
        SourceError: a file breaks off, or has fewer lines than ``from_line``.
    """
    if format_name != RecordAdapter.format:
        raise SettingsError(
            f"--format {format_name} does not go with --kafka: its intake topics hold records; "
            "leave one of the two out"
        )
    settings = at_servers(settings, servers)
    require_topics(settings)
    feeding = _Feeding(settings, speed)
    began = time.perf_counter()
    try:
        with between_records() as interrupts:
            asyncio.run(feeding.feed(files, from_line, interrupts))
    except BaseException:
        feeding.say_how_to_go_on()
        raise
    finally:
        _show(feeding.lines, servers, time.perf_counter() - began, as_json=as_json)


def _show(fed: int, servers: str, seconds: float, *, as_json: bool) -> None:
    summary = FeedSummary(fed, round(seconds, 3), round(fed / max(seconds, 1e-9), 1))
    if as_json:
        click.echo(msgspec.json.encode(summary))
        return
    click.echo(
        f"fed {fed:,} lines to {servers} in {seconds:.1f} s, {summary.lines_per_second:,.0f} lines/s; "
        "the workers take them from there"
    )


class _Feeding:
    """Feeds files, and knows at any time how far it has come."""

    def __init__(self, settings: LoadedSettings, speed: float | None) -> None:
        self._settings = settings
        self._speed = speed
        self._file = ""
        self._left: Sequence[str] = ()
        self._fed = Fed()
        self._before = 0

    @property
    def lines(self) -> int:
        """How many lines of all files the brokers have."""
        return self._before + self._fed.lines

    async def feed(self, files: Sequence[str], from_line: int, interrupts: Interrupts) -> None:
        """Feed all files, the first from a line on."""
        publisher = publisher_of(self._settings)
        posts = topics_of(self._settings.settings.kafka)["posts"]
        try:
            for number, file in enumerate(files):
                first = from_line if number == 0 else 1
                self._before, self._fed = self.lines, Fed(upto=first - 1)
                self._file, self._left = file, files[number:]
                await self._feed_one(file, first, posts, publisher, interrupts)
        finally:
            await publisher.close()

    async def _feed_one(
        self, file: str, first: int, posts: Topic, publisher: KafkaPublisher, interrupts: Interrupts
    ) -> None:
        check = interrupts.check
        lines = _from(read_lines(file, cut=Cut(LONGEST_LINE_BYTES, 1), check=check), first, file)
        if self._speed is not None:
            lines = Pacer(self._speed, check=check).pace(lines)
        await feed(lines, fingerprint(file), posts, publisher, fed=self._fed, check=check)

    def say_how_to_go_on(self) -> None:
        """Say up to which line the brokers have everything; what comes after may come again.

        Where they have nothing, the same call again goes on.
        """
        if self.lines:
            click.echo(
                f"{self._file}: {self._fed.lines:,} lines fed, up to line {self._fed.upto}; go on with: "
                f"run {' '.join(self._left)} --from-line {self._fed.upto + 1} --kafka ...",
                err=True,
            )


def _from(lines: Iterator[Line | None], first: int, file: str) -> Iterator[Line | None]:
    """Lines from a number on.

    Raises:
        SourceError: there is no such line.
    """
    last = 0
    for line in lines:
        last = last if line is None else line.number
        if line is None or line.number >= first:
            yield line
    if last < first and first > 1:
        raise SourceError(f"{file}: has no line {first}, its last one is {last}; see to --from-line")
