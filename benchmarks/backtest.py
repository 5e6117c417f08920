"""``python -m benchmarks.backtest``: how long a month of 50 watchlists takes to try rules on."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from monitor.alert_rules import load_rules
from monitor.alerts.sentences import Titles
from monitor.commands.alerts import HISTORY_MS, Backtest
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.opinion.figures import Figure, Voice
from tests.testkit.assessing import ZONE
from tests.testkit.opinion_world import DAY_MINUTES, MINUTE_MS, START, World

DAYS = 30


@click.command()
@click.option("--watchlists", default=50, show_default=True)
@click.option(
    "--rules", type=click.Path(path_type=Path), default=Path("config/alerts.toml"), show_default=True
)
def main(watchlists: int, rules: Path) -> None:
    """Simulate figures, and replay them under today's rules and under candidate rules (the same file)."""
    world = World(1, DAYS, watchlists, (5.0, 200.0))
    world.ordinary_life(news_a_day=4.0)
    world.incidents(6, 12, range(watchlists))
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder)) as store:
        rows = 0
        for number in range(watchlists):
            with store.transaction():
                rows += _fill(store, world, number)
        end = START + DAYS * DAY_MINUTES * MINUTE_MS
        today = load_rules(rules)
        test = Backtest(SqliteIndex(store), today, today, ZONE)
        began, worked = time.perf_counter(), time.process_time()
        events = sum(
            test.run(f"w{number}", START + HISTORY_MS // 28, end, Titles({}, {}))[1].candidate
            for number in range(watchlists)
        )
        seconds, own = time.perf_counter() - began, time.process_time() - worked
    click.echo(
        f"{watchlists} watchlists, {DAYS} days, {rows:,} figures: {seconds:.1f} s ({own:.1f} s of "
        f"one core) for two sets of rules, {events} events each"
    )


def _fill(store: SqliteStore, world: World, number: int) -> int:
    rows = []
    for platform, minute, cell in world.cells(number):
        figure = Figure(
            records=cell.records,
            kinds={"post": cell.records},
            labels={"negative": cell.negative, "neutral": cell.scored - cell.negative},
            emotions={"angry": cell.angry, "neutral": cell.known - cell.angry},
            voices={author: Voice(1, 1, 0, 0) for author in cell.people},
        )
        rows.append((f"w{number}", platform, minute, figure.canonical()))
    store.write("INSERT INTO figures VALUES (?, ?, ?, ?)", rows)
    return len(rows)


if __name__ == "__main__":
    main()
