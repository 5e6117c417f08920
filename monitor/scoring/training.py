"""Training a model: learn, calibrate on sets not learnt from, and write the file.

Deterministic: the same files give the same model on the same kind of machine. Needs the ``train`` extra.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterable, Sequence, Set
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from monitor.errors import SourceError
from monitor.scoring.characters import spelled
from monitor.scoring.feelings import NEGATIVE, Feeling, Floats, label_shares, softmax
from monitor.scoring.labelled import Answer, Division, LabelledSet
from monitor.scoring.learning import learn_weights, target_of
from monitor.scoring.learning_filters import WIDTHS, learn_filters
from monitor.scoring.model import BATCH, TextModel, calibrated, load_model
from monitor.scoring.port import LABELS
from monitor.scoring.weights import companded, write_model

FILTERS_SHARE = 0.45
COVERAGE = 0.9
"""The share of texts of the calibration sets whose label is confident enough to be counted."""
_SEED = 20111
_NETWORK_SEEDS = (1, 2)
_EVEN = np.array([1, 0, 0, 0], dtype=np.float32)

Arrays = dict[str, NDArray[np.generic]]
Progress = Callable[[str], None]


class _Text(msgspec.Struct):
    text: str


class _Judged(NamedTuple):
    """Shares of the labels as the model gives them, which labels are right among which, and how much each
    text counts: every set alike."""

    shares: Floats
    right: NDArray[np.bool_]
    among: NDArray[np.bool_]
    weight: Floats


def train(
    division: Division, unlabelled: Sequence[str], out: Path, name: str, progress: Progress
) -> TextModel:
    """Train a model on ``division`` and write it to ``out``.

    Raises:
        ModelError: the file cannot be written.
        SourceError: nothing to learn from, or no set to calibrate on.
    """
    texts, answers = answered(division.training)
    if not texts or not division.development:
        raise SourceError("training needs labelled texts and a set whose name ends in -dev to calibrate on")
    target = target_of(answers)
    progress(f"learning n-grams from {len(texts)} texts")
    weights, offsets = learn_weights(texts, target, _SEED)
    progress(f"learning filters from them and the emoticons of {len(unlabelled)} more")
    networks = [learn_filters(texts, target, unlabelled, seed) for seed in _NETWORK_SEEDS]
    stored, largest = companded(weights)
    arrays: Arrays = {
        "weights": stored,
        "largest": largest,
        "offsets": offsets,
        "mix": np.array([FILTERS_SHARE], dtype=np.float32),
        "characters": networks[0].characters,
        **{
            f"{number}.{key}": array
            for number, one in enumerate(networks)
            for key, array in one.weights.items()
        },
    }
    about = {
        "name": name,
        "learnt_from": ", ".join(f"{one.name} {len(one.lines)}" for one in division.training),
        "calibrated_on": ", ".join(one.name for one in (*division.development, *division.spare)),
        "networks": str(len(networks)),
        "widths": " ".join(map(str, WIDTHS)),
    }
    return write_calibrated(about, arrays, division, out)


def write_calibrated(about: dict[str, str], arrays: Arrays, division: Division, out: Path) -> TextModel:
    """Calibrate what was learnt, write it to ``out`` and read it back.

    Raises:
        ModelError: the file cannot be written.
    """
    arrays = {**arrays, "calibration": _EVEN, "threshold": np.zeros(1, dtype=np.float32)}
    write_model(out, about, arrays)
    model = load_model(out)
    calibration = _calibration(_judged(model, (*division.development, *division.spare)))
    confidence = calibrated(_judged(model, division.development).shares, calibration).max(axis=1)
    threshold = np.quantile(confidence, 1 - COVERAGE, method="lower")
    arrays = {
        **arrays,
        "calibration": calibration,
        "threshold": np.array([threshold], dtype=np.float32),
    }
    write_model(out, about, arrays)
    return load_model(out)


def read_unlabelled(paths: Iterable[Path]) -> list[str]:
    """Texts of records, each once, in the order of the files.

    Raises:
        SourceError: a file cannot be read or a line has no text.
    """
    decoder = msgspec.json.Decoder(_Text)
    texts: dict[str, None] = {}
    for path in paths:
        try:
            with lzma.open(path, "rb") if path.suffix == ".xz" else path.open("rb") as lines:
                texts.update(dict.fromkeys(decoder.decode(line).text for line in lines if line.strip()))
        except (OSError, EOFError, lzma.LZMAError, msgspec.MsgspecError) as error:
            raise SourceError(f"{path}: cannot be read as records ({error}); name another file") from error
    return list(texts)


def answered(sets: Iterable[LabelledSet]) -> tuple[list[str], list[Answer]]:
    """The texts of ``sets`` whose labels say something, and what they say."""
    texts, answers = [], []
    for one in sets:
        for line, found in zip(one.lines, one.answers(), strict=True):
            if found is not None:
                texts.append(line.text)
                answers.append(found)
    return texts, answers


def _judged(model: TextModel, sets: Iterable[LabelledSet]) -> _Judged:
    shares, right, among, weight = [], [], [], []
    for one in sets:
        lines = [
            (line.text, found)
            for line, found in zip(one.lines, one.answers(), strict=True)
            if found is not None and found.right != {"surprise"}
        ]
        for start in range(0, len(lines), BATCH):
            texts = [text for text, _ in lines[start : start + BATCH]]
            shares.append(label_shares(model.feelings(spelled(texts), len(texts))))
        right += [_labels(found.right) for _, found in lines]
        among += [_labels(found.among) for _, found in lines]
        weight += [1 / len(lines)] * len(lines)
    return _Judged(
        np.concatenate(shares), np.array(right), np.array(among), np.array(weight, dtype=np.float32)
    )


def _labels(feelings: Set[Feeling]) -> list[bool]:
    """Whether negative, neutral and positive are among ``feelings``."""
    return [not feelings.isdisjoint(NEGATIVE), "neutral" in feelings, "happy" in feelings]


def _calibration(judged: _Judged) -> Floats:
    """Temperature and offsets of the smallest log loss; the offsets sum to zero."""
    logits = np.log(judged.shares + 1e-9)

    def loss(point: NDArray[np.float64]) -> float:
        given = softmax((logits * point[0] + np.append(point[1:], -point[1:].sum())).astype(np.float32))
        right = (given * judged.right).sum(axis=1)
        among = (given * judged.among).sum(axis=1)
        return float((judged.weight * (np.log(among + 1e-9) - np.log(right + 1e-9))).sum())

    found = minimize(loss, np.array([1.0] + [0.0] * (len(LABELS) - 1)), method="Nelder-Mead").x
    return np.array([found[0], *found[1:], -found[1:].sum()], dtype=np.float32)
