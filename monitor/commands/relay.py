"""``relay``, ``notify`` and ``alertmanager-config``: from Alertmanager to people."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click
import uvicorn

from monitor.alerts.notices import Notice
from monitor.commands.listening import address_of, listen_on
from monitor.commands.options import data_option, out_option, settings_of
from monitor.commands.serving import GRACE_SECONDS, Serving
from monitor.composition import open_reader
from monitor.engine import engine_client, layout_of
from monitor.errors import QueryError, SourceError
from monitor.language import catalogue, message
from monitor.relay.alertmanager import alertmanager_config as made_config
from monitor.relay.channels.port import SendError
from monitor.relay.directory import SIGNED, directory_of, heard_directory_of, networks_of, titles_of
from monitor.relay.lookup import AlertLog, EngineAlertLog, StoredAlertLog
from monitor.relay.relay import Relay
from monitor.relay.robots import channel_of
from monitor.relay.targets import GuardedPoster
from monitor.settings import LoadedSettings

SPOOL = "relay.db"


@click.command(short_help="Tell people over channels what Alertmanager sends.")
@click.option("--listen", help="HOST:PORT to listen on (default: settings).")
@click.option("--embedded", is_flag=True, help="Look alerts up in --data instead of Elasticsearch.")
@data_option
@click.pass_context
def relay(context: click.Context, listen: str | None, embedded: bool, data: Path) -> None:
    """Take what Alertmanager sends, and tell people over the channels of the settings.

    What is on its way lies in relay.db in the data directory, and survives a crash.
    """
    settings = settings_of(context)
    address = _address(listen or settings.settings.notifications.listen)
    listening = listen_on(address, "the relay", "--listen or notifications.listen")
    made = Relay(settings, _log(settings, data, embedded=embedded), data / SPOOL)
    for team in made.deaf:
        click.echo(f"team {team} has no channel: nobody hears of its alerts", err=True)
    click.echo(f"relay on http://{address_of(listening, address)}/v1/alerts/TEAM", err=True)
    config = uvicorn.Config(
        made.app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    made.start()
    try:
        with listening:
            Serving(config).run([listening])
    finally:
        made.stop()


def _address(listen: str) -> str:
    """Where to listen: at a port that Alertmanager can be told."""
    host, _, port = listen.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise QueryError(f"{listen!r} cannot be listened on; give HOST:PORT, with a port from 1 to 65535")
    return listen


def _log(settings: LoadedSettings, data: Path, *, embedded: bool) -> Callable[[], AlertLog]:
    if embedded:
        # Whether there are data at all is said now.
        open_reader(data)
        return lambda: StoredAlertLog(open_reader(data))
    engine = settings.settings.elasticsearch
    client = engine_client(engine, settings.path)
    return lambda: EngineAlertLog(client, engine.url, layout_of(engine))


@click.group()
def notify() -> None:
    """Channels: list, test."""


@notify.command("list")
@click.pass_context
def list_channels(context: click.Context) -> None:
    """List channels and teams, without secrets."""
    directory = directory_of(settings_of(context))
    for entry in directory.channel:
        bare = ", not signed" if entry.kind in SIGNED and not entry.secret else ""
        click.echo(f"channel {entry.name}: {entry.kind}, {entry.language}{bare}")
    for team in directory.team:
        watched = ", ".join(team.watchlists) or "everything that is no other team's"
        click.echo(f"team {team.name}: {watched} -> {', '.join(team.channels) or 'nobody'}")


@notify.command()
@click.argument("channel")
@click.pass_context
def test(context: click.Context, channel: str) -> None:
    """Send a test message to CHANNEL, and say whether it arrived."""
    settings = settings_of(context)
    directory = directory_of(settings)
    entry = next((one for one in directory.channel if one.name == channel), None)
    if entry is None:
        known = ", ".join(one.name for one in directory.channel) or "none; add one to the channels file"
        raise QueryError(f"no channel {channel!r}; known: {known}")
    chosen = settings.settings.notifications
    poster = GuardedPoster(networks_of(chosen.allowed_networks))
    title = message("opinion-monitor: a test")
    text = message("This channel works: a test message, asked for on the command line. Nothing has happened.")
    zh, en = catalogue("zh"), catalogue("en")
    notice = Notice(
        key=f"test:{time.time():.0f}", kind="test", about="test", state="firing",
        title_zh=zh.text(title), title_en=en.text(title), zh=zh.text(text), en=en.text(text),
    )  # fmt: skip
    try:
        channel_of(entry, chosen, settings.path.parent, poster, time.time).send([notice])
    except SendError as error:
        raise SourceError(f"channel {channel} did not take the message: {error}") from error
    click.echo(f"channel {channel} took the message")


@click.command("alertmanager-config")
@out_option
@click.pass_context
def alertmanager_config(context: click.Context, out: Path | None) -> None:
    """Make Alertmanager's configuration from the settings."""
    settings = settings_of(context)
    content = made_config(
        settings.settings.notifications,
        heard_directory_of(settings),
        settings.settings.display.timezone,
        titles_of(settings),
        settings.settings.records.platforms,
    )
    if out is None:
        click.echo(content, nl=False)
    else:
        try:
            out.write_text(content, "utf-8")
        except OSError as error:
            raise QueryError(
                f"--out {out}: cannot be written ({error.strerror}); name another file"
            ) from error
