"""Figures say how far a judge agrees with labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from monitor.scoring.acceptance import fallen
from monitor.scoring.evaluation import SetFigures, calibration_error, evaluate_set, macro_f1
from monitor.scoring.feelings import Floats
from monitor.scoring.labelled import LabelledSet, LabelledText
from monitor.scoring.port import EMOTIONS


class Oracle:
    """Reads the label out of the text: a digit, the place of the likeliest of the three."""

    threshold = 0.5

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence

    def probabilities(self, texts: Sequence[str]) -> tuple[Floats, Floats | None]:
        labels = np.full((len(texts), 3), (1 - self._confidence) / 2, dtype=np.float32)
        labels[np.arange(len(texts)), [int(text[-1]) for text in texts]] = self._confidence
        return labels, np.eye(len(EMOTIONS) + 1, dtype=np.float32)[[int(text[0]) for text in texts]]


THREE = LabelledSet(
    "s-dev",
    (
        LabelledText("0甲0", polarity=-1, emotion="angry"),
        LabelledText("1乙0", polarity=-1, emotion="fear"),
        LabelledText("2丙2", polarity=1, emotion="happy"),
        LabelledText("3丁1", polarity=0, emotion="neutral"),
        LabelledText("4戊2", polarity=-1, emotion="sad"),
        LabelledText("5己1", emotion="surprise"),
    ),
)
EVENTS = LabelledSet(
    "e-held",
    (
        LabelledText("0甲0", negative=True, emotion="angry"),
        LabelledText("0乙0", negative=True, emotion="negative"),
        LabelledText("3丙1", negative=False),
        LabelledText("3丁1", negative=True, emotion="negative"),
    ),
)


@pytest.fixture(scope="module")
def figures() -> SetFigures:
    return evaluate_set(Oracle(0.8), THREE)


def test_accuracy_looks_at_negative_and_positive_only(figures: SetFigures) -> None:
    assert figures.binary_accuracy is not None
    assert figures.binary_accuracy.value == pytest.approx(3 / 4)


def test_an_interval_holds_its_figure(figures: SetFigures) -> None:
    measured = figures.binary_accuracy
    assert measured is not None
    assert measured.low <= measured.value <= measured.high


def test_the_confusion_has_right_labels_down_and_given_ones_across(figures: SetFigures) -> None:
    assert figures.confusion == [[2, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_all_six_emotions_right_is_one(figures: SetFigures) -> None:
    assert figures.emotion_macro_f1 is not None
    assert figures.emotion_macro_f1.value == pytest.approx(1.0)


def test_what_the_judge_is_sure_of_is_covered() -> None:
    assert evaluate_set(Oracle(0.8), THREE).coverage_at_threshold == 1.0
    assert evaluate_set(Oracle(0.4), THREE).coverage_at_threshold == 0.0


def test_a_set_of_events_is_judged_negative_or_not() -> None:
    found = evaluate_set(Oracle(0.8), EVENTS).negative_accuracy
    assert found is not None
    assert found.value == pytest.approx(3 / 4)


def test_anger_has_recall_and_precision() -> None:
    found = evaluate_set(Oracle(0.8), EVENTS)
    assert (found.angry_recall, found.angry_precision) == (1.0, 0.5)


def test_macro_f1_counts_every_kind_alike() -> None:
    right, given = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])
    assert macro_f1(right, given, 2) == pytest.approx((6 / 7 + 0) / 2)


def test_a_judge_as_often_right_as_it_says_is_calibrated() -> None:
    confidence = np.full(10, 0.75, dtype=np.float32)
    assert calibration_error(confidence, np.arange(10) % 4 != 0) == pytest.approx(0.05, abs=1e-6)


def test_a_figure_below_the_card_is_told(figures: SetFigures) -> None:
    assert fallen({"s-dev": figures}, {"s-dev": {"binary_accuracy": 0.8}}) == [
        "s-dev binary_accuracy is 0.7500, the card has 0.8000"
    ]


def test_a_figure_at_the_card_is_fine(figures: SetFigures) -> None:
    assert not fallen({"s-dev": figures}, {"s-dev": {"binary_accuracy": 0.75}, "other": {"x": 1.0}})
