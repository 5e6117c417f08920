"""``make evidence``: the long suites; each writes its tables to ``docs/evidence/`` with its command.

It needs the labelled public data (``../shared/data`` or ``$OPINION_MONITOR_SHARED_DATA``) and an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("OPINION_MONITOR_SHARED_DATA", ROOT.parent / "shared" / "data"))
SUITES = (
    ("alerting", ("-m", "benchmarks.alerting_evidence")),
    ("organic", ("-m", "benchmarks.organic_evidence", "--worlds", "300", "--others", "20")),
    (
        "campaigns",
        ("-m", "benchmarks.campaigns_evidence", "--data", str(DATA), "--trials", "40", "--worlds", "200"),
    ),
    ("sentiment", ("-m", "monitor.cli", "model", "evaluate", "--data", str(DATA / "sentiment"))),
)


def main() -> int:
    """Run every suite; 1 when one fails."""
    if not DATA.is_dir():
        sys.stderr.write(f"{DATA} is not there; set OPINION_MONITOR_SHARED_DATA to the labelled data\n")
        return 2
    failed = [name for name, arguments in SUITES if _run(name, arguments)]
    return bool(failed)


def _run(name: str, arguments: tuple[str, ...]) -> int:
    sys.stderr.write(f"{name}: python {' '.join(arguments)}\n")
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own modules


if __name__ == "__main__":
    sys.exit(main())
