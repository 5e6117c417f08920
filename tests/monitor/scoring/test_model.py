"""The default model is right about plain sentences and unsure where nobody could be sure."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.scoring.acceptance import sample
from monitor.scoring.doubt import DOUBTFUL_CONFIDENCE
from monitor.scoring.model import TextModel, default_model, sharpened
from monitor.scoring.port import NO_SENTIMENT, Sentiment
from monitor.text import POST_CHARACTERS


@pytest.fixture(scope="module")
def model() -> TextModel:
    return default_model(remembered=0)


def score(model: TextModel, text: str) -> Sentiment:
    return model.score([text])[0]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("今天真的太开心了，谢谢大家", "positive"),
        ("气死我了，这是什么垃圾服务", "negative"),
        ("据统计，去年共有三百二十家企业参展", "neutral"),
        ("氣死我了，這是什麼垃圾服務", "negative"),
        ("[怒][怒][怒]", "negative"),
        ("[哈哈][爱你]", "positive"),
        ("不好吃，再也不来了", "negative"),
        ("气死了//@某人:今天真开心，太好了", "negative"),
    ],
)
def test_a_plain_sentence_gets_its_label(model: TextModel, text: str, label: str) -> None:
    assert score(model, text).label == label


@pytest.mark.parametrize(
    "text",
    [
        "This is the best day of my life and I am so happy",
        "これはとても楽しいですね、ありがとう",
        "정말 기쁘다 감사합니다",
        "哈" * 400,
        "啊啊啊啊啊",
        "今天真开心" * 4_000,
        "质量太差了" * 4_000,
        "😀😀😀😀😀",
        "1234567",
        "{%%}",
        "Это лучший день в моей жизни",
        "今日は本当に最高の一日でした",
    ],
)
def test_what_nobody_can_be_sure_of_is_uncertain(model: TextModel, text: str) -> None:
    assert score(model, text).uncertain
    assert score(model, text).confidence < 0.9


@pytest.mark.parametrize("text", ["哈哈哈哈", "质量太差了" * 200, "今天很好。" * 70 + "气死我了太差了" * 20])
def test_what_nobody_can_be_sure_of_has_no_strong_polarity(model: TextModel, text: str) -> None:
    assert abs(score(model, text).polarity) <= DOUBTFUL_CONFIDENCE


def test_more_own_words_than_are_read_are_uncertain(model: TextModel) -> None:
    assert not score(model, "质量太差了" * 80).uncertain
    assert score(model, "质量太差了" * 81).uncertain


def test_of_a_text_far_too_long_no_more_than_an_even_chance_is_claimed(model: TextModel) -> None:
    assert score(model, "质量太差了" * 4_000).confidence == DOUBTFUL_CONFIDENCE


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "@小明 @小红",
        "http://t.cn/zOabcde",
        "转发微博",
        "轉發微博",
        "Repost",
        "//@小明:气死了",
        "回复@小明:",
    ],
)
def test_a_text_without_own_words_has_no_sentiment(model: TextModel, text: str) -> None:
    assert score(model, text) == NO_SENTIMENT


def test_the_authors_own_words_outweigh_the_chain(model: TextModel) -> None:
    for_it = score(model, "太好了，支持//@某人:气死我了，太过分了")
    against_it = score(model, "气死我了，太过分了//@某人:太好了，支持")
    assert for_it.polarity > against_it.polarity


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([line.text for line in sample().lines]), min_size=1, max_size=20))
def test_a_text_scores_the_same_to_the_last_bit_in_any_batch(texts: list[str]) -> None:
    model = _SHARED
    assert model.score(texts) == [model.score([text])[0] for text in texts]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_any_text_gets_a_score_within_bounds(text: str) -> None:
    scored = score(_SHARED, text)
    assert -1 <= scored.polarity <= 1
    assert 0 <= scored.confidence <= 1


def test_the_label_is_the_likeliest_of_three(model: TextModel) -> None:
    texts = [line.text for line in sample().lines]
    labels, _ = model.probabilities(texts)
    given_labels = [scored.label for scored in model.score(texts)]
    assert given_labels == [("negative", "neutral", "positive")[best] for best in labels.argmax(axis=1)]


def test_a_batch_longer_than_the_models_own_gets_one_result_each(model: TextModel) -> None:
    assert len(model.score(["好"] * 1_203)) == 1_203


def test_texts_that_people_repeat_get_their_score_each(model: TextModel) -> None:
    texts = ["气死我了", "", "太好了", "气死我了", "", "转发微博", "太好了"]
    assert model.score(texts) == [model.score([text])[0] for text in texts]


def test_what_is_no_post_is_not_remembered() -> None:
    remembering = default_model()
    remembering.score(["好" * POST_CHARACTERS, "差" * (POST_CHARACTERS + 1)])
    assert [len(text) for text in remembering._known] == [POST_CHARACTERS]


def test_texts_that_were_scored_before_get_their_own_score_again(model: TextModel) -> None:
    remembering = default_model(remembered=2)
    for texts in (["气死我了", "太好了"], ["太好了", "气死我了"], ["真难过", "太好了"], ["太好了", "真难过"]):
        assert remembering.score(texts) == model.score(texts)


_DIGEST_OF_SCORES = """
import hashlib, json
from monitor.scoring.acceptance import hard_sample, sample
from monitor.scoring.model import default_model
texts = [line.text for one in (sample(), hard_sample()) for line in one.lines]
labels, emotions = default_model().probabilities(texts)
print(hashlib.sha256(labels.tobytes() + emotions.tobytes()).hexdigest())
"""
OLDER_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": "AVX512_SPR AVX512_ICL X86_V4",
    "OPENBLAS_CORETYPE": "Haswell",
}


def _digest(**environment: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", _DIGEST_OF_SCORES]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(
    "X86_V4" not in np.show_config(mode="dicts")["SIMD Extensions"]["found"],
    reason="this processor has no wide registers to leave unused",
)
def test_a_processor_with_narrower_registers_gives_the_same_bits() -> None:
    assert _digest() == _digest(**OLDER_PROCESSOR)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3), st.floats(0.25, 4, width=32))
def test_sharpening_changes_how_sure_the_model_is_and_never_what_it_says(
    shares: list[float], sharpness: float
) -> None:
    labels = np.array([shares], dtype=np.float32) + np.float32(0.01)
    labels /= labels.sum()
    found = sharpened(labels, np.float32(sharpness))
    assert found[0, 1] == labels[0, 1]
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert found.argmax() == labels.argmax()
    assert ((found > 0.5) == (labels > 0.5)).all()


def test_what_is_rather_positive_becomes_more_so() -> None:
    labels = np.array([[0.2, 0.1, 0.7]], dtype=np.float32)
    negative, _, positive = sharpened(labels, np.float32(2))[0]
    assert positive / negative == pytest.approx(3.5**2, rel=1e-3)


def test_the_model_is_named_by_its_content(model: TextModel) -> None:
    name, digest = model.model.rsplit("-", maxsplit=1)
    assert name == "default"
    assert len(digest) == 8


_SHARED = default_model(remembered=0)
