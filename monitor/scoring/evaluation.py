"""How well a model agrees with labelled texts: accuracy, macro-F1, calibration, coverage, with intervals.

Labelled sets judge whole texts, repost chains included, and so do the figures: the rule that a text
without own words has no sentiment is left aside here, except in ``own_words_accuracy``.
Intervals are bootstrap percentiles, 2.5 to 97.5 of ``RESAMPLES`` with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.scoring.feelings import Floats
from monitor.scoring.labelled import Division, LabelledSet
from monitor.scoring.port import EMOTIONS, LABELS
from monitor.text import own_words

RESAMPLES = 500
_SEED = 7
_BINS = 10
_BATCH = 500
_ANGRY = EMOTIONS.index("angry")
Places = NDArray[np.int64]


class Judge(Protocol):
    """What can be evaluated."""

    threshold: float

    def probabilities(self, texts: Sequence[str]) -> tuple[Floats, Floats | None]:
        """Labels (texts, 3), and emotions (texts, 6 or more) where the model knows any."""


class Measured(msgspec.Struct, frozen=True):
    """A figure with its bootstrap interval."""

    value: float
    low: float
    high: float


class SetFigures(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Figures of one set; None where its labels do not allow them. All are shares of 1.

    ``binary_…`` look at texts labelled negative or positive and at which of both is likelier;
    ``…_at_threshold`` at those whose label the model is certain of. ``confusion[right][given]``.
    ``angry_precision_at_half`` is the precision where the surest half of the angry texts is found.
    """

    name: str
    texts: int
    binary_accuracy: Measured | None = None
    binary_macro_f1: Measured | None = None
    binary_calibration_error: float | None = None
    binary_accuracy_at_90: float | None = None
    own_words_accuracy: float | None = None
    coverage_at_threshold: float
    label_macro_f1: Measured | None = None
    label_accuracy_at_threshold: float | None = None
    confusion: list[list[int]] | None = None
    emotion_macro_f1: Measured | None = None
    negative_accuracy: Measured | None = None
    angry_recall: float | None = None
    angry_precision: float | None = None
    angry_precision_at_half: float | None = None


class _Given(NamedTuple):
    labels: Floats
    emotions: Floats | None


def evaluate(judge: Judge, division: Division) -> list[SetFigures]:
    """Figures of every set that is not learnt from."""
    return [evaluate_set(judge, one) for one in (*division.development, *division.held_out)]


def evaluate_set(judge: Judge, one: LabelledSet) -> SetFigures:
    """Figures of one set."""
    given = _judged(judge, [line.text for line in one.lines])
    confidence = given.labels.max(axis=1)
    certain = confidence >= judge.threshold
    figures: dict[str, object] = {"coverage_at_threshold": float(certain.mean())}
    figures |= _binary(one, given.labels)
    if one.has_neutral and any(line.polarity is not None for line in one.lines):
        figures |= _three_way(one, given.labels, certain)
    if given.emotions is not None and _has_emotions(one):
        figures |= _emotions(one, given.emotions)
    if any(line.negative is not None for line in one.lines):
        figures |= _events(one, given)
    return msgspec.convert({"name": one.name, "texts": len(one.lines), **figures}, SetFigures)


