"""What people read on a terminal: tables, and documents as short blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.presentation import Row, printable

_PSEUDONYM = re.compile(r"\b([un][0-9a-f]{5})[0-9a-f]{15}\b")
_FIXED_COLUMNS = frozenset({"id", "at", "opened_at", "minute", "platform", "level"})
_COUNTED = frozenset({"records", "people", "negative", "neutral", "positive", "uncertain", "campaign"})
_WIDEST = 10_000
_SHORT = {"negative": "neg.", "neutral": "neu.", "positive": "pos.", "uncertain": "uncert."}
_MOODS = {"negative": "red", "positive": "green", "neutral": "blue"}


def print_rows(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Print some columns of some rows; nothing found is said, not shown as an empty table."""
    if _nothing(rows):
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        fixed = column in _FIXED_COLUMNS or column in _COUNTED
        table.add_column(
            _SHORT.get(column, column.replace("_", " ")),
            overflow="fold",
            no_wrap=fixed,
            justify="right" if column in _COUNTED else "left",
        )
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    console = Console()
    if not console.is_terminal:  # a file or pipe has no width to keep to
        console.width = console.measure(table, options=console.options.update(width=_WIDEST)).maximum
    console.print(table)


def print_blocks(rows: Sequence[Row], facts: Sequence[str], body: str) -> None:
    """Print each row as a line of short facts and, below it, one long value."""
    if _nothing(rows):
        return
    console = Console()
    for row in rows:
        line = Text("  ".join(_cell(row.get(fact)) for fact in facts), style="bold")
        console.print(line, soft_wrap=True)
        console.print(Text(f"  {_cell(row.get(body))}"), soft_wrap=True)


def print_documents(rows: Sequence[Row]) -> None:
    """Print found documents: a line of facts, then the text. Pseudonyms are shortened."""
    if _nothing(rows):
        return
    console = Console()
    for row in rows:
        mood = "uncertain" if row["uncertain"] else str(row["label"])
        if row["confidence"] == 0:
            mood = "unscored"
        facts = Text(f"{_cell(row['created_at'])}  {row['platform']} {row['kind']}  ", style="dim")
        facts.append(mood, style=_MOODS.get(mood, "yellow"))
        facts.append(f"  {_short(str(row.get('official') or row['author']))}  {row['id']}", style="dim")
        console.print(facts, soft_wrap=True)
        console.print(Text(f"  {_short(str(row['text'])) or '(no words)'}"), soft_wrap=True)


def _nothing(rows: Sequence[Row]) -> bool:
    if not rows:
        Console(stderr=True).print("nothing found")
    return not rows


def _short(text: str) -> str:
    return _PSEUDONYM.sub(r"\1…", text)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return " ".join(f"{key} {number}" for key, number in value.items())
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, (list, tuple)):
        return printable(" ".join(map(str, value[:3])) + (f" +{len(value) - 3}" if len(value) > 3 else ""))
    if isinstance(value, str) and len(value) >= 25 and value[4:5] == "-" and "T" in value:
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S")
    return printable(str(value))
