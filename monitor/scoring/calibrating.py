"""Calibration: how sure the model may be, learnt from texts that its weights were not learnt from.

Two steps, each the smallest log loss. First one temperature and an offset for each of the three labels
(Guo et al. 2017, section 4.2): it has to do for neutral, about which sets disagree, and is cautious. Then
positive against negative gets one more temperature by the texts labelled so (derived). Needs SciPy, the
``train`` extra.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from monitor.scoring.characters import spelled
from monitor.scoring.evaluation import calibration_error
from monitor.scoring.feelings import NEGATIVE, Feeling, Floats, label_shares
from monitor.scoring.labelled import Division, LabelledSet
from monitor.scoring.model import BATCH, TextModel, calibrated
from monitor.scoring.port import LABELS

EVEN = np.array([1, 0, 0, 0, 1], dtype=np.float32)
"""The calibration that changes nothing."""
_SPARE_WEIGHT = 0.15
"""How much a spare set counts in calibration beside a development set: few of them know neutral."""
_SPARE_WEIGHT_DECIDED = 0.3
"""The same for positive against negative, which every set knows."""
_SHARPEST = 4.0
_FIRST_CORNERS = np.array([[1.0, 0.0, 0.0], [0.7, 0.0, 0.0], [1.0, 0.2, 0.0], [1.0, 0.0, 0.2]])
"""Temperature and two offsets to search from. Left to itself the search begins with offsets that differ by a
thousandth and may take that for the end: a model so calibrated was a point worse on several sets."""
_SEARCH = {"initial_simplex": _FIRST_CORNERS, "xatol": 1e-4, "fatol": 1e-7}


class Judged(NamedTuple):
    """Texts as an uncalibrated model sees them.

    Shares of the labels (texts, 3), which labels are right among which (texts, 3), how much each text counts;
    whether it is labelled positive or negative, whether it is of the first half of its set, the number of
    the set, and whether that is a spare one (texts,).
    """

    shares: Floats
    right: NDArray[np.bool_]
    among: NDArray[np.bool_]
    weight: Floats
    decided: NDArray[np.bool_]
    first_half: NDArray[np.bool_]
    number: NDArray[np.int64]
    spare: NDArray[np.bool_]

    def some(self, kept: NDArray[np.bool_]) -> Judged:
        """Those of the texts that are ``kept`` (texts,)."""
        return Judged(
            self.shares[kept],
            self.right[kept],
            self.among[kept],
            self.weight[kept],
            self.decided[kept],
            self.first_half[kept],
            self.number[kept],
            self.spare[kept],
        )


class CalibrationError(NamedTuple):
    """The expected calibration error of a set, positive or negative: with the calibration of all texts, and
    with one learnt without the half of each set that is judged."""

    name: str
    fitted: float
    cross_fitted: float


def judged_for_calibration(
    model: TextModel, development: Sequence[LabelledSet], spare: Sequence[LabelledSet] = ()
) -> Judged:
    """The texts of ``development`` and ``spare``, surprise aside, whose labels say something."""
    weights = [1.0] * len(development) + [_SPARE_WEIGHT] * len(spare)
    parts = [
        _judged(model, one, number, weight)
        for number, (one, weight) in enumerate(zip((*development, *spare), weights, strict=True))
    ]
    return Judged(
        np.concatenate([part.shares for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.among for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.decided for part in parts]),
        np.concatenate([part.first_half for part in parts]),
        np.concatenate([part.number for part in parts]),
        np.concatenate([part.spare for part in parts]),
    )


def _judged(model: TextModel, one: LabelledSet, number: int, weight: float) -> Judged:
    lines = [
        (line, found)
        for line, found in zip(one.lines, one.answers(), strict=True)
        if found is not None and found.right != {"surprise"}
    ]
    shares = np.zeros((len(lines), len(LABELS)), dtype=np.float32)
    for start in range(0, len(lines), BATCH):
        texts = [line.text for line, _ in lines[start : start + BATCH]]
        shares[start : start + BATCH] = label_shares(model.feelings(spelled(texts), len(texts)))
    return Judged(
        shares,
        np.array([_labels(found.right) for _, found in lines], dtype=np.bool_).reshape(-1, len(LABELS)),
        np.array([_labels(found.among) for _, found in lines], dtype=np.bool_).reshape(-1, len(LABELS)),
        np.full(len(lines), weight / max(1, len(lines)), dtype=np.float32),
        np.array([line.polarity in {-1, 1} for line, _ in lines], dtype=np.bool_),
        np.array([_in_first_half(line.text) for line, _ in lines], dtype=np.bool_),
        np.full(len(lines), number),
        np.full(len(lines), weight < 1),
    )


def _in_first_half(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[1] % 2 == 0


def _labels(feelings: Set[Feeling]) -> list[bool]:
    """Whether negative, neutral and positive are among ``feelings``."""
    return [not feelings.isdisjoint(NEGATIVE), "neutral" in feelings, "happy" in feelings]


def fitted(judged: Judged) -> Floats:
    """The calibration of ``judged``, as ``calibrated`` takes it; the offsets sum to zero."""
    tempered = _tempered(judged)
    return np.append(tempered[:-1], _sharpness(judged, tempered)).astype(np.float32)


def _tempered(judged: Judged) -> Floats:
    def at(point: NDArray[np.float64]) -> Floats:
        return np.array([*point, -point[1:].sum(), 1.0], dtype=np.float32)

    def loss(point: NDArray[np.float64]) -> float:
        return _loss(judged, at(point))

    found = minimize(loss, _FIRST_CORNERS[0], method="Nelder-Mead", options=_SEARCH)
    return at(found.x)


def _sharpness(judged: Judged, tempered: Floats) -> float:
    decided = judged.some(judged.decided)
    if not len(decided.weight):
        return 1.0
    either = decided._replace(
        among=np.repeat([[True, False, True]], len(decided.weight), axis=0),
        weight=np.where(
            decided.spare, decided.weight * _SPARE_WEIGHT_DECIDED / _SPARE_WEIGHT, decided.weight
        ),
    )

    def loss(sharpness: float) -> float:
        return _loss(either, np.append(tempered[:-1], np.float32(sharpness)))

    return float(minimize_scalar(loss, bounds=(1 / _SHARPEST, _SHARPEST), method="bounded").x)


def _loss(judged: Judged, calibration: Floats) -> float:
    given = calibrated(judged.shares, calibration)
    right = (given * judged.right).sum(axis=1)
    among = (given * judged.among).sum(axis=1)
    return float((judged.weight * (np.log(among + 1e-9) - np.log(right + 1e-9))).sum())


def calibration_errors(model: TextModel, division: Division) -> list[CalibrationError]:
    """Of each development set, as the model is calibrated and cross-fitted by halves."""
    judged = judged_for_calibration(model, division.development, division.spare)
    first, second = fitted(judged.some(~judged.first_half)), fitted(judged.some(judged.first_half))
    crossed = np.where(
        judged.first_half[:, None], calibrated(judged.shares, first), calibrated(judged.shares, second)
    )
    whole = calibrated(judged.shares, model.calibration)
    errors = []
    for number, one in enumerate(division.development):
        kept = judged.decided & (judged.number == number)
        positive = judged.right[kept, 2]
        errors.append(
            CalibrationError(one.name, _error(whole[kept], positive), _error(crossed[kept], positive))
        )
    return errors


def _error(labels: Floats, positive: NDArray[np.bool_]) -> float:
    share = labels[:, 2] / (labels[:, 0] + labels[:, 2])
    given = share >= 0.5
    return calibration_error(np.where(given, share, 1 - share), given == positive)
