"""Words are found in simplified and traditional characters, however they were typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.console.search_language import parse
from monitor.console.search_state import SearchState
from monitor.index.conditions import AnyOf, Condition, Has, Not, Within, Words, leaves
from monitor.index.spelling import in_every_script
from monitor.scripts import spellings
from tests.testkit.console import ZONE, TestConsole, a_console
from tests.testkit.documents import NOON, a_document

TEXTS = ("房价又上涨了", "房價又上漲了", "台灣的天氣", "臺灣的天氣", "台湾的天气", "北京的天气")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    documents = [
        a_document(f"sina_weibo:{number}", text, at=NOON + number, author=f"u{number}")
        for number, text in enumerate(TEXTS)
    ]
    with a_console(tmp_path_factory.mktemp("scripts"), documents) as opened:
        yield opened


def found(console: TestConsole, q: str) -> list[str]:
    page = console.console.desk.search(SearchState(q=q, sort="oldest"))
    return [record.document.text for record in page.records]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("房价", TEXTS[:2]),
        ("房價", TEXTS[:2]),
        ("“房价又上涨”", TEXTS[:2]),
        ("台湾", TEXTS[2:5]),
        ("臺灣", TEXTS[2:5]),
        ("天气 NOT 台湾", TEXTS[5:]),
        ("房价 OR 北京", (*TEXTS[:2], TEXTS[5])),
    ],
)
def test_a_word_finds_both_scripts(console: TestConsole, q: str, expected: tuple[str, ...]) -> None:
    assert found(console, q) == list(expected)


def test_what_was_found_is_marked_as_it_stands_in_the_text(console: TestConsole) -> None:
    page = console.console.desk.search(SearchState(q="上涨", sort="oldest"))
    marked = [
        [record.document.text[start:end] for start, end in record.highlights] for record in page.records
    ]
    assert marked == [["上涨"], ["上漲"]]


def test_a_spelling_that_is_the_same_is_asked_for_once() -> None:
    assert spellings("北京") == ("北京",)
    assert in_every_script(Words("iPhone")) == Words("iPhone")
    assert in_every_script(Not(Words("房价"))) == Not(AnyOf((Words("房价"), Words("房價"))))
    for one in (Has("author", "房价"), Within(after=NOON)):
        assert in_every_script(one) == one


def test_a_search_that_would_grow_too_large_is_asked_as_it_was_typed() -> None:
    typed: Condition | None = parse(" ".join(["房价"] * 150), ZONE)
    assert typed is not None
    assert in_every_script(typed) == typed
    smaller = parse(" ".join(["房价"] * 90), ZONE)
    assert smaller is not None
    assert sum(1 for _ in leaves(in_every_script(smaller))) == 180
