"""Texts come out in one spelling, whoever wrote them and wherever they were collected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.scoring.characters import CHAIN, EDGE, LINK, MENTION, spelled
from monitor.scoring.names import NAME

_MARKS = {CHAIN: "<chain>", MENTION: "<mention>", LINK: "<link>", NAME: "<name>"}


def read(text: str) -> str:
    return "".join(_MARKS.get(code, chr(code)) for code in spelled([text])[1:-1].tolist())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("轉發這條", "转发这条"),
        ("ＡＢＣ１２３", "abc000"),
        ("Hello", "hello"),
        ("哈哈哈哈哈哈", "哈哈哈"),
        ("好  \u3000 的", "好 的"),
        ("{%热门话题%}", "热门话题"),
        ("\u200b好\u200b", "好"),
        ("真的？？", "真的??"),
        ("真的?", "真的?"),
        ("加油 ?????", "加油"),
        ("见 http://t.cn/zOabcde", "见 <link>"),
        ("@小明 你好", "<mention> 你好"),
        ("不错//@小明:还行", "不错<chain>还行"),
        ("回复@小明:不错", "不错"),
        ("好(分享自 @微盘)", "好"),
        ("👍🏽好", "👍好"),
        ("我在武漢", "我在<name>"),
        ("“好”", '"好"'),
    ],
)
def test_one_spelling(written: str, meant: str) -> None:
    assert read(written) == meant


@given(st.lists(st.text(max_size=60), max_size=8))
def test_a_batch_is_spelled_as_its_texts_one_by_one(texts: list[str]) -> None:
    alone = [spelled([text])[:-1] for text in texts]
    assert spelled(texts).tolist() == [*np.concatenate([[], *alone]).tolist(), EDGE]


@given(st.text(max_size=200))
def test_a_text_has_exactly_its_two_edges(text: str) -> None:
    assert np.count_nonzero(spelled([text]) == EDGE) == 2
