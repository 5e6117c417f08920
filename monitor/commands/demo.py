"""``demo``: a simulated day through the whole pipeline, judged against the truth."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from monitor.campaigns.port import CampaignRevision
from monitor.commands.options import FOLDER, settings_of
from monitor.commands.progress import Progress
from monitor.commands.run import Job, RunSummary, serve_metrics
from monitor.composition import Pipeline, embedded_pipeline, watchlists_of
from monitor.documents import SENTIMENTS
from monitor.errors import PortInUseError, SettingsError
from monitor.index.port import Query, Terms
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.settings import LoadedSettings
from streams.sources.simulator import (
    DetectedCampaign,
    Evaluation,
    Truth,
    evaluate,
    read_truth,
    write_simulation,
)

DEMO_DATA = Path("demo-data")
MARKER = "made-by-demo"
RECORDS_PER_DAY = 108_000
"""A little more than is asked for: whatever the seed, a day holds 100,000 records at least."""
_MEMBERS_PER_PAGE = 5_000


@click.command(short_help="A simulated day, and what was found in it.")
@click.option("--once", is_flag=True, help="End after the table instead of serving console and metrics.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same day.")
@click.option(
    "--data",
    type=FOLDER,
    default=DEMO_DATA,
    show_default=True,
    help="Directory for the demo's data; made anew each time.",
)
@click.option("--metrics", help="HOST:PORT of /metrics, or off (default: settings).")
@click.pass_context
def demo(context: click.Context, once: bool, seed: int, data: Path, metrics: str | None) -> None:
    """Simulate a day of talk, take it in, and compare what was found with the truth."""
    settings = settings_of(context)
    say = Console(stderr=True)
    _make_room(data)
    began = time.perf_counter()
    if not say.is_terminal:  # where a status is not shown, ten seconds of silence look like a fault
        say.print("simulating a day of talk")
    with say.status("simulating a day of talk"):
        totals = write_simulation(data / "simulated", 1, seed, RECORDS_PER_DAY)
    say.print(f"simulated {totals.records:,} records (seed {seed}) in {time.perf_counter() - began:.1f} s")
    progress = Progress()
    with embedded_pipeline(settings, data, observe=progress.batch) as pipeline, ExitStack() as stack:
        serve_metrics(metrics or settings.settings.metrics.listen, pipeline, stack)
        with progress:
            job = Job(pipeline, settings, None, "record")
            job.take_in([str(data / "simulated" / "records.ndjson.gz")])
            summary = job.summary()
        truth = read_truth(data / "simulated" / "truth.jsonl")
        show(pipeline, summary, truth)
        say.print(f"data in {data}; look around: {_called_as()} search 房价 --data {data}", soft_wrap=True)
        if not once:
            serve_demo(settings, data, say)


def _called_as() -> str:
    """How the user called this program, so that the same words work again (it may lie on no search path)."""
    return sys.argv[0] if Path(sys.argv[0]).name == "opinion-monitor" else "opinion-monitor"


def serve_demo(settings: LoadedSettings, data: Path, say: Console) -> None:
    """Serve the console over the demo's data until Ctrl-C; where its port is taken, on a free one."""
    from monitor.commands.console import listen, serve_console  # noqa: PLC0415  # what --once can do without
    from monitor.composition_console import console_over  # noqa: PLC0415

    wanted = settings.settings.console
    with console_over(settings, data) as console:
        try:
            listening = listen(wanted.host, wanted.port)
        except PortInUseError:
            listening = listen(wanted.host, 0)
        say.print("serving console and metrics; Ctrl-C ends")
        serve_console(console, watchlists_of(settings), wanted.host, listening)


def _make_room(data: Path) -> None:
    """Empty the directory if an earlier demo made it; refuse one in use, or that holds anything else."""
    marker = data / MARKER
    try:
        if data.exists() and any(data.iterdir()):
            if not marker.exists():
                raise SettingsError(
                    f"--data {data} holds something that no demo made; name an empty or new directory"
                )
            with SqliteStore(data):
                shutil.rmtree(data)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        marker.write_text("The demo empties this directory each time it runs.\n", "utf-8")
    except OSError as error:
        raise SettingsError(f"--data {data} cannot be used ({error.strerror}); name another") from error


def show(pipeline: Pipeline, summary: RunSummary, truth: Truth) -> None:
    """Print what was taken in, what people said, and how detection did."""
    console = Console()
    index = pipeline.index
    console.print(
        f"\n[bold]{summary.received:,} records[/] = {summary.indexed:,} indexed + {summary.duplicates:,} "
        f"duplicates + {summary.dead_lettered:,} dead letters, {summary.records_per_second:,.0f} records/s\n"
        f"scoring model {pipeline.model.model}\n",
        highlight=False,
    )
    console.print(_opinion_table(index))
    console.print()
    found = [campaign for campaign in index.campaigns() if campaign.stands]
    evaluation = evaluate([_detected(index, campaign) for campaign in found], truth)
    console.print(_campaign_table(evaluation))
    console.print(f"\n{_verdict(evaluation)}\n", highlight=False)


def _opinion_table(index: SqliteIndex) -> Table:
    table = Table(title="What people said", title_justify="left", box=None, header_style="bold")
    for column in ("watchlist", "records", *SENTIMENTS):
        table.add_column(column, justify="left" if column == "watchlist" else "right")
    for bucket in index.aggregate(Query(), Terms("watchlist", size=20)):
        query = Query(watchlist=str(bucket.key))
        moods = {one.key: one.count for one in index.aggregate(query, Terms("sentiment"))}
        counts = (f"{moods.get(feeling, 0):,}" for feeling in SENTIMENTS)
        table.add_row(str(bucket.key), f"{bucket.count:,}", *counts)
    return table


def _campaign_table(evaluation: Evaluation) -> Table:
    table = Table(
        title="Water army: found against the truth ledger",
        title_justify="left",
        box=None,
        header_style="bold",
    )
    for column in ("kind", "campaigns", "found", "recall", "median delay"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for kind, result in evaluation.by_kind.items():
        delay = result.median_delay_seconds
        table.add_row(
            kind,
            str(result.episodes),
            str(result.found),
            _share(result.recall),
            "–" if delay is None else f"{delay:,.0f} s",
        )
    return table


def _verdict(evaluation: Evaluation) -> str:
    wrong = sum(evaluation.false_alarms.values())
    mistaken = ", ".join(f"{count} {kind}" for kind, count in evaluation.false_alarms.items())
    several = evaluation.found > evaluation.detected - wrong
    return (
        f"{evaluation.found} of {evaluation.campaigns} campaigns found, recall {_share(evaluation.recall)}\n"
        f"{evaluation.detected} reported in the end, precision {_share(evaluation.precision)}: "
        f"{wrong or 'no'} false alarms{f' ({mistaken})' if mistaken else ''}"
        f"{', and some cover several of the ledger' if several else ''}"
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _detected(index: SqliteIndex, campaign: CampaignRevision) -> DetectedCampaign:
    return DetectedCampaign(
        opened_at=campaign.opened_at,
        intervals=campaign.intervals,
        records=frozenset(_members(index, campaign.id)),
    )


def _members(index: SqliteIndex, campaign: str) -> list[str]:
    members: list[str] = []
    cursor: str | None = None
    while True:
        page = index.search(Query(campaign=campaign, limit=_MEMBERS_PER_PAGE, cursor=cursor))
        members += [hit.document.id for hit in page.hits]
        cursor = page.cursor
        if cursor is None:
            return members
