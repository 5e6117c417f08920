"""What a search must find, on every engine."""

from __future__ import annotations

from typing import get_args

import pytest

from monitor.errors import QueryError
from monitor.index.conditions import ConditionField, Has, Not
from monitor.index.cursor import Place, write_cursor
from monitor.index.port import Query
from tests.contracts.conftest import OpinionIndex
from tests.testkit.documents import NOON, a_document


def texts_found(index: OpinionIndex, text: str) -> set[str]:
    return {hit.document.text for hit in index.search(Query(text=text, limit=100)).hits}


def store_texts(index: OpinionIndex, *texts: str) -> None:
    index.create([a_document(f"sina_weibo:{number}", text) for number, text in enumerate(texts)])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("火锅", {"这家火锅店", "火锅,真好吃"}),
        ("锅", {"这家火锅店", "火锅,真好吃", "锅", "电锅iphone"}),
        ("锅 吃", {"火锅,真好吃"}),
        ("锅真", set()),
        ('"锅真"', set()),
        ('"锅,真"', {"火锅,真好吃"}),
        ('"火锅店"', {"这家火锅店"}),
        ("“火锅 真好”", {"火锅,真好吃"}),
        ("锅火", set()),
        ('"火锅', {"这家火锅店", "火锅,真好吃"}),
    ],
)
def test_chinese_is_found_by_characters_neighbours_and_phrases(
    index: OpinionIndex, query: str, found: set[str]
) -> None:
    store_texts(index, "这家火锅店", "火锅,真好吃", "锅", "火车", "电锅iphone")
    assert texts_found(index, query) == found


def test_words_of_a_query_are_found_wherever_they_stand_but_a_phrase_as_it_is(index: OpinionIndex) -> None:
    store_texts(index, "abc后来又bcd", "ab bc cd", "人民币币值", "民币人民")
    assert texts_found(index, "人民币") == {"人民币币值", "民币人民"}
    assert texts_found(index, '"人民币"') == {"人民币币值"}


def test_a_phrase_passes_over_punctuation_in_query_or_text(index: OpinionIndex) -> None:
    store_texts(index, "你好,世界", "你好世界", "世界你好")
    assert texts_found(index, '"你好，世界"') == {"你好,世界", "你好世界"}
    assert texts_found(index, '"你好世界"') == {"你好世界"}


def test_a_phrase_runs_through_words_and_characters(index: OpinionIndex) -> None:
    store_texts(index, "我的iPhone手机5s坏了", "手机 iphone 5s", "iphone的手机")
    assert texts_found(index, '"iphone手机5s"') == {"我的iPhone手机5s坏了"}
    assert texts_found(index, '"手机5s"') == {"我的iPhone手机5s坏了"}
    assert texts_found(index, '"iphone 手"') == {"我的iPhone手机5s坏了"}
    assert texts_found(index, "手机 IPHONE") == {"我的iPhone手机5s坏了", "手机 iphone 5s", "iphone的手机"}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("abc", "ＡＢＣ大厦"),
        ("ＡＢＣ", "the abc"),
        ("3.5", "涨到３．５元"),
        ("1,000", "花了1,000元"),
        ("don't", "I DON'T know"),
        ("foo_bar", "see foo_bar!"),
        ("t.cn", "http://t.cn/zOx"),
        ("😂", "哈哈😂😂"),
        ("カラオケ", "ｶﾗｵｹ行こう"),
        ("날씨", "오늘 날씨가 좋다"),
        ("𠮷野", "𠮷野家"),
        ("々", "人々"),
        ("བོད་ཡིག", "འདི་བོད་ཡིག་རེད།"),
        ("हिन्दी भाषा", "यह हिन्दी भाषा है"),
        ("தமிழ்", "தமிழ் மொழி"),
        ("မြန်မာ", "မြန်မာ"),
        ("ខ្មែរ", "ខ្មែរ"),
        ("مُحَمَّد", "قال مُحَمَّد"),
        ("ئۇيغۇر", "ئۇيغۇر تىلى"),
        ("שָׁלוֹם", "שָׁלוֹם לכם"),
        ("οδοσ", "ΟΔΟΣ ΑΘΗΝΑ"),
        ("istanbul", "İstanbul güzel"),
        ("İSTANBUL", "istanbul"),
    ],
)
def test_words_are_found_however_they_are_spelt(index: OpinionIndex, query: str, text: str) -> None:
    store_texts(index, text, "别的")
    assert texts_found(index, query) == {text}


