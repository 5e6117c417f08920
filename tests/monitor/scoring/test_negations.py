"""Negations are learnt from sentences of our own, and nothing that they do not say is learnt with them."""

from __future__ import annotations

from collections import Counter

import pytest

from monitor.scoring.acceptance import hard_sample, negation_sample, sample
from monitor.scoring.labelled import Division, without_copies
from monitor.scoring.model import default_model
from monitor.scoring.negations import negations


def test_the_sentences_are_the_same_every_time_and_each_is_there_once() -> None:
    lines = negations().lines
    assert lines == negations().lines
    assert len({line.text for line in lines}) == len(lines)


def test_every_polarity_is_there_and_every_template_is_filled() -> None:
    lines = negations().lines
    assert min(Counter(line.polarity for line in lines).values()) > 100
    assert not [line.text for line in lines if "{" in line.text]


def test_no_sentence_that_judges_is_learnt_from() -> None:
    judges = Division((), (sample(), hard_sample(), negation_sample()), ())
    assert without_copies(negations(), judges) == negations()


@pytest.mark.parametrize(
    ("negative", "positive"),
    [("不支持", "支持"), ("很不高兴", "很高兴"), ("不是很满意", "很满意"), ("很差", "一点也不差")],
)
def test_a_negation_turns_what_is_said(negative: str, positive: str) -> None:
    below, above = default_model().score([negative, positive])
    assert below.polarity < above.polarity
    assert below.polarity < 0
