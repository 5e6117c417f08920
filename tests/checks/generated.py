"""``python -m tests.checks.generated [--write]``: documents that are made from the code are up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor.metrics import PipelineMetrics, describe
from monitor.worker_metrics import WorkerMetrics

ROOT = Path(__file__).parents[2]
METRICS = ROOT / "docs" / "metrics.md"


def metrics_document() -> str:
    """What ``docs/metrics.md`` must hold."""
    table = describe(PipelineMetrics("model", lambda: 0.0).registry)
    workers = describe(WorkerMetrics("score", lambda: 0.0).registry)
    return (
        "# Metrics\n\nMade from the code by `make docs`. Served at `/metrics` while a run lasts. Labels are "
        f"bounded by configuration.\n\n{table}\n\n## Worker roles\n\nServed by each worker "
        f"while it lives.\n\n{workers}\n"
    )


def main(arguments: list[str]) -> int:
    """Write the documents, or say which is out of date."""
    if "--write" in arguments:
        METRICS.write_text(metrics_document(), "utf-8")
        return 0
    if METRICS.read_text("utf-8") != metrics_document():
        sys.stdout.write("docs/metrics.md is out of date; run make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
