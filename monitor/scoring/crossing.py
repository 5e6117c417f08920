"""How the model does on a set when nothing like it was learnt from. Needs the ``train`` extra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from monitor.scoring.calibrating import EVEN
from monitor.scoring.evaluation import SetFigures, evaluate_set
from monitor.scoring.labelled import Division, LabelledSet
from monitor.scoring.model import TextModel
from monitor.scoring.ngrams import MOST_NGRAMS, factors_of_lengths
from monitor.scoring.training import learn_ngrams
from monitor.scoring.weights import StoredModel, companded


class Crossed(msgspec.Struct, frozen=True):
    """Figures of one judged set by n-grams learnt from all sets, and from all but ``without``."""

    without: str
    with_it: SetFigures
    without_it: SetFigures


def origins(division: Division) -> list[str]:
    """What can be left out: the names of the training sets, less their endings."""
    return [one.name.rsplit("-", maxsplit=1)[0] for one in division.training]


def crossed(division: Division, without: Sequence[str]) -> Iterator[Crossed]:
    """Every judged set for each of ``without``, by n-grams alone, uncalibrated; a minute or two each."""
    judged = (*division.development, *division.held_out)
    everything = _ngram_model(division.training)
    before = [evaluate_set(everything, one) for one in judged]
    for origin in without:
        rest = tuple(one for one in division.training if not one.name.startswith(origin))
        model = _ngram_model(rest)
        for one, with_it in zip(judged, before, strict=True):
            yield Crossed(origin, with_it, evaluate_set(model, one))


def _ngram_model(sets: tuple[LabelledSet, ...]) -> TextModel:
    weights, offsets = learn_ngrams(sets)
    stored, largest = companded(weights)
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
        "weights": stored,
        "largest": largest,
        "offsets": offsets,
        "lengths": factors_of_lengths(np.arange(MOST_NGRAMS)),
        "mix": np.zeros(2, dtype=np.float32),
        "calibration": EVEN,
        "threshold": np.zeros(1, dtype=np.float32),
    }
    return TextModel(StoredModel({"name": "ngrams"}, arrays, "0" * 64))
