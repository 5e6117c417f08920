"""``python -m tests.checks.prometheus``: what Prometheus and Alertmanager read is right, by their own tools.

Rules are checked and run through their unit tests (``tests/rules``; each has one), both configurations are
checked, and so are the names of all metrics. A machine without the tools skips it with a word; where CI=true
that fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from prometheus_client import CollectorRegistry, generate_latest

from monitor.metrics import PipelineMetrics
from monitor.relay.metrics import RelayMetrics
from monitor.worker_metrics import WorkerMetrics

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"


def registries() -> tuple[CollectorRegistry, ...]:
    """Every registry that is served."""
    worker = WorkerMetrics("score", lambda: 0.0)
    return PipelineMetrics("model", lambda: 0.0).registry, worker.registry, RelayMetrics(["duty"]).registry


def calls() -> list[tuple[Sequence[str], bytes]]:
    """Command lines and their standard input."""
    rules = sorted(map(str, (CONFIG / "rules").glob("*.yml")))
    tests = sorted(map(str, (ROOT / "tests" / "rules").glob("*.yml")))
    return [
        (["promtool", "check", "rules", *rules], b""),
        (["promtool", "test", "rules", *tests], b""),
        (["promtool", "check", "config", str(CONFIG / "prometheus.yml")], b""),
        (["amtool", "check-config", str(CONFIG / "alertmanager.yml")], b""),
        *((["promtool", "check", "metrics"], generate_latest(registry)) for registry in registries()),
    ]


def untested() -> list[str]:
    """Rules that no unit test asks for: alerts by their name, recording rules by the series they write."""
    asked = set()
    for path in (ROOT / "tests" / "rules").glob("*.yml"):
        for one in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            asked |= {test["alertname"] for test in one.get("alert_rule_test", ()) if test["exp_alerts"]}
            asked |= {test["expr"].split()[0] for test in one.get("promql_expr_test", ())}
    known = [
        str(rule.get("alert") or rule["record"])
        for path in sorted((CONFIG / "rules").glob("*.yml"))
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    return [name for name in known if name not in asked]


def main() -> int:
    """Run all; say what is wrong."""
    missing = sorted({command[0] for command, _ in calls() if shutil.which(command[0]) is None})
    if missing:
        sys.stdout.write(
            f"NOT CHECKED: rules and configuration of Prometheus; install {' and '.join(missing)} "
            "(packages prometheus, prometheus-alertmanager)\n"
        )
    for name in untested():
        sys.stdout.write(f"{name}: a rule without a unit test; add one to tests/rules\n")
    wrong = len(untested())
    for command, given in calls():
        if command[0] in missing:
            continue
        done = subprocess.run(command, input=given, capture_output=True, check=False)
        if done.returncode:
            wrong += 1
            sys.stdout.write(f"{' '.join(command[:3])}:\n{done.stdout.decode()}{done.stderr.decode()}")
    return int(wrong > 0 or (bool(missing) and os.environ.get("CI") == "true"))


if __name__ == "__main__":
    sys.exit(main())
