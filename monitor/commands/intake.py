"""``intake``: records over HTTP, into the intake topics or, with ``--data``, straight into the pipeline."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import click
import uvicorn

from monitor.commands.hangup import exchange, reloading_on_hangup
from monitor.commands.listening import address_of, listen_on
from monitor.commands.options import FOLDER, settings_of
from monitor.commands.serving import GRACE_SECONDS, Serving
from monitor.composition import Pipeline, embedded_pipeline
from monitor.errors import SettingsError
from monitor.intake_metrics import IntakeMetrics
from monitor.metrics import MetricsServer
from monitor.records import RecordDecoder
from monitor.settings import LoadedSettings
from monitor.settings_checks import SHORTEST_TOKEN
from streams.embedded import EmbeddedRunner
from streams.sources.http_intake import Intake, IntakeLimits, intake_app
from streams.sources.takers import KafkaTaker, PipelineTaker, Taker


@click.command(short_help="Take records over HTTP.")
@click.option("--listen", help="HOST:PORT to listen on (default: settings).")
@click.option(
    "--data",
    type=FOLDER,
    help="Take records into this data directory, without Kafka.",
)
@click.option("--metrics", help="HOST:PORT of /metrics, /healthz and /readyz, or off (default: settings).")
@click.pass_context
def intake(context: click.Context, listen: str | None, data: Path | None, metrics: str | None) -> None:
    """Take records over HTTP (POST /v1/records, bearer token).

    It answers when Kafka has them; with --data when their transaction is committed and on the disk. SIGHUP
    then reads the scoring model again before the next batch.
    """
    settings = settings_of(context)
    chosen = settings.settings.intake
    if len(chosen.token) < SHORTEST_TOKEN:
        raise SettingsError(
            f"intake.token has {len(chosen.token)} characters; set one of at least {SHORTEST_TOKEN} "
            "(OPINION_MONITOR__INTAKE__TOKEN)"
        )
    address = listen or chosen.listen
    with ExitStack() as stack:
        listening = stack.enter_context(listen_on(address, "the intake", "--listen or intake.listen"))
        meter = IntakeMetrics()
        taker = _kafka(settings) if data is None else _embedded(settings, data, meter, stack)
        decoder = RecordDecoder(frozenset(settings.settings.records.platforms))
        limits = IntakeLimits(body_bytes=chosen.body_bytes, waiting_bytes=chosen.waiting_bytes)
        _serve_metrics(metrics or settings.settings.metrics.listen, meter, taker, stack)
        click.echo(f"intake on http://{address_of(listening, address)}/v1/records", err=True)
        _serve(Intake(chosen.token, decoder, taker, limits, meter, time.time), listening)


def _kafka(settings: LoadedSettings) -> Taker:
    # The clients of the distributed mode take half a second to load; the embedded one need not wait.
    from monitor.brokers import publisher_of, require_topics, topics_of  # noqa: PLC0415

    require_topics(settings)
    publisher = publisher_of(settings)
    return KafkaTaker(publisher, topics_of(settings.settings.kafka), lambda: publisher.waiting)


def _embedded(settings: LoadedSettings, data: Path, meter: IntakeMetrics, stack: ExitStack) -> Taker:
    pipelines: list[Pipeline] = []

    @contextmanager
    def opened() -> Iterator[EmbeddedRunner]:
        with durable_pipeline(settings, data) as pipeline:
            pipelines[:] = [pipeline]
            meter.registry.register(pipeline.metrics.registry)
            try:
                yield pipeline.runner
            finally:
                meter.registry.unregister(pipeline.metrics.registry)

    def between() -> None:
        exchange(pipelines[0].model, pipelines[0].metrics.scores_with)

    def reload() -> None:
        pipelines[0].model.request_reload()

    batch_records = settings.settings.run.batch_records
    taker = stack.enter_context(PipelineTaker(opened, batch_records=batch_records, between=between))
    stack.enter_context(reloading_on_hangup(reload))
    return taker


def durable_pipeline(settings: LoadedSettings, data: Path) -> AbstractContextManager[Pipeline]:
    """The pipeline of an intake: a sender who was told "accepted" does not send again."""
    return embedded_pipeline(settings, data, durable=True)


def _serve_metrics(listen: str, meter: IntakeMetrics, taker: Taker, stack: ExitStack) -> None:
    if listen == "off":
        return
    server = MetricsServer(listen, meter.registry, taker.missing)
    stack.callback(server.close)
    click.echo(f"metrics on {server.address}/metrics", err=True)


def _serve(intake: Intake, listening: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C; what is being answered is answered first, for a few seconds."""
    config = uvicorn.Config(
        intake_app(intake), log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    Serving(config).run([listening])
