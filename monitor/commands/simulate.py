"""``simulate``: write days of simulated talk with the truth about each record."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from monitor.commands.options import json_option
from streams.sources.simulator import DEFAULT_RECORDS_PER_DAY, write_simulation


@click.command()
@click.option("--days", type=click.FloatRange(0, 366, min_open=True), default=1.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--records-per-day", type=click.IntRange(100), default=DEFAULT_RECORDS_PER_DAY, show_default=True
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Directory.")
@json_option
def simulate(days: float, seed: int, records_per_day: int, out: Path, as_json: bool) -> None:
    """Write records.ndjson.gz and truth.jsonl: ordinary talk, events, official accounts, water armies."""
    totals = write_simulation(out, days, seed, records_per_day)
    if as_json:
        click.echo(msgspec.json.encode(totals))
    else:
        episodes = ", ".join(f"{count} {kind}" for kind, count in totals.episodes.items())
        click.echo(f"{totals.records:,} records in {out}; {episodes}")
