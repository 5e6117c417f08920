"""Texts in other languages and of one character are doubtful; ordinary ones are not."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.scoring.characters import spelled
from monitor.scoring.doubt import DOUBTFUL_CONFIDENCE, doubtful, held_back, too_long


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


@pytest.mark.parametrize(
    "text", ["今天真好" * 101, "今天真好" * 101 + "//@某人:好", "好//@某人:" + "好" * 1_000]
)
def test_more_than_is_read_is_too_long(text: str) -> None:
    assert too_long(text)


@pytest.mark.parametrize("text", ["", "今天真好" * 100, "今天真好//@某人:" + "好" * 600])
def test_what_is_read_whole_is_not_too_long(text: str) -> None:
    assert not too_long(text)


def test_polarity_agrees_with_the_confidence_that_is_claimed() -> None:
    labels = np.array([[0.95, 0.03, 0.02], [0.0, 0.0, 1.0], [0.1, 0.9, 0.0]], dtype=np.float32)
    polarity, confidence = held_back(labels, np.ones(3, dtype=np.bool_))
    assert confidence.tolist() == [DOUBTFUL_CONFIDENCE] * 3
    # As if even shares were mixed in: .5 for the likeliest, and the rest in between.
    left = (0.5 - 1 / 3) / (labels.max(axis=1) - 1 / 3)
    mixed = 1 / 3 + (labels - 1 / 3) * left[:, None]
    assert mixed.max(axis=1) == pytest.approx([DOUBTFUL_CONFIDENCE] * 3)
    assert polarity == pytest.approx(mixed[:, 2] - mixed[:, 0], abs=1e-6)


def test_without_doubts_nothing_is_held_back() -> None:
    labels = np.array([[0.95, 0.03, 0.02], [0.3, 0.36, 0.34]], dtype=np.float32)
    polarity, confidence = held_back(labels, np.zeros(2, dtype=np.bool_))
    assert polarity.tolist() == (labels[:, 2] - labels[:, 0]).tolist()
    assert confidence.tolist() == labels.max(axis=1).tolist()


def test_doubts_about_what_is_unsure_already_change_nothing() -> None:
    labels = np.array([[0.3, 0.36, 0.34], [0.5, 0.1, 0.4]], dtype=np.float32)
    polarity, _ = held_back(labels, np.ones(2, dtype=np.bool_))
    assert polarity.tolist() == (labels[:, 2] - labels[:, 0]).tolist()
