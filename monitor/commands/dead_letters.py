"""``dead-letters``: look at input that is no record, and take it in again after a fix."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import get_args

import click
import msgspec

from monitor.commands.options import (
    broker_of,
    data_option,
    engine_of,
    engine_option,
    json_option,
    kafka_option,
    out_option,
    reader,
    sentiment_option,
    settings_of,
)
from monitor.commands.tables import print_blocks
from monitor.composition import embedded_pipeline
from monitor.documents import DeadLetter
from monitor.errors import QueryError, SettingsError, StoreVersionError
from monitor.index.store import SqliteStore
from monitor.presentation import dead_letter_row, json_lines, masked, printable
from monitor.records import Reason
from streams.embedded import Tally
from streams.sources.formats import adapter

_BATCH = 2_000

_OF_THE_PIPELINE = ("undecodable", "engine_refused")
"""Reasons of workers: a message between them that cannot be read, a document that the engine refuses."""

reason_option = click.option(
    "--reason",
    type=click.Choice([*get_args(Reason), *_OF_THE_PIPELINE]),
    metavar="REASON",
    help=f"Only this reason: {', '.join((*get_args(Reason), *_OF_THE_PIPELINE))}.",
)


@click.group("dead-letters")
def dead_letters() -> None:
    """Input that is no record: list, show, replay, export."""


@dead_letters.command("list")
@reason_option
@click.option("--limit", type=click.IntRange(1, 1_000_000_000), help="At most so many.")
@data_option
@engine_option
@json_option
def list_letters(data: Path, as_json: bool, reason: str | None, limit: int | None) -> None:
    """List dead letters in order of their position, without their content."""
    rows = [dead_letter_row(one) for one in reader(data).dead_letters(reason=reason, limit=limit)]
    if as_json:
        for line in json_lines(rows):
            click.echo(line)
    else:
        print_blocks(rows, ("id", "reason", "bytes"), "sentence")


@dead_letters.command()
@click.argument("identity", metavar="ID")
@data_option
@engine_option
@json_option
def show(data: Path, as_json: bool, identity: str) -> None:
    """Show one dead letter, its content masked."""
    row = dead_letter_row(_letter(data, identity))
    row["masked"] = masked(_letter(data, identity).raw)
    if as_json:
        click.echo(msgspec.json.encode(row))
    else:
        for name, value in row.items():
            click.echo(f"{name:9} {printable(str(value))}")


def _letter(data: Path, identity: str) -> DeadLetter:
    letter = reader(data).dead_letter(identity)
    if letter is None:
        raise QueryError(
            f"no dead letter {identity!r} in {data}; opinion-monitor dead-letters list has the ids"
        )
    return letter


@dead_letters.command(short_help="Take dead letters in again, after a fix.")
@reason_option
@data_option
@engine_option
@kafka_option
@json_option
@sentiment_option
@click.pass_context
def replay(
    context: click.Context, data: Path, as_json: bool, reason: str | None, sentiment: str | None
) -> None:
    """Take dead letters in again; those that are records now are indexed and leave the list.

    With --elasticsearch they go back onto the intake topics (of --kafka, or of the settings) instead.
    """
    url = engine_of(context)
    if url is not None:
        _replay_to_brokers(context, url, as_json, reason)
        return
    if broker_of(context) is not None:
        raise SettingsError("--kafka goes with --elasticsearch URL, where the dead letters are; give both")
    with suppress(StoreVersionError):  # of an older program: the pipeline brings it up to date
        SqliteStore(data, read_only=True).close()
    total = Tally()
    with embedded_pipeline(settings_of(context), data, sentiment=sentiment) as pipeline:
        letters = pipeline.index.dead_letters(reason=reason)
        for start in range(0, len(letters), _BATCH):
            for name in sorted({letter.format for letter in letters[start : start + _BATCH]}):
                part = [one for one in letters[start : start + _BATCH] if one.format == name]
                total += pipeline.runner.replay_dead_letters(part, adapter(name))
    if as_json:
        click.echo(msgspec.json.encode(total))
    else:
        click.echo(
            f"replayed {total.received:,}: indexed {total.indexed:,}, duplicates {total.duplicates:,}, "
            f"dead letters again {total.dead_lettered:,}"
        )


def _replay_to_brokers(context: click.Context, url: str, as_json: bool, reason: str | None) -> None:
    # The clients of the engines take half a second to load.
    from monitor.commands.replaying import replay_to_brokers  # noqa: PLC0415

    done = replay_to_brokers(settings_of(context), url, broker_of(context), reason)
    if as_json:
        click.echo(msgspec.json.encode(done))
    else:
        click.echo(f"sent {done.sent:,} to the intake topics; {done.left:,} are no records still")


@dead_letters.command()
@reason_option
@out_option
@data_option
@engine_option
def export(data: Path, reason: str | None, out: Path | None) -> None:
    """Write the original bytes, a line each, to be mended and run again. They may name authors."""
    letters = reader(data).dead_letters(reason=reason)
    content = b"".join(letter.raw + b"\n" for letter in letters)
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise QueryError(f"--out {out}: cannot be written ({error.strerror}); name a new file") from error
    click.echo(f"{len(letters):,} dead letters written to {out}", err=True)
