"""From workers to a receiver: a real Prometheus, a real Alertmanager, and the relay, one second apart."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.alerts.port import Alert
from tests.testkit.cluster import Cluster
from tests.testkit.program import ROOT, Ended, command, environment, program
from tests.testkit.receiver import Receiver
from tests.testkit.services import AlertmanagerServer, PrometheusServer
from tests.testkit.services.fixtures import start_or_skip
from tests.testkit.services.processes import free_port

TOKEN = "a-token-for-the-relay"
_RULES = sorted((ROOT / "config" / "rules").glob("*.yml"))


def settings_folder(folder: Path, receiver: Receiver, alerts: str) -> Path:
    """A settings file of a test: the shipped ones, the receiver's channels, other rules of alerts."""
    folder.mkdir()
    for path in (ROOT / "config").glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "channels.toml").write_text(receiver.channels(), "utf-8")
    (folder / "alerts.toml").write_text(alerts, "utf-8")
    (folder / "relay_token").write_text(TOKEN)
    return folder / "monitor.toml"


class AlertChain:
    """Everything behind the workers. ``with`` starts it when the workers have been started."""

    def __init__(self, cluster: Cluster, receiver: Receiver, folder: Path) -> None:
        self.cluster = cluster
        self.receiver = receiver
        self._folder = folder
        self._relay_port = free_port()
        self._variables = {
            **cluster.variables,
            "OPINION_MONITOR__NOTIFICATIONS__TOKEN": TOKEN,
            "OPINION_MONITOR__NOTIFICATIONS__TOKEN_FILE": str(folder / "config" / "relay_token"),
            "OPINION_MONITOR__NOTIFICATIONS__RELAY_URL": f"http://127.0.0.1:{self._relay_port}",
            "OPINION_MONITOR__NOTIFICATIONS__LISTEN": f"127.0.0.1:{self._relay_port}",
            "OPINION_MONITOR__NOTIFICATIONS__ALLOWED_NETWORKS": '["127.0.0.0/8"]',
            "OPINION_MONITOR__NOTIFICATIONS__GROUP_SECONDS": "1",
        }
        config = folder / "alertmanager.yml"
        made = self.program("alertmanager-config", "--out", config)
        assert made.code == 0, made.err
        self.alertmanager = AlertmanagerServer(folder / "alertmanager", config=config)
        self.prometheus = PrometheusServer(
            folder / "prometheus", rules=_RULES, alertmanagers=[self.alertmanager.loopback]
        )
        self._relay: subprocess.Popen[bytes] | None = None

    def program(self, *arguments: str | Path) -> Ended:
        """Call the program with the chain's settings."""
        return program(*arguments, variables=self._variables)

    def __enter__(self) -> Self:
        start_or_skip(self.alertmanager)
        self.prometheus.scrape(
            {
                "opinion-monitor": list(self.cluster.metrics.values()),
                "relay": [f"127.0.0.1:{self._relay_port}"],
            }
        )
        start_or_skip(self.prometheus)
        self.start_relay()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._relay is not None:
            self._relay.kill()
            self._relay.wait()
        self.prometheus.kill()
        self.alertmanager.kill()

    def start_relay(self) -> None:
        """Start the relay, or start it again on its spool."""
        with (self._folder / "relay.log").open("ab") as log:
            self._relay = subprocess.Popen(
                command("relay", "--data", self._folder / "relay"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=environment(self._variables),
            )  # fmt: skip

    def kill_relay(self) -> None:
        """End the relay as a crash would."""
        assert self._relay is not None
        self._relay.send_signal(signal.SIGKILL)
        self._relay.wait()

    @property
    def relay_log(self) -> str:
        """What the relay has written."""
        return (self._folder / "relay.log").read_text("utf-8", errors="replace")

    def events(self) -> list[Alert]:
        """The alert events that are indexed."""
        return self.cluster.index().alerts()

    def wait(self, what: Callable[[], bool], seconds: float, why: str) -> float:
        """Wait until something holds; how long it took. Fails with the state of the chain."""
        began = time.monotonic()
        while not what():
            spent = time.monotonic() - began
            assert spent < seconds, f"{why}: {self._state()}"
            time.sleep(0.1)
        return time.monotonic() - began

    def _state(self) -> str:
        titles = [f"{one.kind}: {one.title}" for one in self.receiver.messages]
        events = [f"{one.rule} {one.watchlist} {one.state} {one.level}" for one in self.events()]
        firing = [sample.metric for sample in self.prometheus.query('ALERTS{kind="opinion"}')]
        return "\n".join(
            [f"messages {titles}", f"events {events}", f"firing {firing}", *self.receiver.complaints,
             self.relay_log[-2000:], self.cluster.log("assess-1")]
        )  # fmt: skip


def scraped(address: str) -> str:
    """The metrics of a process."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        return str(answer.read().decode())
