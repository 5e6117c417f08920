"""Where the words of a query stand in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.index.conditions import Words
from monitor.index.highlighting import highlights


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("今天房价又涨了", [Words("房价")], ["房价"]),
        ("人民币币值", [Words("人民币")], ["人民币"]),
        ("涨房价，房价跌", [Words("房价")], ["房价", "房价"]),
        ("买 iPhone 5S 了", [Words("IPHONE")], ["iPhone"]),
        ("ＡＢＣ大厦", [Words("abc")], ["ＡＢＣ"]),
        ("foo_bar foo", [Words("foo")], ["foo"]),
        ("你好，世界", [Words("你好 世界", phrase=True)], ["你好，世界"]),
        ("你好，世界", [Words("好世")], []),
        ("我的iPhone手机5s坏了", [Words("手机5s", phrase=True)], ["手机5s"]),
        ("😂😂", [Words("😂")], ["😂😂"]),
        ("没有", [Words("房价"), Words("！")], []),
        ("", [Words("房价")], []),
    ],
)
def test_words_are_marked_where_they_stand(text: str, words: list[Words], marked: list[str]) -> None:
    assert [text[start:end] for start, end in highlights(text, words)] == marked


@given(st.text(max_size=60), st.text(max_size=8), st.booleans())
def test_marks_lie_in_the_text_in_order_and_apart(text: str, word: str, phrase: bool) -> None:
    places = highlights(text, [Words(word, phrase)])
    flat = [end for place in places for end in place]
    assert flat == sorted(set(flat))
    assert not flat or (flat[0] >= 0 and flat[-1] <= len(text))
