"""``python -m tests.checks.generated [--write]``: files that are made from the code are up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from grafana.__main__ import FOLDER, dashboards
from monitor.intake_metrics import IntakeMetrics
from monitor.metrics import PipelineMetrics, describe
from monitor.relay.alertmanager import alertmanager_config
from monitor.relay.directory import directory_of, titles_of
from monitor.relay.metrics import RelayMetrics
from monitor.settings import load_settings
from monitor.worker_metrics import WorkerMetrics
from tests.checks.goldens import goldens

ROOT = Path(__file__).parents[2]
METRICS = ROOT / "docs" / "metrics.md"


def metrics_document() -> str:
    """What ``docs/metrics.md`` must hold."""
    table = describe(PipelineMetrics("model", lambda: 0.0).registry)
    workers = describe(WorkerMetrics("score", lambda: 0.0).registry)
    intake = describe(IntakeMetrics().registry)
    relay = describe(RelayMetrics(()).registry)
    return (
        "# Metrics\n\nMade from the code by `make docs`. Served at `/metrics` while a run lasts. Labels are "
        f"bounded by configuration.\n\n{table}\n\n## Worker roles\n\nServed by each worker "
        f"while it lives.\n\n{workers}\n\n## Intake\n\nServed by `opinion-monitor intake`; "
        f"with `--data` beside those of a run.\n\n{intake}\n\n"
        f"## Relay\n\nServed by `opinion-monitor relay`.\n\n{relay}\n"
    )


def alertmanager_document() -> str:
    """What ``config/alertmanager.yml`` must hold: what the settings as they are shipped make."""
    settings = load_settings(ROOT / "config" / "monitor.toml", {})
    return alertmanager_config(
        settings.settings.notifications,
        directory_of(settings),
        settings.settings.display.timezone,
        titles_of(settings),
        settings.settings.records.platforms,
    )


def documents() -> dict[Path, str]:
    """Every generated file with what it must hold."""
    return {
        METRICS: metrics_document(),
        ROOT / "config" / "alertmanager.yml": alertmanager_document(),
        **goldens(),
        **dashboards(FOLDER, "zh"),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or say which are out of date."""
    outdated = 0
    for path, content in documents().items():
        if "--write" in arguments:
            path.write_text(content, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != content:
            sys.stdout.write(f"{path.relative_to(ROOT)} is out of date; run make docs\n")
            outdated += 1
    return int(outdated > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
