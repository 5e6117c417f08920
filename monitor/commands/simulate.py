"""``simulate``: write days of simulated talk with the truth about each record."""

from __future__ import annotations

import math
from pathlib import Path

import click
import msgspec

from monitor.commands.options import FOLDER, json_option
from streams.sources.simulator import DEFAULT_RECORDS_PER_DAY, write_simulation


def _a_number(_context: click.Context, _parameter: click.Parameter, days: float) -> float:
    """``nan`` lies in every range."""
    if math.isnan(days):
        raise click.BadParameter("nan is not a number of days")
    return days


@click.command(short_help="Write days of simulated talk, with the truth.")
@click.option(
    "--days",
    type=click.FloatRange(0, 366, min_open=True),
    default=1.0,
    show_default=True,
    callback=_a_number,
    help="How long; parts of a day too.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--records-per-day",
    type=click.IntRange(100),
    default=DEFAULT_RECORDS_PER_DAY,
    show_default=True,
    help="About so many.",
)
@click.option("--out", type=FOLDER, required=True, help="Directory.")
@json_option
def simulate(days: float, seed: int, records_per_day: int, out: Path, as_json: bool) -> None:
    """Write records.ndjson.gz and truth.jsonl: ordinary talk, events, official accounts, water armies."""
    totals = write_simulation(out, days, seed, records_per_day)
    if as_json:
        click.echo(msgspec.json.encode(totals))
    else:
        episodes = ", ".join(f"{count} {kind}" for kind, count in totals.episodes.items())
        click.echo(f"{totals.records:,} records in {out}; {episodes or 'nothing planted'}")
