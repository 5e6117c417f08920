"""A real Prometheus and a real Alertmanager, from the programs of the machine's package ``prometheus``."""

from __future__ import annotations

import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import yaml

from tests.testkit.services.java import ServiceUnavailableError
from tests.testkit.services.server import Server

_ANSWER_SECONDS = 5.0


class Sample(msgspec.Struct, frozen=True):
    """One series of an instant query: its labels, and time and value as Prometheus writes them."""

    metric: dict[str, str]
    value: tuple[float, str]

    @property
    def number(self) -> float:
        """The value."""
        return float(self.value[1])


class _Vector(msgspec.Struct, frozen=True, rename="camel"):
    result_type: str
    result: list[Sample]


class _Answer(msgspec.Struct, frozen=True):
    data: _Vector


def program_of(name: str, package: str) -> str:
    """The path of an installed program; raises ``ServiceUnavailableError``."""
    found = shutil.which(name)
    if found is None:
        raise ServiceUnavailableError(f"no {name}: install it (package {package})")
    return found


class PrometheusServer(Server):
    """Scrapes what ``scrape`` was told last; ``rules`` are files, ``alertmanagers`` are HOST:PORT.

    Samples and the state of alerts are kept over kills and restarts. Alerts are sent again every
    ``resend_seconds``, which is how long an Alertmanager that was restarted does without them.
    """

    name = "prometheus"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        leashed: bool = True,
        rules: Sequence[Path] = (),
        alertmanagers: Sequence[str] = (),
        interval_seconds: int = 1,
        resend_seconds: int = 2,
    ) -> None:
        super().__init__(folder, port=port, leashed=leashed)
        self._rules = [str(path.resolve()) for path in rules]
        self._alertmanagers = list(alertmanagers)
        self._interval = f"{interval_seconds}s"
        self._resend = f"{resend_seconds}s"
        self.scrape({})

    @property
    def address(self) -> str:
        """The URL of the server."""
        return f"http://{self.loopback}"

    def scrape(self, jobs: Mapping[str, Sequence[str]]) -> None:
        """Scrape these HOST:PORTs by name of their job from now on, also while it runs."""
        groups = [{"labels": {"job": job}, "targets": list(targets)} for job, targets in jobs.items()]
        fresh = self.folder / "targets.json.new"
        fresh.write_text(json.dumps(groups))
        fresh.replace(self.folder / "targets.json")

    def query(self, expression: str) -> list[Sample]:
        """The instant vector of an expression as of now; raises OSError (of urllib) when it is refused."""
        address = f"{self.address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        with urllib.request.urlopen(address, timeout=_ANSWER_SECONDS) as answer:
            return msgspec.json.decode(answer.read(), type=_Answer).data.result

    def _command(self) -> list[str]:
        binary = program_of("prometheus", "prometheus")
        config = self.folder / "prometheus.yml"
        targets = {"files": [str(self.folder / "targets.json")], "refresh_interval": "1s"}
        tree = {
            "global": {"scrape_interval": self._interval, "evaluation_interval": self._interval},
            "rule_files": self._rules,
            "scrape_configs": [{"job_name": "testkit", "file_sd_configs": [targets]}],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": self._alertmanagers}]}]},
        }
        config.write_text(yaml.safe_dump(tree))
        return [
            binary,
            f"--config.file={config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={self.loopback}",
            f"--rules.alert.resend-delay={self._resend}",
        ]

    def _answers(self) -> bool:
        return _is_ready(self.address)


class AlertmanagerServer(Server):
    """An Alertmanager with the configuration at ``config``, which must not name files relative to it."""

    name = "alertmanager"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        leashed: bool = True,
        config: Path,
    ) -> None:
        super().__init__(folder, port=port, leashed=leashed)
        self._config = config.resolve()

    @property
    def address(self) -> str:
        """The URL of the server."""
        return f"http://{self.loopback}"

    def _command(self) -> list[str]:
        return [
            program_of("prometheus-alertmanager", "prometheus-alertmanager"),
            f"--config.file={self._config}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.loopback}",
            "--cluster.listen-address=",
        ]

    def _answers(self) -> bool:
        return _is_ready(self.address)


def _is_ready(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/-/ready", timeout=_ANSWER_SECONDS) as answer:
        return bool(answer.status == 200)
