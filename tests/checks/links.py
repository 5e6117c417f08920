"""``python -m tests.checks.links``: every relative link in the documents leads somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SKIPPED = {".venv", "node_modules"}


def documents() -> list[Path]:
    """Every Markdown document of the project."""
    return sorted(path for path in ROOT.rglob("*.md") if not _SKIPPED & set(path.relative_to(ROOT).parts))


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as code forges make them."""
    text = _FENCE.sub("", document.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def broken(document: Path) -> list[str]:
    """What does not lead anywhere in one document."""
    found = []
    for target in _LINK.findall(_FENCE.sub("", document.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        place = (document.parent / path) if path else document
        if not place.exists() or (anchor and place.suffix == ".md" and anchor not in anchors(place)):
            found.append(f"{document.relative_to(ROOT)}: {target} leads nowhere")
    return found


def main() -> int:
    """Check all documents; 1 when a link is broken."""
    problems = [problem for document in documents() for problem in broken(document)]
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) or "links: all lead somewhere\n")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