def _judged(judge: Judge, texts: Sequence[str]) -> _Given:
    found = [judge.probabilities(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
    emotions = [some for _, some in found if some is not None]
    return _Given(
        np.concatenate([labels for labels, _ in found]), np.concatenate(emotions) if emotions else None
    )


def _binary(one: LabelledSet, labels: Floats) -> dict[str, object]:
    rows = np.array(
        [place for place, line in enumerate(one.lines) if line.polarity in {-1, 1}], dtype=np.int64
    )
    if not len(rows):
        return {}
    right = np.array([line.polarity == 1 for line in one.lines if line.polarity in {-1, 1}])
    positive = labels[rows, 2] / np.maximum(labels[rows, 0] + labels[rows, 2], 1e-9)
    given = positive >= 0.5
    confidence = np.where(given, positive, 1 - positive)
    owned = np.array([bool(own_words(one.lines[row].text)) for row in rows])
    surest = np.argsort(-confidence, kind="stable")[: round(0.9 * len(rows))]
    return {
        "binary_accuracy": _measured(lambda some: float((given == right)[some].mean()), len(rows)),
        "binary_macro_f1": _measured(lambda some: macro_f1(right[some] * 1, given[some] * 1, 2), len(rows)),
        "binary_calibration_error": calibration_error(confidence, given == right),
        "binary_accuracy_at_90": float((given == right)[surest].mean()),
        "own_words_accuracy": float((given == right)[owned].mean()) if owned.any() else None,
    }


def _three_way(one: LabelledSet, labels: Floats, certain: NDArray[np.bool_]) -> dict[str, object]:
    rows = np.array([place for place, line in enumerate(one.lines) if line.polarity is not None])
    right = np.array([line.polarity + 1 for line in one.lines if line.polarity is not None])
    given = labels[rows].argmax(axis=1)
    kept = certain[rows]
    confusion = np.zeros((len(LABELS), len(LABELS)), dtype=np.int64)
    np.add.at(confusion, (right, given), 1)
    return {
        "label_macro_f1": _measured(lambda some: macro_f1(right[some], given[some], 3), len(rows)),
        "label_accuracy_at_threshold": float((right == given)[kept].mean()) if kept.any() else None,
        "confusion": confusion.tolist(),
    }


def _has_emotions(one: LabelledSet) -> bool:
    return {line.emotion for line in one.lines} == set(EMOTIONS)


def _emotions(one: LabelledSet, emotions: Floats) -> dict[str, object]:
    right = np.array([EMOTIONS.index(line.emotion) for line in one.lines if line.emotion in EMOTIONS])
    given = emotions.argmax(axis=1)
    return {"emotion_macro_f1": _measured(lambda some: macro_f1(right[some], given[some], 6), len(right))}


def _events(one: LabelledSet, given: _Given) -> dict[str, object]:
    right = np.array([bool(line.negative) for line in one.lines])
    negative = given.labels[:, 0] > 0.5
    figures: dict[str, object] = {
        "negative_accuracy": _measured(lambda some: float((negative == right)[some].mean()), len(right))
    }
    angry = np.array([line.emotion == "angry" for line in one.lines])
    if given.emotions is None or not angry.any():
        return figures
    called = given.emotions.argmax(axis=1) == _ANGRY
    both = float((called & angry).sum())
    order = np.argsort(-given.emotions[:, _ANGRY], kind="stable")
    found = np.cumsum(angry[order])
    half = int(np.flatnonzero(found >= angry.sum() / 2)[0])
    return figures | {
        "angry_recall": both / float(angry.sum()),
        "angry_precision": both / max(1.0, float(called.sum())),
        "angry_precision_at_half": float(found[half] / (half + 1)),
    }


def macro_f1(right: Places, given: Places, kinds: int) -> float:
    """The mean over the kinds that occur of the harmonic mean of precision and recall."""
    scores = []
    for kind in range(kinds):
        sizes = (right == kind).sum() + (given == kind).sum()
        if sizes:
            scores.append(2 * ((right == kind) & (given == kind)).sum() / sizes)
    return float(np.mean(scores))


def calibration_error(confidence: Floats, correct: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    error = 0.0
    for one in range(_BINS):
        inside = bins == one
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
    return float(error)


def _measured(figure: Callable[[Places], float], count: int) -> Measured:
    random = np.random.default_rng(_SEED)
    drawn = [figure(random.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Measured(figure(np.arange(count)), float(low), float(high))


def named(figures: Iterable[SetFigures]) -> dict[str, SetFigures]:
    """Figures by the name of their set."""
    return {one.name: one for one in figures}
