"""An explanation names the words that moved the score, with their signs."""

from __future__ import annotations

import pytest

import monitor.scoring
from monitor.scoring.explaining import Explanation, explain
from monitor.scoring.model import TextModel, default_model


@pytest.fixture(scope="module")
def model() -> TextModel:
    return default_model()


def weight_of(explanation: Explanation, word: str) -> float:
    return sum(part.weight for part in explanation.parts if word in part.text)


def test_a_good_word_speaks_for_positive(model: TextModel) -> None:
    assert weight_of(explain("今天真的很开心", model), "开心") > 0


def test_a_bad_word_speaks_against_it(model: TextModel) -> None:
    assert weight_of(explain("服务太垃圾，失望", model), "失望") < 0


def test_the_strongest_word_comes_first(model: TextModel) -> None:
    strongest = explain("这家店在三楼，服务太垃圾，失望", model).strongest()
    assert [abs(part.weight) for part in strongest] == sorted(
        (abs(part.weight) for part in strongest), reverse=True
    )


def test_it_carries_the_score_that_is_stored(model: TextModel) -> None:
    assert explain("今天真的很开心", model).sentiment == model.score(["今天真的很开心"])[0]


def test_the_words_are_the_text_as_it_is_read(model: TextModel) -> None:
    assert "".join(part.text for part in explain("我很開心", model).parts) == "我很开心"


def test_the_package_explains_by_its_own_model(model: TextModel) -> None:
    assert monitor.scoring.explain("今天真的很开心") == explain("今天真的很开心", model)


@pytest.mark.parametrize("text", ["", "转发微博", "//@某人:气死我了", "@某人 http://t.cn/zOabcde"])
def test_a_text_without_words_of_its_own_has_no_parts(model: TextModel, text: str) -> None:
    assert explain(text, model).parts == ()


def test_an_emoticon_is_one_word(model: TextModel) -> None:
    parts = [part.text for part in explain("[怒]太差了[允悲]//@某人:[doge]好", model).parts]
    assert [part for part in parts if len(part) > 1 and part[0] in "[/"] == [
        "[怒]",
        "[允悲]",
        "//@",
        "[doge]",
    ]
    assert not {"[", "]", "/"}.intersection(parts)