@pytest.mark.parametrize("query", ["do", "foo", "5", "机A", "①", "ह", "म"])
def test_parts_of_words_and_signs_find_nothing(index: OpinionIndex, query: str) -> None:
    store_texts(index, "don't foo_bar 3.5 ①手机 हिन्दी مُحَمَّد")
    assert texts_found(index, query) == set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('要" OR *', {"要 or 不要"}),
        ("要 OR 走", set()),
        ("NEAR(要, 10", {"near 要 10"}),
        ("要 NOT 不要", set()),
        ("-不要", {"要 or 不要"}),
        ("要*", {"要 or 不要", "near 要 10"}),
        ("words:要", set()),
        ("words : 要", set()),
        ("要\x00", {"要 or 不要", "near 要 10"}),
        ("'; DROP TABLE documents; --", set()),
        ("{要}", {"要 or 不要", "near 要 10"}),
        ("^要", {"要 or 不要", "near 要 10"}),
    ],
)
def test_operators_of_query_languages_are_plain_text(
    index: OpinionIndex, query: str, found: set[str]
) -> None:
    store_texts(index, "要 or 不要", "near 要 10", "走")
    assert texts_found(index, query) == found


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_text_finds_everything(index: OpinionIndex, query: str) -> None:
    store_texts(index, "火锅", "")
    assert texts_found(index, query) == {"火锅", ""}


@pytest.mark.parametrize("query", ["！！", '""', "*", "\0", '"', "_"])
def test_a_text_of_nothing_searchable_finds_nothing(index: OpinionIndex, query: str) -> None:
    store_texts(index, "火锅！！", "", '""')
    assert texts_found(index, query) == set()


def test_a_filter_is_no_word_of_the_text(index: OpinionIndex) -> None:
    index.create([a_document(text="别的", author="p1", watchlists=("food",))])
    assert texts_found(index, "p1") == set()
    assert texts_found(index, "food") == set()


def test_a_search_text_of_a_thousand_characters_is_answered(index: OpinionIndex) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(1000))
    store_texts(index, text, text[:500])
    assert texts_found(index, text) == {text}
    assert texts_found(index, f'"{text[:990]}"') == {text}


def test_a_phrase_with_many_breaks_is_answered(index: OpinionIndex) -> None:
    text = "，".join("一二三四五六七八九十" * 5)
    store_texts(index, text, text[::-1])
    assert texts_found(index, f'"{text}"') == {text}


def test_a_longer_search_text_is_refused(index: OpinionIndex) -> None:
    with pytest.raises(QueryError, match="1001 characters"):
        index.search(Query(text="火" * 1001))


def test_relevance_puts_the_text_that_is_all_about_it_first(index: OpinionIndex) -> None:
    store_texts(
        index, "火锅" + "别的事情说了很多" * 5, "火锅火锅", *(f"无关{number}" for number in range(30))
    )
    hits = index.search(Query(text="火锅", sort="relevance")).hits
    assert [hit.document.text[:4] for hit in hits] == ["火锅火锅", "火锅别的"]


def test_relevance_without_words_means_the_newest_first(index: OpinionIndex) -> None:
    index.create([a_document(f"sina_weibo:{n}", at=NOON + n) for n in (1, 3, 2)])
    hits = index.search(Query(sort="relevance")).hits
    assert [hit.document.id for hit in hits] == ["sina_weibo:3", "sina_weibo:2", "sina_weibo:1"]


@pytest.mark.parametrize(
    "query",
    [
        Query(limit=0),
        Query(limit=10_001),
        Query(text="\udc80"),
        Query(target="\udc80"),
        Query(after=1 << 70),
        Query(cursor="no cursor"),
        Query(cursor="é"),
        Query(cursor=write_cursor(Query(), Place(10**30, "a"))),
        Query(cursor=write_cursor(Query(), Place(1.5, "a"))),
        Query(cursor=write_cursor(Query(sort="relevance"), Place(1.5e308, "a")), sort="relevance"),
    ],
)
def test_a_query_out_of_bounds_is_refused(index: OpinionIndex, query: Query) -> None:
    with pytest.raises(QueryError):
        index.search(query)


@pytest.mark.parametrize(
    "value",
    ["x' OR '1'='1", 'x" OR keys : "', "*", "c1) OR (1=1", "\\", '{"match_all":{}}', "p*", "a\0b", ""],
)
def test_a_value_of_a_field_is_taken_as_it_is(index: OpinionIndex, value: str) -> None:
    index.create([a_document(author="p1", watchlists=("food",), targets=("#火锅",))])
    for field in get_args(ConditionField):
        assert not index.search(Query(condition=Has(field, value))).hits
        assert index.search(Query(condition=Not(Has(field, value)))).hits


@pytest.mark.parametrize("field", ["watchlist", "platform"])
def test_all_of_a_field_is_every_record(index: OpinionIndex, field: ConditionField) -> None:
    index.create([a_document("sina_weibo:1", watchlists=("food",)), a_document("tencent_weibo:2")])
    assert index.count(Query(condition=Has(field, "all"))) == 2
    assert index.count(Query(condition=Not(Has(field, "all")))) == 0
    assert index.count(Query(watchlist="all", platform="all")) == 2
