"""Calibration makes a judge as sure as it may be, and is judged on texts it was not learnt from."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.scoring.acceptance import hard_sample, sample
from monitor.scoring.feelings import Floats
from monitor.scoring.labelled import Division, LabelledSet, LabelledText
from monitor.scoring.model import calibrated, default_model

pytest.importorskip("scipy", reason="the train extra is not installed: scipy is missing")

from monitor.scoring.calibrating import EVEN, Judged, _in_first_half, calibration_errors, fitted

TEXTS = 20_000


def judged_by(steepness: float, neutral_steepness: float) -> Judged:
    """Texts whose labels are drawn from probabilities, seen by a judge whose log-odds are so many times
    what they should be: of positive against negative, and of neutral against both."""
    random = np.random.default_rng(3)
    polarity, neutral = random.normal(0, 2, TEXTS), random.normal(-1, 1.5, TEXTS)
    drawn_neutral = random.random(TEXTS) < 1 / (1 + np.exp(-neutral))
    drawn_positive = random.random(TEXTS) < 1 / (1 + np.exp(-polarity))
    right = np.stack(
        [~drawn_neutral & ~drawn_positive, drawn_neutral, ~drawn_neutral & drawn_positive], axis=1
    )
    return Judged(
        shares(polarity * steepness, neutral * neutral_steepness),
        right,
        np.ones_like(right),
        np.full(TEXTS, 1 / TEXTS, dtype=np.float32),
        ~drawn_neutral,
        np.arange(TEXTS) % 2 == 0,
        np.zeros(TEXTS, dtype=np.int64),
        np.zeros(TEXTS, dtype=np.bool_),
    )


def shares(polarity: np.typing.NDArray[np.float64], neutral: np.typing.NDArray[np.float64]) -> Floats:
    positive, none = 1 / (1 + np.exp(-polarity)), 1 / (1 + np.exp(-neutral))
    return np.stack([(1 - none) * (1 - positive), none, (1 - none) * positive], axis=1).astype(np.float32)


def log_odds(labels: Floats) -> Floats:
    odds: Floats = np.log(labels[:, 2] / labels[:, 0])
    return odds


@pytest.mark.parametrize(("steepness", "neutral_steepness"), [(0.5, 0.5), (0.6, 1.2), (1.6, 0.8)])
def test_positive_against_negative_becomes_as_sure_as_it_may_be(
    steepness: float, neutral_steepness: float
) -> None:
    judged = judged_by(steepness, neutral_steepness)
    before, after = log_odds(judged.shares), log_odds(calibrated(judged.shares, fitted(judged)))
    gained = float(np.polyfit(before, after, 1)[0])
    assert gained == pytest.approx(1 / steepness, rel=0.1)


@pytest.mark.parametrize(("steepness", "moved"), [(0.6, 0.1), (1.3, -0.1), (1.0, 1.0)])
def test_what_leans_to_one_side_is_set_upright(steepness: float, moved: float) -> None:
    """The first two are where a search that begins with tiny steps stops at once."""
    judged = judged_by(steepness, steepness)
    leaning = np.log(judged.shares) + np.array([0, 0, moved], dtype=np.float32)
    powers = np.exp(leaning)
    judged = judged._replace(shares=powers / powers.sum(axis=1, keepdims=True))
    given = calibrated(judged.shares, fitted(judged)).mean(axis=0)
    assert given == pytest.approx(judged.right.mean(axis=0), abs=0.003)


def test_spare_texts_say_more_about_positive_against_negative_than_about_neutral() -> None:
    certain = judged_by(0.5, 0.5)
    timid = certain._replace(right=certain.right[::-1], decided=certain.decided[::-1])
    pairs = cast("list[tuple[NDArray[Any], NDArray[Any]]]", list(zip(certain, timid, strict=True)))
    both = Judged(*(np.concatenate(pair) for pair in pairs))
    spare = both._replace(spare=np.arange(2 * TEXTS) >= TEXTS)
    assert fitted(spare)[-1] < fitted(both)[-1]
    assert fitted(spare)[:-1] == pytest.approx(fitted(both)[:-1])


def test_the_even_calibration_changes_nothing() -> None:
    found = shares(np.linspace(-3, 3, 9), np.linspace(1, -1, 9))
    assert calibrated(found, EVEN) == pytest.approx(found, abs=1e-5)


def test_a_half_is_judged_by_what_the_other_half_taught() -> None:
    lines = [line for one in (sample(), hard_sample()) for line in one.lines if line.polarity]
    half_upside_down = LabelledSet(
        "half-dev",
        tuple(
            LabelledText(line.text, polarity=line.polarity if _in_first_half(line.text) else -line.polarity)
            for line in lines
            if line.polarity is not None
        ),
    )
    (found,) = calibration_errors(default_model(), Division((), (half_upside_down,), ()))
    assert found.cross_fitted > 0.3


def test_the_packaged_model_keeps_its_error_on_halves_it_was_not_calibrated_on() -> None:
    (found,) = calibration_errors(default_model(), Division((), (sample(),), ()))
    assert found.name == "sample-dev"
    assert found.cross_fitted < 0.15
