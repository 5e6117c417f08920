"""SnowNLP's weights over another segmenter decide as SnowNLP does."""

from __future__ import annotations

import pytest

from monitor.scoring.snownlp import FastSnowNlpScorer, SnowNlpScorer

pytestmark = pytest.mark.xdist_group("snownlp")

SENTENCES = [
    "这个东西真的很赞",
    "质量太差了，非常失望",
    "今天心情很好",
    "服务态度恶劣，再也不来了",
    "味道不错，值得推荐",
    "垃圾，骗人的",
]


@pytest.fixture(scope="module")
def fast() -> FastSnowNlpScorer:
    return FastSnowNlpScorer()


@pytest.fixture(scope="module")
def shipped() -> SnowNlpScorer:
    return SnowNlpScorer()


@pytest.mark.parametrize("text", SENTENCES)
def test_both_give_a_sentence_they_cut_alike_the_same_label(
    fast: FastSnowNlpScorer, shipped: SnowNlpScorer, text: str
) -> None:
    assert fast.score([text])[0].label == shipped.score([text])[0].label


def test_both_give_a_single_known_word_the_same_polarity(
    fast: FastSnowNlpScorer, shipped: SnowNlpScorer
) -> None:
    assert fast.score(["失望"])[0].polarity == pytest.approx(shipped.score(["失望"])[0].polarity)


def test_a_word_in_latin_letters_counts_as_snownlp_counts_it(
    fast: FastSnowNlpScorer, shipped: SnowNlpScorer
) -> None:
    text = "abc xyz!!!"
    assert fast.score([text])[0].polarity == pytest.approx(shipped.score([text])[0].polarity)


def test_a_text_of_stop_words_is_uncertain(fast: FastSnowNlpScorer) -> None:
    assert fast.score(["的的的"])[0].uncertain


def test_twenty_thousand_characters_do_not_overflow(fast: FastSnowNlpScorer) -> None:
    assert fast.score(["失望" * 10_000])[0].polarity == pytest.approx(-1.0)
