"""``intake``: records over HTTP, into the intake topics or, with ``--data``, straight into the pipeline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import uvicorn

from monitor.commands.options import settings_of
from monitor.errors import PortInUseError, SettingsError
from monitor.intake_metrics import IntakeMetrics
from monitor.metrics import MetricsServer
from monitor.records import RecordDecoder
from monitor.settings import LoadedSettings
from streams.embedded import EmbeddedRunner
from streams.sources.http_intake import Intake, IntakeLimits, intake_app
from streams.sources.takers import KafkaTaker, PipelineTaker, Taker

_SHORTEST_TOKEN = 16


@click.command(short_help="Take records over HTTP.")
@click.option("--listen", help="HOST:PORT to listen on (default: settings).")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Take records into this data directory, without Kafka.",
)
@click.option("--metrics", help="HOST:PORT of /metrics, /healthz and /readyz, or off (default: settings).")
@click.pass_context
def intake(context: click.Context, listen: str | None, data: Path | None, metrics: str | None) -> None:
    """Take records over HTTP (POST /v1/records, bearer token).

    It answers when Kafka has them; with --data when their transaction is committed.
    """
    settings = settings_of(context)
    chosen = settings.settings.intake
    if len(chosen.token) < _SHORTEST_TOKEN:
        raise SettingsError(
            f"intake.token has {len(chosen.token)} characters; set one of at least {_SHORTEST_TOKEN} "
            "(OPINION_MONITOR__INTAKE__TOKEN)"
        )
    with ExitStack() as stack:
        meter = IntakeMetrics()
        taker = _kafka(settings) if data is None else _embedded(settings, data, meter, stack)
        decoder = RecordDecoder(frozenset(settings.settings.records.platforms))
        limits = IntakeLimits(body_bytes=chosen.body_bytes, waiting_bytes=chosen.waiting_bytes)
        _serve_metrics(metrics or settings.settings.metrics.listen, meter, taker, stack)
        _serve(Intake(chosen.token, decoder, taker, limits, meter, time.time), listen or chosen.listen)


def _kafka(settings: LoadedSettings) -> Taker:
    # The clients of the distributed mode take half a second to load; the embedded one need not wait.
    from monitor.brokers import publisher_of, require_topics, topics_of  # noqa: PLC0415

    require_topics(settings)
    publisher = publisher_of(settings)
    return KafkaTaker(publisher, topics_of(settings.settings.kafka), lambda: publisher.waiting)


def _embedded(settings: LoadedSettings, data: Path, meter: IntakeMetrics, stack: ExitStack) -> Taker:
    from monitor.composition import embedded_pipeline  # noqa: PLC0415

    @contextmanager
    def opened() -> Iterator[EmbeddedRunner]:
        with embedded_pipeline(settings, data) as pipeline:
            meter.registry.register(pipeline.metrics.registry)
            yield pipeline.runner

    return stack.enter_context(PipelineTaker(opened, batch_records=settings.settings.run.batch_records))


def _serve_metrics(listen: str, meter: IntakeMetrics, taker: Taker, stack: ExitStack) -> None:
    if listen == "off":
        return
    server = MetricsServer(listen, meter.registry, taker.missing)
    stack.callback(server.close)
    click.echo(f"metrics on {server.address}/metrics", err=True)


def _serve(intake: Intake, listen: str) -> None:
    """Listen until SIGTERM or Ctrl-C; what is being answered is answered first."""
    host, _, port = listen.rpartition(":")
    click.echo(f"intake on http://{host}:{port}/v1/records", err=True)
    try:
        uvicorn.run(
            intake_app(intake), host=host.strip("[]"), port=int(port), log_level="warning", access_log=False
        )
    except SystemExit as ended:
        if ended.code:
            raise PortInUseError(
                f"intake address {host}:{port} cannot be listened on; choose another with --listen"
            ) from ended
