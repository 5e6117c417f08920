"""``corrections``: how people labelled records, to look at and to learn from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from monitor.commands.options import (
    Command,
    data_option,
    engine_option,
    json_option,
    out_option,
    reader,
    settings_of,
    zone_of,
)
from monitor.commands.tables import print_rows
from monitor.errors import QueryError
from monitor.index.port import OpinionReader
from monitor.presentation import Row, iso, json_lines, parse_time
from monitor.scoring.corrections import CorrectedLine, Correction, corrected_line, latest

_COLUMNS = ("at", "record", "label", "model_label", "model", "judge")


@click.group(short_help="Labels that people corrected: list, export.")
def corrections() -> None:
    """Labels that people corrected on the console: the last of each record holds."""


def time_options(command: Command) -> Command:
    """``--from`` and ``--to``: when the correction was made."""
    after = click.option("--from", "after", help="Corrected not before this time (ISO 8601).")
    return after(click.option("--to", "before", help="Corrected before this time (ISO 8601).")(command))


@corrections.command("list")
@time_options
@data_option
@engine_option
@json_option
@click.pass_context
def list_(context: click.Context, data: Path, as_json: bool, after: str | None, before: str | None) -> None:
    """Who corrected which label, oldest first."""
    zone = zone_of(settings_of(context))
    rows = [_row(one, zone) for one in _within(reader(data).corrections(), after, before, zone)]
    if as_json:
        for line in json_lines(rows):
            click.echo(line)
    else:
        print_rows(rows, _COLUMNS)


@corrections.command(short_help="Write corrected labels for model train --extra.")
@out_option
@time_options
@data_option
@engine_option
@click.pass_context
def export(
    context: click.Context, data: Path, out: Path | None, after: str | None, before: str | None
) -> None:
    """Write labelled lines for ``model train --extra``: texts as they are indexed, with pseudonyms.

    Nobody who corrected is named. *Cannot tell* and records that are gone are left out.
    """
    index = reader(data)
    zone = zone_of(settings_of(context))
    wanted = list(_within(latest(index.corrections()), after, before, zone))
    lines = [msgspec.json.encode(line) + b"\n" for line in _lines(index, wanted)]
    if out is None:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
    else:
        _write(out, lines)
    click.echo(f"{len(lines):,} labelled lines; {len(wanted) - len(lines):,} left out", err=True)


def _write(out: Path, lines: Iterable[bytes]) -> None:
    try:
        with out.open("xb") as file:
            file.writelines(lines)
    except OSError as error:
        raise QueryError(f"--out {out}: cannot be written ({error.strerror}); name a new file") from error


def _lines(index: OpinionReader, wanted: Sequence[Correction]) -> Iterator[CorrectedLine]:
    for one in wanted:
        hit = index.get(one.record)
        line = None if hit is None else corrected_line(one, hit.document.text)
        if line is not None:
            yield line


def _within(
    found: Sequence[Correction], after: str | None, before: str | None, zone: ZoneInfo
) -> list[Correction]:
    earliest = None if after is None else parse_time(after, zone, "--from")
    latest_ = None if before is None else parse_time(before, zone, "--to")
    return [
        one
        for one in found
        if (earliest is None or one.at >= earliest) and (latest_ is None or one.at < latest_)
    ]


def _row(correction: Correction, zone: ZoneInfo) -> Row:
    row: Row = msgspec.to_builtins(correction)
    row["at"] = iso(correction.at, zone)
    return row
