"""Taking found records out: CSV and NDJSON streamed to any length, XLSX up to 100,000 rows.

Authors and mentions are pseudonyms, as in the index. What a spreadsheet would run as a formula is defused in
CSV by an apostrophe before it; in XLSX every text is stored as text.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from itertools import islice
from typing import IO, Literal, get_args

import msgspec
import xlsxwriter

from monitor.documents import sentiment_of
from monitor.errors import QueryError
from monitor.index.facts import reach_of
from monitor.index.port import Hit, OpinionReader, Query, Sort
from monitor.language import message
from monitor.presentation import iso

Format = Literal["csv", "ndjson", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)
MOST_XLSX_ROWS = 100_000
CONTENT_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PAGE = 1_000
_CHUNK_BYTES = 65_536
_FORMULA_STARTS = tuple("=+-@\t\r\n|%＝＋－＠")


class ExportedRow(msgspec.Struct, frozen=True):
    """One record as it leaves the console; times in ISO 8601 with the centre's offset."""

    id: str
    platform: str
    kind: str
    created_at: str
    author: str
    official: str | None
    text: str
    sentiment: str
    polarity: float
    confidence: float
    emotion: str | None
    watchlists: tuple[str, ...]
    campaigns: tuple[str, ...]
    root: str
    parent: str | None
    reposts: int | None
    comments: int | None
    likes: int | None
    reach: int
    url: str | None


COLUMNS: tuple[str, ...] = ExportedRow.__struct_fields__


class Export(msgspec.Struct, frozen=True):
    """An export that is about to be sent: its parts, how many rows it will have, and a file name."""

    parts: Iterator[bytes]
    rows: int
    filename: str
    content_type: str


def export(
    index: Callable[[], OpinionReader], asked: Query, wanted: Format, zone: tzinfo, now: float
) -> Export:
    """All records that a query finds, in its order; by relevance, the newest first.

    How relevant a record is changes with every record that comes in. What comes in meanwhile is not in it:
    there are as many rows as were announced. Parts may be asked for from any thread.

    Raises:
        QueryError: the search cannot be exported so.
    """
    sort: Sort = "newest" if asked.sort == "relevance" else asked.sort
    query = msgspec.structs.replace(asked, limit=_PAGE, cursor=None, sort=sort)
    count = index().count(query)
    if wanted == "xlsx" and count > MOST_XLSX_ROWS:
        raise QueryError(
            message(
                "the search finds {count} records, XLSX holds {most} here; export CSV, or narrow the search"
            ),
            count=f"{count:,}",
            most=f"{MOST_XLSX_ROWS:,}",
        )
    rows = (_row(hit, zone) for hit in islice(every_hit(index, query), count))
    written = {"csv": _csv, "ndjson": _ndjson, "xlsx": _xlsx}[wanted](rows)
    moment = datetime.fromtimestamp(now, zone).strftime("%Y%m%d-%H%M%S")
    return Export(written, count, f"opinions-{moment}.{wanted}", CONTENT_TYPES[wanted])


def every_hit(index: Callable[[], OpinionReader], query: Query) -> Iterator[Hit]:
    """Every document of a query in its order, page by page."""
    while True:
        page = index().search(query)
        yield from page.hits
        if page.cursor is None:
            return
        query = msgspec.structs.replace(query, cursor=page.cursor)


def _row(hit: Hit, zone: tzinfo) -> ExportedRow:
    one = hit.document
    return ExportedRow(
        id=one.id,
        platform=one.platform,
        kind=one.kind,
        created_at=iso(one.created_at, zone),
        author=one.author,
        official=one.official,
        text=one.text,
        sentiment=sentiment_of(one),
        polarity=one.polarity,
        confidence=one.confidence,
        emotion=one.emotion,
        watchlists=one.watchlists,
        campaigns=tuple(campaign.id for campaign in hit.campaigns),
        root=one.root,
        parent=one.parent,
        reposts=one.reposts,
        comments=one.comments,
        likes=one.likes,
        reach=reach_of(one),
        url=one.url,
    )


def _ndjson(rows: Iterator[ExportedRow]) -> Iterator[bytes]:
    for row in rows:
        yield msgspec.json.encode(row) + b"\n"


def _csv(rows: Iterator[ExportedRow]) -> Iterator[bytes]:
    """With a byte order mark, by which spreadsheets know that it is UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow([_defused(value) for value in _cells(row)])
        if buffer.tell() > _CHUNK_BYTES:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written


def _cells(row: ExportedRow) -> list[str | int | float | None]:
    return [" ".join(value) if isinstance(value, tuple) else value for value in msgspec.structs.astuple(row)]


def _defused(value: str | float | None) -> str | float:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    # Some spreadsheets trim what they take in before they look at it.
    runs = value.startswith(_FORMULA_STARTS) or value.lstrip().startswith(_FORMULA_STARTS)
    return f"'{value}" if runs else value


def _xlsx(rows: Iterator[ExportedRow]) -> Iterator[bytes]:
    """Written to a temporary file first: the format's table of contents comes last."""
    with tempfile.TemporaryFile() as file:
        _write_workbook(file, rows)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _write_workbook(file: IO[bytes], rows: Iterator[ExportedRow]) -> None:
    as_text = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, as_text) as workbook:
        sheet = workbook.add_worksheet("opinions")
        bold = workbook.add_format({"bold": True})
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(_cells(row)):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif value is not None:
                    sheet.write_number(number, column, value)
