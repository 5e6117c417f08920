"""``python -m tests.checks.screenshots``: the pictures of README and docs, made from the running program."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
_WIDTH = 96
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def demo_output(data: Path) -> str:
    """What ``demo --once`` prints on a colour terminal."""
    arguments = [
        sys.executable,
        "-m",
        "monitor.cli",
        "demo",
        "--once",
        "--data",
        str(data),
        "--metrics",
        "off",
    ]
    done = subprocess.run(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(_WIDTH)},
        check=True,
    )
    return done.stdout.decode()


def as_svg(ansi: str, title: str) -> str:
    """A terminal's picture; it names no font that a browser would have to fetch."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(ansi.strip("\n") + "\n"))
    picture = _WEB_FONTS.sub("", console.export_svg(title=title, unique_id="terminal"))
    return "".join(line.rstrip() + "\n" for line in picture.splitlines())


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        picture = as_svg(demo_output(Path(folder) / "data"), "make demo ONCE=1")
    (IMAGES / "demo.svg").write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
