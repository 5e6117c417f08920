"""``console``: the web pages and the HTTP API for staff."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click
import uvicorn
from starlette.types import ASGIApp

from monitor.commands.options import DEFAULT_DATA, FOLDER, settings_of
from monitor.commands.serving import GRACE_SECONDS, Serving
from monitor.composition import watchlists_of
from monitor.composition_console import console_over
from monitor.console.gate import SET_UP
from monitor.console.pages.site import add_pages
from monitor.console.search_state import SearchState
from monitor.console.server import build_app
from monitor.console.services import Console
from monitor.errors import MonitorError, PortInUseError
from monitor.scoring.watchlists import Watchlist


@click.command(short_help="Serve the web console and its API.")
@click.option(
    "--data",
    type=FOLDER,
    default=DEFAULT_DATA,
    show_default=True,
    help="Data directory; the console's own database lies there too.",
)
@click.option("--elasticsearch", "url", metavar="URL", help="Read from this engine instead of --data.")
@click.option(
    "--kafka",
    "servers",
    metavar="HOST:PORT",
    help="Put what people judge onto a topic of these brokers, too (with --elasticsearch).",
)
@click.option("--host", help="Address to listen on (default: settings).")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 takes a free one (default: settings).")
@click.pass_context
def console(
    context: click.Context,
    data: Path,
    url: str | None,
    servers: str | None,
    host: str | None,
    port: int | None,
) -> None:
    """Serve the console: search, campaigns, the wall, and the API below /api/v1."""
    settings = settings_of(context)
    wanted = settings.settings.console
    with console_over(settings, data, url, servers) as opened:
        watchlists = watchlists_of(settings)
        named = host or wanted.host
        listening = listen(named, wanted.port if port is None else port)
        serve_console(opened, watchlists, named, listening, wanted.trusted_proxies)


def serve_console(
    console: Console,
    watchlists: tuple[Watchlist, ...],
    host: str,
    listening: socket.socket,
    proxies: Sequence[str] = (),
) -> None:
    """Serve until the process is told to end; says where, and how to set up a new console.

    ``proxies`` are those of whom it is believed for whom they ask.
    """
    address = address_at(console, host, listening.getsockname()[1])
    click.echo(f"console on {address}", err=True)
    token = console.accounts.set_up_token()
    if token is not None:
        click.echo(f"no account yet: make the first one at {address}{SET_UP}?token={token}", err=True)
    threading.Thread(target=_warm, args=(console,), daemon=True).start()
    app = build_app(console)
    add_pages(app, console, watchlists)
    server = server_of(app, proxies)
    with listening:
        server.run([listening])


def server_of(app: ASGIApp, proxies: Sequence[str]) -> Serving:
    """What serves an application; without proxies nobody is believed to ask for another."""
    return Serving(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


def _warm(console: Console) -> None:
    """Ask for everything once, so that the first person who searches does not wait for it."""
    with suppress(MonitorError):
        console.desk.overview(SearchState())
        console.desk.query(SearchState(q="预热"))


def address_at(console: Console, host: str, port: int) -> str:
    """The console's address as a browser on this machine would be given it."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  # compared, not bound
    shown = f"[{shown}]" if ":" in shown else shown
    return f"{'https' if console.secure else 'http'}://{shown}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one.

    Raises:
        PortInUseError: the address is taken or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise PortInUseError(
            f"the console cannot listen on {host}:{port} ({error.strerror}); give another --host or --port"
        ) from error
    return listening
