"""``worker``: one role of the distributed mode, or all of them, a process each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import click

from monitor.addresses import HIGHEST_PORT, host_and_port, shown_address
from monitor.commands.hangup import exchange, reloading_on_hangup
from monitor.commands.options import data_option, settings_of
from monitor.commands.supervisor import AWAY, Supervisor
from monitor.errors import MonitorError, SettingsError
from monitor.metrics import MetricsServer
from monitor.roles import ROLES, Role


@click.command("worker", short_help="Work on Kafka and Elasticsearch in a role.")
@click.argument("role", type=click.Choice([*ROLES, "all"]))
@click.option(
    "--instance",
    help="Stable name, unique in the role (default: ROLE-1); with all, what follows ROLE- (default: 1).",
)
@click.option(
    "--metrics",
    help="HOST:PORT of /metrics, /healthz and /readyz, or off (default: settings). With all, the roles take "
    "PORT and those after it, in the order above (default: free ones).",
)
@click.option("--supervised", is_flag=True, hidden=True)
@data_option
@click.pass_context
def worker_command(
    context: click.Context,
    role: str,
    instance: str | None,
    metrics: str | None,
    data: Path,
    supervised: bool,
) -> None:
    """Work as ROLE (score, index, detect or assess) on Kafka and Elasticsearch until SIGTERM.

    all starts a process for each role and starts again what ends; what cannot work as it is set ends all.
    SIGHUP to score, or to all, reads scoring.model_file again before the next batch.
    """
    if role == "all":
        start = starter(context.find_root().obj, data, instance or "1", listens(metrics))
        sys.exit(Supervisor(ROLES, start).run())
    if supervised:
        end_with(sys.stdin.fileno())
    # The supervisor does without what a role needs.
    from monitor.cluster import worker  # noqa: PLC0415

    settings = settings_of(context)
    chosen: Role = next(one for one in ROLES if one == role)
    name = instance or f"{role}-1"
    try:
        built = worker(settings, chosen, data=data, instance=name, between=exchange)
    except MonitorError as error:
        if not (supervised and error.passes):
            raise
        click.echo(f"{role}: {error}", err=True)
        sys.exit(AWAY)
    listen = metrics or settings.settings.metrics.listen
    if listen != "off":
        server = MetricsServer(listen, built.metrics.registry, built.missing)
        click.echo(f"{role}: metrics on {server.address}/metrics", err=True)
    with ExitStack() as stack:
        if built.model is not None:
            stack.enter_context(reloading_on_hangup(built.model.request_reload))
        built.runner.run()


def starter(
    config: Path | None, data: Path, name: str, listens: Mapping[Role, str]
) -> Callable[[Role], subprocess.Popen[bytes]]:
    """Starts the process of a role, which ends with this one."""
    configured = ["--config", str(config)] if config else []

    def start(role: Role) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "monitor.cli", *configured, "worker", role]
        arguments = ["--instance", f"{role}-{name}", "--data", str(data)]
        arguments += ["--metrics", listens[role], "--supervised"]
        return subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE)  # noqa: S603 - our own program

    return start


def end_with(leash: int) -> None:
    """End this process, as by SIGTERM, when nobody holds the other end of the pipe ``leash`` any more.

    A supervisor that is killed cannot tell its roles to end; they would go on beside those of the next one,
    with the same names, and take each other's place in the consumer group for ever.
    """

    def watch() -> None:
        while os.read(leash, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="leash", daemon=True).start()


def listens(metrics: str | None) -> dict[Role, str]:
    """Where each role serves its metrics.

    Raises ``SettingsError`` when ``metrics`` is no address.
    """
    if metrics is None or metrics == "off":
        return dict.fromkeys(ROLES, metrics or "127.0.0.1:0")
    parts = host_and_port(metrics)
    if parts is None or parts[1] + len(ROLES) - 1 > HIGHEST_PORT:
        raise SettingsError(
            f"--metrics {metrics!r} must be HOST:PORT (port 0 takes free ones) or off; "
            f"the roles take {len(ROLES)} ports in a row, up to {HIGHEST_PORT}"
        )
    host, first = parts
    return {role: shown_address(host, first and first + number) for number, role in enumerate(ROLES)}
