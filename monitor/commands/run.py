"""``run``: the main job on files."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec

from monitor.commands.feeding import broker_of, feed_files, kafka_option
from monitor.commands.options import data_option, json_option, sentiment_option, settings_of
from monitor.commands.progress import Progress
from monitor.composition import Pipeline, embedded_pipeline
from monitor.errors import SourceError
from monitor.metrics import MetricsServer
from monitor.settings import LoadedSettings
from streams.embedded import Tally, batched
from streams.sources.formats import FORMATS, adapter
from streams.sources.replay import STANDARD_INPUT, Pacer, fingerprint, read_lines


class RunSummary(msgspec.Struct, frozen=True):
    """What one run did; ``campaigns`` and ``alerts`` are those it added."""

    received: int
    indexed: int
    duplicates: int
    dead_lettered: int
    campaigns: int
    alerts: int
    seconds: float
    records_per_second: float


class _Speed(click.ParamType):
    """``max`` (None) or a number of times event time."""

    name = "max|N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        if value == "max" or value is None:
            return None
        try:
            speed = float(str(value))
        except ValueError:
            speed = 0.0
        if not 0 < speed < float("inf"):
            self.fail(f"{value!r} is neither max nor a number above 0", param, ctx)
        return speed


@click.command()
@click.argument("files", nargs=-1, required=True)
@data_option
@json_option
@sentiment_option
@click.option("--speed", type=_Speed(), default="max", show_default=True, help="max, or N times event time.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    default="record",
    show_default=True,
    help="What a line holds.",
)
@kafka_option
@click.option("--metrics", help="HOST:PORT of /metrics, /healthz and /readyz, or off (default: settings).")
@click.pass_context
def run(
    context: click.Context,
    files: tuple[str, ...],
    data: Path,
    as_json: bool,
    sentiment: str | None,
    speed: float | None,
    format_name: str,
    metrics: str | None,
) -> None:
    """Take in FILES (NDJSON; .gz and .xz too; - for standard input) and index what they say.

    A run that was killed goes on where its last transaction ended.
    """
    settings = settings_of(context)
    for file in files:
        fingerprint(file)
    servers = broker_of(context)
    if servers is not None:
        feed_files(settings.settings.kafka, servers, files, speed, format_name)
        return
    progress = Progress()
    with embedded_pipeline(settings, data, sentiment=sentiment, observe=progress.batch) as pipeline:
        with ExitStack() as stack:
            serve_metrics(metrics or settings.settings.metrics.listen, pipeline, stack)
            stack.enter_context(progress)
            summary, garbage = take_in(pipeline, settings, files, speed, format_name)
        show_summary(summary, as_json)
    if garbage:
        raise SourceError(
            f"{', '.join(garbage)}: not one line is a record; all are kept as dead letters, "
            "see opinion-monitor dead-letters list"
        )


def serve_metrics(listen: str, pipeline: Pipeline, stack: ExitStack) -> None:
    """Serve metrics until ``stack`` closes, unless they are off."""
    if listen == "off":
        return
    server = MetricsServer(listen, pipeline.metrics.registry)
    stack.callback(server.close)
    click.echo(f"metrics on {server.address}/metrics", err=True)


def take_in(
    pipeline: Pipeline,
    settings: LoadedSettings,
    files: tuple[str, ...],
    speed: float | None,
    format_name: str,
) -> tuple[RunSummary, list[str]]:
    """Run all files; what was done, and the files in which not one line is a record."""
    began = time.perf_counter()
    campaigns, alerts = _known(pipeline)
    total = Tally()
    garbage: list[str] = []
    for file in files:
        tally = _take_in_one(pipeline, settings, file, speed, format_name)
        total += tally
        if tally.received and tally.received == tally.dead_lettered:
            garbage.append(file)
    seconds = time.perf_counter() - began
    campaigns_after, alerts_after = _known(pipeline)
    summary = RunSummary(
        received=total.received,
        indexed=total.indexed,
        duplicates=total.duplicates,
        dead_lettered=total.dead_lettered,
        campaigns=campaigns_after - campaigns,
        alerts=alerts_after - alerts,
        seconds=round(seconds, 3),
        records_per_second=round(total.received / seconds, 1),
    )
    return summary, garbage


def _known(pipeline: Pipeline) -> tuple[int, int]:
    index = pipeline.index
    return sum(campaign.state != "merged" for campaign in index.campaigns()), len(index.alerts())


def _take_in_one(
    pipeline: Pipeline, settings: LoadedSettings, file: str, speed: float | None, format_name: str
) -> Tally:
    start = pipeline.runner.begin(fingerprint(file), resumable=file != STANDARD_INPUT)
    if start.line:
        click.echo(f"{file}: resuming after line {start.line}, where the last transaction ended", err=True)
    lines = read_lines(file)
    if speed is not None:
        lines = Pacer(speed).pace(lines)
    options = settings.settings.run
    batches = batched(lines, options.batch_records, options.batch_seconds)
    return pipeline.runner.run(start, batches, adapter(format_name))


def show_summary(summary: RunSummary, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        click.echo(msgspec.json.encode(summary).decode())
        return
    click.echo(
        f"received {summary.received:,} = indexed {summary.indexed:,} + duplicates {summary.duplicates:,} "
        f"+ dead letters {summary.dead_lettered:,}; {summary.campaigns} campaigns, {summary.alerts} alerts; "
        f"{summary.seconds:.1f} s, {summary.records_per_second:,.0f} records/s"
    )
