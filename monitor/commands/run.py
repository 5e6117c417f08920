"""``run``: the main job on files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec

from monitor.commands.hangup import reloading_on_hangup, with_newest_model
from monitor.commands.interrupts import Interrupts, between_records
from monitor.commands.options import (
    broker_of,
    data_option,
    from_line_of,
    from_line_option,
    json_option,
    kafka_option,
    sentiment_option,
    settings_of,
)
from monitor.commands.progress import Progress
from monitor.composition import Pipeline, embedded_pipeline
from monitor.errors import QueryError, SourceError
from monitor.metrics import MetricsServer
from monitor.settings import LoadedSettings
from streams.embedded import Tally, batched
from streams.sources.formats import FORMATS, adapter
from streams.sources.replay import Pacer, after, fingerprint, is_rereadable, read_lines


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


@click.command(short_help="Take in files of records: the main job.")
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
@from_line_option
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

    A run that was killed goes on where its last transaction ended; one with --kafka that was interrupted says
    from which line to go on. SIGHUP reads scoring.model_file again,
    if the settings name one.
    """
    settings = settings_of(context)
    for file in files:
        fingerprint(file)
    servers, from_line = broker_of(context), from_line_of(context)
    if servers is not None:
        from monitor.commands.feeding import feed_files  # noqa: PLC0415 - as the engine in `reader`

        feed_files(settings, servers, files, speed, format_name, from_line=from_line or 1, as_json=as_json)
        return
    if from_line is not None:
        raise QueryError("--from-line goes with --kafka: a data directory knows where to go on; leave it out")
    progress = Progress()
    with embedded_pipeline(settings, data, sentiment=sentiment, observe=progress.batch) as pipeline:
        job = Job(pipeline, settings, speed, format_name)
        try:
            with ExitStack() as stack:
                serve_metrics(metrics or settings.settings.metrics.listen, pipeline, stack)
                stack.enter_context(progress)
                job.take_in(files)
        finally:
            if job.began is not None:
                show_summary(job.summary(), as_json)
    if job.garbage:
        raise SourceError(
            f"{', '.join(job.garbage)}: not one line is a record; all are kept as dead letters, "
            "see opinion-monitor dead-letters list"
        )


def serve_metrics(listen: str, pipeline: Pipeline, stack: ExitStack) -> None:
    """Serve metrics until ``stack`` closes, unless they are off."""
    if listen == "off":
        return
    server = MetricsServer(listen, pipeline.metrics.registry)
    stack.callback(server.close)
    click.echo(f"metrics on {server.address}/metrics", err=True)


class Job:
    """Taking files in; knows at any time what was done."""

    def __init__(
        self, pipeline: Pipeline, settings: LoadedSettings, speed: float | None, format_name: str
    ) -> None:
        self._pipeline = pipeline
        self._options = settings.settings.run
        self._own_model = bool(settings.settings.scoring.model_file)
        self._speed = speed
        self._adapter = adapter(format_name)
        self._total = Tally()
        self._before = _known(pipeline)
        self.began: float | None = None
        self.garbage: list[str] = []

    def take_in(self, files: Sequence[str]) -> None:
        """Take in all files; ``garbage`` has those in which not one line is a record."""
        self.began = time.perf_counter()
        with ExitStack() as stack:
            interrupts = stack.enter_context(between_records())
            if self._own_model:
                stack.enter_context(reloading_on_hangup(self._pipeline.model.request_reload))
            for file in files:
                tally = self._take_in_one(file, interrupts)
                if tally.received and tally.received == tally.dead_lettered:
                    self.garbage.append(file)

    def summary(self) -> RunSummary:
        """What was committed up to now."""
        seconds = time.perf_counter() - (self.began or 0.0)
        campaigns, alerts = _known(self._pipeline)
        return RunSummary(
            received=self._total.received,
            indexed=self._total.indexed,
            duplicates=self._total.duplicates,
            dead_lettered=self._total.dead_lettered,
            campaigns=len(campaigns - self._before[0]),
            alerts=len(alerts - self._before[1]),
            seconds=round(seconds, 3),
            records_per_second=round(self._total.received / max(seconds, 1e-9), 1),
        )

    def _take_in_one(self, file: str, interrupts: Interrupts) -> Tally:
        runner = self._pipeline.runner
        start = runner.begin(fingerprint(file), rereadable=is_rereadable(file))
        if start.line:
            click.echo(
                f"{file}: resuming after line {start.line}, where the last transaction ended", err=True
            )
        lines = after(read_lines(file, check=interrupts.check), start.line, start.checksum, file)
        if self._speed is not None:
            lines = Pacer(self._speed, check=interrupts.check).pace(lines)
        batches = with_newest_model(
            batched(lines, self._options.batch_records, self._options.batch_seconds),
            self._pipeline.model,
            self._pipeline.metrics.scores_with,
        )
        before = self._total
        for tally in runner.run(start, batches, self._adapter):
            self._total += tally
        return self._total - before


def _known(pipeline: Pipeline) -> tuple[set[str], set[str]]:
    """Campaigns that are part of no other, and alert events."""
    index = pipeline.index
    campaigns = {campaign.id for campaign in index.campaigns() if campaign.stands}
    return campaigns, {alert.id for alert in index.alerts()}


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
