"""Texts are cut for search as a standard tokenizer with CJK width, lower case and CJK bigrams cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import MAXIMUM_WORD_CHARACTERS, is_cjk, search_stretches


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("iphone手机5s", ["iphone", "手机", "5s"]),
        ("你好，世界", ["你好", "世界"]),
        ("二〇一二年", ["二〇一二年"]),
        ("人々と", ["人", "々", "と"]),
        ("ひらカタ漢字", ["ひらカタ漢字"]),
        ("カー ｶﾞｽ", ["カー", "ガス"]),
        ("한국어 글", ["한국어", "글"]),
        ("𠮷野家", ["𠮷野家"]),
        ("约翰·史密斯 x·y", ["约翰", "史密斯", "x·y"]),
        ("3.5 1,000.5 1,a a,1 5.a a.5", ["3.5", "1,000.5", "1", "a", "a", "1", "5", "a", "a", "5"]),
        ("1:2 a:b a：b", ["1", "2", "a:b", "a:b"]),
        ("DON'T a’b 'a'", ["don't", "a’b", "a"]),
        ("foo_bar _x_ _ __ a_", ["foo_bar", "_x_", "a_"]),
        ("http://t.cn/zOKK a@b.com c++", ["http", "t.cn", "zokk", "a", "b.com", "c"]),
        ("ＡＢ３．５", ["ab3.5"]),
        ("①关②", ["关"]),
        ("ⅣⒶ㎡½", ["ⅳⓐ"]),
        ("😂😂👍🏽❤️☆★", ["😂", "😂", "👍🏽", "❤️", "★"]),
        ("👨\u200d👩\u200d👧🇨🇳🇺🇸9️⃣", ["👨\u200d👩\u200d👧", "🇨🇳", "🇺🇸", "9️⃣"]),
        ("ไทย абв ㄅㄆ é", ["ไทย", "абв", "ㄅㄆ", "é"]),
        ("…—～￥％", []),
    ],
)
def test_a_text_is_cut_at_word_boundaries(text: str, stretches: list[str]) -> None:
    assert search_stretches(text) == stretches


def test_the_longest_words_are_cut() -> None:
    text = "x" * (2 * MAXIMUM_WORD_CHARACTERS + 1)
    assert [len(word) for word in search_stretches(text)] == [255, 255, 1]


def test_a_long_chinese_stretch_is_not_cut() -> None:
    assert search_stretches("火" * 1000) == ["火" * 1000]


@given(st.text())
def test_a_stretch_is_all_chinese_or_one_word_and_cuts_to_itself(text: str) -> None:
    for stretch in search_stretches(text):
        assert search_stretches(stretch) == [stretch] or not is_cjk(stretch)
        assert not set(stretch) & set(' "\0\n()-^\\')
