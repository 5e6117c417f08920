"""Scorers are found by name, and a text without own words has no sentiment."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from monitor.errors import ModelError
from monitor.scoring.port import NO_SENTIMENT
from monitor.scoring.registry import SCORER_NAMES, scorer

WITHOUT_OWN_WORDS = [
    "",
    "   ",
    "//@路人:这也太好了吧",
    "@路人 @某某",
    "http://t.cn/zOabcde",
    "转发微博",
    "轉發微博",
    "Repost",
    "转发微博//@路人:气死我了",
]


def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(ModelError, match=r"'bert'.*default, ngrams, none, snownlp"):
        scorer("bert")


@pytest.mark.parametrize("name", ["none", "default", "snownlp-fast"])
@pytest.mark.parametrize("text", WITHOUT_OWN_WORDS)
def test_a_text_without_own_words_has_no_sentiment(name: str, text: str) -> None:
    assert scorer(name).score([text]) == [NO_SENTIMENT]


@pytest.mark.parametrize("name", SCORER_NAMES)
def test_every_scorer_gives_one_result_for_each_text(name: str) -> None:
    assert len(scorer(name).score(["今天真开心", "", "太差了"])) == 3


@pytest.mark.parametrize("name", ["none", "snownlp", "snownlp-fast"])
def test_a_score_can_be_traced_to_the_scorer_by_its_model(name: str) -> None:
    assert scorer(name).model.startswith(name)


def test_scoring_nothing_gives_nothing() -> None:
    assert scorer("none").score([]) == []


def test_the_registry_does_not_import_snownlp_until_it_is_asked_for() -> None:
    code = "import sys, monitor.scoring.registry; sys.exit('snownlp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_model_file_stands_in_for_the_packaged_one() -> None:
    with as_file(files("monitor.scoring") / "model" / "default.bin") as path:
        assert scorer("default", path).model == scorer("default").model


def test_scores_without_the_filters_say_so() -> None:
    assert scorer("ngrams").model == f"{scorer('default').model}-ngrams"


def test_a_model_file_serves_without_its_filters_too() -> None:
    with as_file(files("monitor.scoring") / "model" / "default.bin") as path:
        assert scorer("ngrams", path).model == scorer("ngrams").model


def test_snownlp_takes_no_model_file() -> None:
    with pytest.raises(ModelError, match="takes no model file"):
        scorer("snownlp", Path("m.bin"))
