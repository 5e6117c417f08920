"""Refusals are told in the reader's language, whichever layer they come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import monitor
from monitor.console.accounts import no_such_role
from monitor.console.reader_language import refusal
from monitor.console.search_language import SearchSyntaxError, parse
from monitor.console.search_state import state_of
from monitor.errors import CursorError, MonitorError, QueryError, StoreError
from monitor.index.cursor import read_cursor
from monitor.index.elasticsearch_client import connect, explain
from monitor.index.port import Query, Terms
from monitor.index.selection import check_aggregation, check_query
from monitor.index.store import SqliteStore
from monitor.index.words import wanted
from monitor.language import LANGUAGES, catalogue
from tests.testkit.console import ZONE, TestConsole, a_console, ask, bearer

PACKAGE = Path(monitor.__file__).parent
FAMILY = {"QueryError", "CursorError", "StoreError", "StoreBusyError", "StoreFullError", "StoreVersionError"}
REFUSALS = FAMILY | {"AccessError", "RoleError", "NotSignedInError"}
FOR_OPERATORS = {
    # Raised before a console serves, or by those who write.
    "index/elasticsearch_patience.py",
    "index/elasticsearch_setup.py",
}
START_UP = {"this Python uses SQLite", "the store of"}


def untranslated(path: Path) -> Iterator[str]:
    """Refusals of a module that are made from something else than a message of the catalogues."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS):
            continue
        first = node.args[0] if node.args else None
        if isinstance(first, ast.JoinedStr | ast.Constant | ast.BinOp):
            written = ast.unparse(first)
            if not any(one in written for one in START_UP):
                yield f"{path.name}: {written}"


def test_whatever_a_page_may_have_to_say_stands_in_the_catalogues() -> None:
    modules = [*PACKAGE.glob("index/*.py"), *PACKAGE.glob("console/**/*.py")]
    assert len(modules) > 50
    kept = [path for path in modules if str(path.relative_to(PACKAGE)) not in FOR_OPERATORS]
    assert [one for path in kept for one in untranslated(path)] == []


def refused_by_lower_layers(tmp_path: Path) -> Iterator[MonitorError]:
    """A refusal of each kind, as it is raised."""
    for kind, doing in (
        (QueryError, lambda: wanted("房" * 1_001)),
        (QueryError, lambda: check_query(Query(limit=0))),
        (QueryError, lambda: check_aggregation(Terms("kind", 0))),
        (QueryError, lambda: state_of({"limit": "1000"})),
        (QueryError, lambda: state_of({"sort": "sideways"})),
        (QueryError, lambda: state_of({"after": "2", "before": "2"})),
        (CursorError, lambda: read_cursor(Query(cursor="made-up"))),
        (SearchSyntaxError, lambda: parse("房价 (", ZONE)),
        (StoreError, lambda: SqliteStore(tmp_path / "nothing", read_only=True)),
    ):
        with pytest.raises(kind) as raised:
            doing()
        assert isinstance(raised.value, MonitorError)
        yield raised.value
    yield no_such_role("king")
    with connect("http://127.0.0.1:1") as client, pytest.raises(Exception) as failed:  # noqa: PT011
        client.info()
    yield explain(failed.value, "http://127.0.0.1:1")


def test_refusals_of_lower_layers_are_chinese_on_chinese_pages_and_english_on_english_ones(
    tmp_path: Path,
) -> None:
    for error in refused_by_lower_layers(tmp_path):
        told = {language: refusal(catalogue(language), error) for language in LANGUAGES}
        assert told["en"] == str(error)
        assert any("\u4e00" <= one <= "\u9fff" for one in told["zh"]), told
        assert "{" not in told["zh"]


def test_values_of_a_refusal_stand_in_the_sentence_as_they_are() -> None:
    error = no_such_role("{0.__class__} king")
    assert "{0.__class__} king" in str(error)
    assert "{0.__class__} king" in refusal(catalogue("zh"), error)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    with a_console(tmp_path_factory.mktemp("refusals")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/search?cursor=made-up", "cursor"),
        ("/api/v1/campaigns?cursor=made-up", "cursor"),
        ("/api/v1/search?limit=0", "query"),
        ("/api/v1/search?q=(", "search_syntax"),
    ],
)
def test_the_api_stays_english_with_a_stable_code(console: TestConsole, path: str, kind: str) -> None:
    name = f"a{abs(hash(path)) % 10**6}"
    headers = bearer(console.console, "viewer", name) | {"accept-language": "zh-CN"}
    answer = ask(console.app, "GET", path, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, f"urn:opinion-monitor:{kind}")
    assert answer.json()["detail"].isascii()
