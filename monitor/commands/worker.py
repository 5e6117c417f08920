"""``worker``: one role of the distributed mode, or all of them, a process each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click

from monitor.commands.hangup import exchange, reloading_on_hangup
from monitor.commands.options import data_option, settings_of
from monitor.errors import SettingsError
from monitor.metrics import MetricsServer
from monitor.roles import ROLES, Role

_DRAIN_SECONDS = 15.0
_PAUSES_SECONDS = (0.2, 1.0, 3.0, 10.0)
_STEADY_SECONDS = 60.0


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

    all starts a process for each role and starts again what ends. SIGHUP to score, or to all, reads
    scoring.model_file again before the next batch.
    """
    if role == "all":
        sys.exit(_Supervisor(context.find_root().obj, data, instance or "1", listens(metrics)).run())
    if supervised:
        end_with(sys.stdin.fileno())
    # The supervisor does without what a role needs.
    from monitor.cluster import worker  # noqa: PLC0415

    settings = settings_of(context)
    chosen: Role = next(one for one in ROLES if one == role)
    name = instance or f"{role}-1"
    built = worker(settings, chosen, data=data, instance=name, between=exchange)
    listen = metrics or settings.settings.metrics.listen
    if listen != "off":
        runner = built.runner
        server = MetricsServer(
            listen, built.metrics.registry, lambda: () if runner.ready else ("a place in the consumer group",)
        )
        click.echo(f"{role}: metrics on {server.address}/metrics", err=True)
    with ExitStack() as stack:
        if built.model is not None:
            stack.enter_context(reloading_on_hangup(built.model))
        built.runner.run()


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
    host, _, port = metrics.rpartition(":")
    if not host or not port.isdecimal():
        raise SettingsError(f"--metrics {metrics!r} must be HOST:PORT (port 0 takes free ones) or off")
    first = int(port)
    return {role: f"{host}:{first and first + number}" for number, role in enumerate(ROLES)}


class _Supervisor:
    """Starts a process per role; starts again those that end, sooner the longer they lived."""

    def __init__(self, config: Path | None, data: Path, name: str, listens: Mapping[Role, str]) -> None:
        self._listens = listens
        self._config = ["--config", str(config)] if config else []
        self._data = data
        self._name = name
        self._stopping = False
        self._processes: dict[Role, subprocess.Popen[bytes]] = {}
        self._started: dict[Role, float] = {}
        self._falls: dict[Role, int] = {}

    def run(self) -> int:
        """Supervise until SIGTERM or Ctrl-C; the exit code."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._hang_up)
        for role in ROLES:
            self._start(role)
        while not self._stopping:
            time.sleep(0.1)
            for role in ROLES:
                code = self._processes[role].poll()
                if code is not None and not self._stopping:
                    self._again(role, code)
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        return max(abs(_ended(process)) for process in self._processes.values())

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _hang_up(self, number: int, _frame: FrameType | None) -> None:
        """Pass it on to the one role that has a model."""
        self._processes["score"].send_signal(number)

    def _again(self, role: Role, code: int) -> None:
        steady = time.monotonic() - self._started[role] > _STEADY_SECONDS
        falls = self._falls[role] = 0 if steady else self._falls.get(role, 0) + 1
        pause = _PAUSES_SECONDS[min(falls, len(_PAUSES_SECONDS) - 1)]
        click.echo(f"{role} ended with {code}; starting it again in {pause} s", err=True)
        time.sleep(pause)
        if not self._stopping:
            self._start(role)

    def _start(self, role: Role) -> None:
        command = [sys.executable, "-m", "monitor.cli", *self._config, "worker", role]
        arguments = ["--instance", f"{role}-{self._name}", "--data", str(self._data)]
        arguments += ["--metrics", self._listens[role], "--supervised"]
        self._started[role] = time.monotonic()
        self._processes[role] = subprocess.Popen(  # noqa: S603 - our own program
            [*command, *arguments], stdin=subprocess.PIPE
        )


def _ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process that was asked to end; one that does not is killed."""
    try:
        return process.wait(_DRAIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
