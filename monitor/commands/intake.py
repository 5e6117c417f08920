"""``intake``: records over HTTP into the intake topics."""

from __future__ import annotations

import time

import click
import uvicorn

from monitor.cluster import publisher_of, require_topics, topics_of
from monitor.commands.options import settings_of
from monitor.errors import PortInUseError, SettingsError
from monitor.records import RecordDecoder
from streams.sources.http_intake import Intake, IntakeLimits, intake_app

_SHORTEST_TOKEN = 16


@click.command()
@click.option("--listen", help="HOST:PORT to listen on (default: settings).")
@click.pass_context
def intake(context: click.Context, listen: str | None) -> None:
    """Take records over HTTP (POST /v1/records, bearer token) and answer when Kafka has them."""
    loaded = settings_of(context)
    settings = loaded.settings
    chosen = settings.intake
    if len(chosen.token) < _SHORTEST_TOKEN:
        raise SettingsError(
            f"intake.token has {len(chosen.token)} characters; set one of at least {_SHORTEST_TOKEN} "
            "(OPINION_MONITOR__INTAKE__TOKEN)"
        )
    require_topics(loaded)
    host, _, port = (listen or chosen.listen).rpartition(":")
    app = intake_app(
        Intake(
            chosen.token,
            RecordDecoder(frozenset(settings.records.platforms)),
            publisher_of(loaded),
            topics_of(settings.kafka),
            IntakeLimits(body_bytes=chosen.body_bytes, waiting_bytes=chosen.waiting_bytes),
            time.time,
        )
    )
    click.echo(f"intake on http://{host}:{port}/v1/records", err=True)
    try:
        uvicorn.run(app, host=host.strip("[]"), port=int(port), log_level="warning", access_log=False)
    except SystemExit as ended:
        if ended.code:
            raise PortInUseError(
                f"intake address {host}:{port} cannot be listened on; choose another with --listen"
            ) from ended
