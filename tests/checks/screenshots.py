"""``python -m tests.checks.screenshots``: the pictures of README and docs, made from the running program.

The terminal's picture is drawn from what ``demo`` prints, the console's by the system's Chromium from the
data of that demo.
"""

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

from monitor.composition import open_reader
from monitor.console.pages.address import campaign_page, search_page
from monitor.console.search_state import SearchState
from tests.testkit.browser import Window, a_chromium
from tests.testkit.served_console import ServedConsole, served_console

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
PICTURES = ROOT / "docs" / "pictures"
_WIDTH = 96
_SETTLED_MILLISECONDS = 1_000
_SCREENS = {"wall": (1920, 1080)}
"""Sizes of pages that are not for a desk."""
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


def telling_campaign(data: Path) -> str:
    """The campaign with most records: there is something to see on its page."""
    found = [one for one in open_reader(data).campaigns() if one.state != "merged"]
    return max(found, key=lambda one: (one.records, one.id)).id


def telling_pages(data: Path) -> dict[str, str]:
    """The pages of the pictures, by name."""
    return {
        "search": search_page(SearchState(q="房价")),
        "campaign": campaign_page(telling_campaign(data)),
        "wall": "/wall",
    }


def photograph(console: ServedConsole, pages: dict[str, str]) -> None:
    """Set the console up as anybody would, and take a picture of each page."""
    with a_chromium() as browser:
        window = Window(browser, console.address)
        page = window.open(console.set_up)
        page.fill("[name=name]", "lin")
        page.fill("[name=password]", "correct horse battery")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search")
        for name, path in pages.items():
            width, height = _SCREENS.get(name, (1280, 720))
            page.set_viewport_size({"width": width, "height": height})
            window.open(path)
            page.wait_for_timeout(_SETTLED_MILLISECONDS)
            page.screenshot(path=PICTURES / f"{name}.png")
        window.close()
    if window.mishaps:
        raise SystemExit("\n".join(window.mishaps))


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        picture = as_svg(demo_output(data), "make demo ONCE=1")
        (IMAGES / "demo.svg").write_text(picture, "utf-8")
        with served_console(data) as console:
            photograph(console, telling_pages(data))


if __name__ == "__main__":
    main()
