"""Texts in other languages and of one character are doubtful; ordinary ones are not."""

from __future__ import annotations

import pytest

from monitor.scoring.characters import spelled
from monitor.scoring.doubt import doubtful


@pytest.mark.parametrize(
    "text", ["hello world", "とても楽しい", "정말 기쁘다", "Привет", "哈哈哈哈", "。。。。"]
)
def test_doubtful(text: str) -> None:
    assert doubtful(spelled([text])).tolist() == [True]


@pytest.mark.parametrize(
    "text", ["好", "今天 happy 一下", "[doge][doge]不错啊", "哈哈", "ok", "太好了！！！"]
)
def test_not_doubtful(text: str) -> None:
    assert doubtful(spelled([text])).tolist() == [False]


def test_each_text_of_a_batch_is_judged_alone() -> None:
    assert doubtful(spelled(["hello world", "今天很好", "哈哈哈哈"])).tolist() == [True, False, True]


def test_no_texts_have_no_doubts() -> None:
    assert doubtful(spelled([])).tolist() == []
