"""``python -m grafana [--language en] [--out DIR]``: write the dashboards as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from grafana.walls import WALLS, wall
from grafana.words import Language

FOLDER = Path(__file__).parent / "dashboards"
_LANGUAGES: tuple[Language, ...] = get_args(Language)


def dashboards(folder: Path, language: Language) -> dict[Path, str]:
    """The files with their content."""
    return {folder / f"{module.UID}.json": wall(module, language) for module in WALLS}


@click.command()
@click.option("--language", type=click.Choice(_LANGUAGES), default="zh", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
def main(language: Language, out: Path) -> None:
    """Write the dashboards as JSON."""
    out.mkdir(parents=True, exist_ok=True)
    for path, content in dashboards(out, language).items():
        path.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
