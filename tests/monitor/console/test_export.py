"""Exports: every record, nothing a spreadsheet would run, names that lead nowhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
import openpyxl
import pytest

from monitor.console import export as exporting
from monitor.console.export import COLUMNS, CONTENT_TYPES, FORMATS, Export, Format, export
from monitor.console.search_state import SearchState
from monitor.errors import QueryError
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.console import ZONE, TestConsole, a_console
from tests.testkit.documents import NOON, a_document

FORMULAS = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'),
    *("＝1+1", "|calc", "%0A"),
)
TEXTS = ('他说"好"，\n就走了', *FORMULAS)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    documents = [
        a_document(f"sina_weibo:{number}", text, at=NOON + number, author=f"u{number}", watchlists=("food",))
        for number, text in enumerate(TEXTS)
    ]
    documents += [a_document(f"tencent_weibo:{number}", "别的", at=NOON) for number in range(2_500)]
    with a_console(tmp_path_factory.mktemp("export"), documents) as opened:
        yield opened


def exported(console: TestConsole, q: str, wanted: Format) -> tuple[Export, bytes]:
    query = SearchState(q=q, sort="oldest").query(ZONE)
    found = export(console.console.desk.index, query, wanted, ZONE, console.clock.now)
    return found, b"".join(found.parts)


@pytest.mark.parametrize("wanted", FORMATS)
def test_every_record_is_exported_however_pages_are_cut(console: TestConsole, wanted: Format) -> None:
    found, written = exported(console, "platform:tencent_weibo", wanted)
    assert found.rows == 2_500
    match wanted:
        case "csv":
            identities = [row["id"] for row in csv.DictReader(io.StringIO(written.decode("utf-8-sig")))]
        case "ndjson":
            identities = [msgspec.json.decode(line)["id"] for line in written.splitlines()]
        case "xlsx":
            rows = openpyxl.load_workbook(io.BytesIO(written), read_only=True)["opinions"].iter_rows(
                min_row=2
            )
            identities = [str(row[0].value) for row in rows]
    assert sorted(identities) == sorted({f"tencent_weibo:{number}" for number in range(2_500)})


def test_csv_says_what_the_record_says(console: TestConsole) -> None:
    _, written = exported(console, "author:u0", "csv")
    row = next(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert tuple(row) == COLUMNS
    assert (row["text"], row["author"], row["watchlists"]) == (TEXTS[0], "u0", "food")
    assert row["created_at"] == "2012-01-01T08:00:00+08:00"


def test_no_cell_of_csv_is_a_formula(console: TestConsole) -> None:
    _, written = exported(console, "platform:sina_weibo", "csv")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert [row["text"] for row in rows[1:]] == [f"'{text}" for text in FORMULAS]


def test_no_cell_of_xlsx_is_a_formula_or_a_link(console: TestConsole) -> None:
    _, written = exported(console, "platform:sina_weibo", "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(written))["opinions"]
    cells = [row[COLUMNS.index("text")] for row in sheet.iter_rows(min_row=3)]
    assert [(cell.data_type, cell.hyperlink) for cell in cells] == [("s", None)] * len(FORMULAS)
    assert [cell.value for cell in cells] == list(FORMULAS)


def test_a_file_name_comes_from_the_clock_alone(console: TestConsole) -> None:
    found, _ = exported(console, '"../../etc/passwd"', "csv")
    assert found.filename == "opinions-20120101-080000.csv"
    assert found.content_type == CONTENT_TYPES["csv"]


def test_too_many_rows_for_xlsx_are_refused_before_anything_is_written(
    console: TestConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_XLSX_ROWS", 2_000)
    with pytest.raises(QueryError, match="export CSV"):
        exported(console, "platform:tencent_weibo", "xlsx")


def test_an_export_of_nothing_has_its_header(console: TestConsole, tmp_path: Path) -> None:
    _, written = exported(console, "没有这样的话", "csv")
    assert written.decode("utf-8-sig").split("\r\n") == [",".join(COLUMNS), ""]


def test_what_comes_in_meanwhile_is_not_in_an_export(tmp_path: Path) -> None:
    documents = [a_document(f"sina_weibo:{number}", "房价", at=NOON) for number in range(1_200)]
    later = [a_document(f"tencent_weibo:{number}", "房价", at=NOON + 60_000) for number in range(50)]
    with a_console(tmp_path, documents) as opened:
        query = SearchState(q="房价", sort="oldest").query(ZONE)
        found = export(opened.console.desk.index, query, "ndjson", ZONE, opened.clock.now)
        begun = next(found.parts)
        with SqliteStore(tmp_path) as store, store.transaction():
            assert SqliteIndex(store).create(later) == ["created"] * len(later)
        written = [begun, *found.parts]
    assert found.rows == len(written) == 1_200
