"""Training a model: learn, calibrate on sets not learnt from, and write the file.

Deterministic: the same files give the same model on the same kind of machine. Needs the ``train`` extra.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from monitor.errors import SourceError
from monitor.scoring.calibrating import EVEN, fitted, judged_for_calibration
from monitor.scoring.feelings import Floats
from monitor.scoring.label_noise import beliefs
from monitor.scoring.labelled import Answer, Division, LabelledSet, LabelledText, without_copies
from monitor.scoring.learning import Target, learn_weights, ngram_matrix, target_of
from monitor.scoring.learning_filters import WIDTHS, learn_filters
from monitor.scoring.learning_negations import learn_negations
from monitor.scoring.model import TextModel, calibrated, load_model
from monitor.scoring.negations import negations
from monitor.scoring.ngrams import MOST_NGRAMS, factors_of_lengths
from monitor.scoring.weights import companded, with_added, write_model

FILTERS_SHARE = 0.35
FILTERS_SHARE_IN_OUTRAGE = 0.7
COVERAGE = 0.9
"""The share of texts of the calibration sets whose label is confident enough to be counted."""
_SEED = 20111
_NETWORK_SEEDS = (1, 2)
_EVENTS_COUNT = 2.0
"""How much a text labelled only as negative or not counts: these are comments on public events, which are
what a centre reads."""
_POLARITY_COUNT = 1.5
"""How much a text counts whose label is only positive or negative: it says least about the feelings."""

Arrays = dict[str, NDArray[np.generic]]
Progress = Callable[[str], None]


class _Text(msgspec.Struct):
    text: str


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
    own = without_copies(negations(), division)
    progress(f"learning n-grams from {len(texts)} texts")
    matrix = ngram_matrix(texts)
    counts = text_counts(division.training, matrix, target)
    weights, offsets = learn_weights(matrix, target, counts, _SEED)
    progress(f"learning filters from them and the emoticons of {len(unlabelled)} more")
    networks = [learn_filters(texts, target, counts, unlabelled, seed) for seed in _NETWORK_SEEDS]
    stored, largest = companded(weights)
    arrays: Arrays = {
        "weights": stored,
        "largest": largest,
        "offsets": offsets,
        "lengths": factors_of_lengths(np.arange(MOST_NGRAMS)),
        "mix": np.array([FILTERS_SHARE, FILTERS_SHARE_IN_OUTRAGE], dtype=np.float32),
        "characters": networks[0].characters,
        **{
            f"{number}.{key}": array
            for number, one in enumerate(networks)
            for key, array in one.weights.items()
        },
    }
    about = {
        "name": name,
        "learnt_from": ", ".join(f"{one.name} {len(one.lines)}" for one in (*division.training, own)),
        "calibrated_on": ", ".join(one.name for one in (*division.development, *division.spare)),
        "networks": str(len(networks)),
        "widths": " ".join(map(str, WIDTHS)),
    }
    sentences, said = answered([own])
    progress(f"learning negations from {len(sentences)} sentences of our own")
    model = _written(about, arrays, out)
    slots, added = learn_negations(model, texts, target, counts, sentences, target_of(said))
    arrays["weights"], arrays["largest"] = with_added(stored, largest, slots, added)
    return write_calibrated(about, arrays, division, out)


def text_counts(sets: Sequence[LabelledSet], matrix: csr_matrix, target: Target) -> Floats:
    """How much each text that says something counts (texts,): how far its label is believed, times how much
    a label of its kind does."""
    origins = [
        (one.name, _kind_counts(line))
        for one in sets
        for line, found in zip(one.lines, one.answers(), strict=True)
        if found is not None
    ]
    counts = beliefs(matrix, target, [name for name, _ in origins], _SEED)
    return counts * np.array([kind for _, kind in origins], dtype=np.float32)


def _kind_counts(line: LabelledText) -> float:
    if line.negative is not None:
        return _EVENTS_COUNT
    return 1.0 if line.emotion else _POLARITY_COUNT


def learn_ngrams(sets: Sequence[LabelledSet]) -> tuple[Floats, Floats]:
    """Weights (slots, 8) and offsets (8,) from all labelled texts of ``sets``."""
    texts, answers = answered(sets)
    target, matrix = target_of(answers), ngram_matrix(texts)
    return learn_weights(matrix, target, text_counts(sets, matrix, target), _SEED)


def write_calibrated(about: dict[str, str], arrays: Arrays, division: Division, out: Path) -> TextModel:
    """Calibrate what was learnt, write it to ``out`` and read it back.

    Raises:
        ModelError: the file cannot be written.
    """
    model = _written(about, arrays, out)
    calibration = fitted(judged_for_calibration(model, division.development, division.spare))
    confidence = calibrated(judged_for_calibration(model, division.development).shares, calibration).max(
        axis=1
    )
    threshold = np.quantile(confidence, 1 - COVERAGE, method="lower")
    arrays = {
        **arrays,
        "calibration": calibration,
        "threshold": np.array([threshold], dtype=np.float32),
    }
    write_model(out, about, arrays)
    return load_model(out)


def _written(about: dict[str, str], arrays: Arrays, out: Path) -> TextModel:
    """What was learnt, as a model that is not calibrated.

    It lies beside ``out`` while it is read back: whoever uses the file there goes on with the one of before.
    """
    beside = out.with_name(f".{out.name}.learnt")
    try:
        write_model(
            beside, about, {**arrays, "calibration": EVEN, "threshold": np.zeros(1, dtype=np.float32)}
        )
        return load_model(beside)
    finally:
        beside.unlink(missing_ok=True)


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
