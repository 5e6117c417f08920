"""Tables for people who read a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.presentation import Row


def print_rows(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Print some columns of some rows; nothing found is said, not shown as an empty table."""
    console = Console()
    if not rows:
        Console(stderr=True).print("nothing found")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=False)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return " ".join(f"{key} {number}" for key, number in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value[:3])) + (f" +{len(value) - 3}" if len(value) > 3 else "")
    return str(value)
