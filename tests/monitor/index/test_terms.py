"""The inverted index of the embedded store: one term for each character or word of a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.index.port import Query
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.index.terms import key_term, words_expression, words_of
from monitor.index.words import phrase_terms, wanted
from tests.testkit.documents import a_document


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("火锅店", "火锅 锅店 店"),
        ("火", "火"),
        ("iPhone手机5s", "iphone 手机 机 5s"),
        ("你好，世界", "你好 好 世界 界"),
        ("", ""),
    ],
)
def test_a_character_is_a_term_with_its_right_neighbour(text: str, terms: str) -> None:
    assert words_of(text) == terms


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("火锅店", 'words : ("火锅") AND words : ("锅店")'),
        ('"火锅店"', 'words : ("火锅 锅店")'),
        ("火", 'words : ("火"*)'),
        ('"5s手"', 'words : ("5s 手"*)'),
        ('"手 5s"', 'words : ("手 5s")'),
        ('"你好，世界"', 'words : ("你好 好 世界" OR "你好 好世 世界")'),
    ],
)
def test_a_search_asks_for_every_way_a_phrase_may_stand(text: str, expression: str) -> None:
    assert words_expression(wanted(text) or ()) == expression


@pytest.mark.parametrize(
    ("phrase", "terms"),
    [
        (("火锅店",), ["火锅", "锅店"]),
        (("火",), ["火"]),
        (("你好", "世界"), ["你好", "好", "世界"]),
        (("iphone", "手机", "5s"), ["iphone", "手机", "机", "5s"]),
        (("5s", "手"), ["5s", "手"]),
    ],
)
def test_a_phrase_is_terms_at_consecutive_positions(phrase: tuple[str, ...], terms: list[str]) -> None:
    assert phrase_terms(phrase) == terms


def test_the_hash_of_a_filter_typed_as_text_finds_nothing(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        index = SqliteIndex(store)
        index.create([a_document(watchlists=("food",))])
        assert index.count(Query(watchlist="food")) == 1
        assert index.count(Query(text=key_term("watchlist", "food"))) == 0


def test_a_word_of_the_text_that_is_the_hash_of_a_filter_is_not_the_filter(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        index = SqliteIndex(store)
        index.create([a_document(text=key_term("watchlist", "food"))])
        assert index.count(Query(watchlist="food")) == 0
