"""How the model does on a set when nothing like it was learnt from. Needs the ``train`` extra."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from monitor.scoring.evaluation import SetFigures, evaluate_set
from monitor.scoring.labelled import Division, LabelledSet
from monitor.scoring.learning import Target, learn_weights, target_of
from monitor.scoring.model import TextModel
from monitor.scoring.training import answered
from monitor.scoring.weights import StoredModel, companded

_SEED = 20111


class Crossed(msgspec.Struct, frozen=True):
    """Figures of one judged set by n-grams learnt from all sets, and from all but its own."""

    with_it: SetFigures
    without_it: SetFigures


def crossed(division: Division) -> Iterator[Crossed]:
    """One result for each judged set, n-grams alone, uncalibrated; a minute or two each."""
    everything = _ngram_model(division.training)
    for judged in (*division.development, *division.held_out):
        origin = judged.name.rsplit("-", maxsplit=1)[0]
        others = tuple(one for one in division.training if not one.name.startswith(origin))
        yield Crossed(evaluate_set(everything, judged), evaluate_set(_ngram_model(others), judged))


def _ngram_model(sets: tuple[LabelledSet, ...]) -> TextModel:
    texts, answers = answered(sets)
    target: Target = target_of(answers)
    weights, offsets = learn_weights(texts, target, _SEED)
    stored, largest = companded(weights)
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
        "weights": stored,
        "largest": largest,
        "offsets": offsets,
        "mix": np.zeros(1, dtype=np.float32),
        "calibration": np.array([1, 0, 0, 0], dtype=np.float32),
        "threshold": np.zeros(1, dtype=np.float32),
    }
    return TextModel(StoredModel({"name": "ngrams"}, arrays, "0" * 64))
