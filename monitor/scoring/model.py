"""The default scorer: one linear layer over hashed character n-grams, mixed with convolution filters.

A text's n-grams each carry eight companded weights, one per feeling; their sums are log-odds, to which the
filters' are added in the stored proportion. The shares of the three labels are calibrated by temperature
and offset (Guo et al. 2017, section 4.2), positive against negative by one more temperature, on sets that the
weights were not learnt from. Inference is numpy over whole batches, and gives the same bits on every
processor that has fused products (x86-64-v3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.scoring.characters import Codes, spelled
from monitor.scoring.doubt import doubtful, held_back, too_long
from monitor.scoring.feelings import (
    EMOTION_OF_PLACE,
    FEELINGS,
    Floats,
    emotion_shares,
    label_shares,
    outraged,
    softmax,
)
from monitor.scoring.filters import FILTER_INPUT, FIRST_KNOWN, Filters, Network
from monitor.scoring.ngrams import CONTEXT_WEIGHT, MOST_NGRAMS, SLOTS, Slots, slots_of_codes
from monitor.scoring.port import LABELS, NO_SENTIMENT, Sentiment
from monitor.scoring.weights import UNIT, StoredModel, read_model, squared
from monitor.text import POST_CHARACTERS, own_words

_PLAIN = re.compile(r"[^@＠(（]*?[\u4e00-\u9fa5]{6}")
EVEN_CHANCE = 0.5
CALIBRATION = len(LABELS) + 2
"""Numbers of a calibration: see ``calibrated``."""
BATCH = 500
"""Texts looked at together, however many are asked for: what fits the processor's cache."""
REMEMBERED = 4_096
"""Texts whose results are kept at most: people repeat what others wrote shortly before."""


class TextModel:
    """Scores texts with the weights of a model file."""

    def __init__(self, stored: StoredModel, *, filters: bool = True, remembered: int = REMEMBERED) -> None:
        """Take a model file's content; without ``filters`` it is twice as fast and half a point worse.
        Results of about so many texts as ``remembered`` are kept.

        Raises:
            ModelError: the arrays are not those of this version.
        """
        self.about = stored.about
        self._doubled = squared(stored.bytes_("weights", SLOTS, len(FEELINGS))) << 1
        self._unit = stored.floats("largest", len(FEELINGS)) / np.float32(2 * UNIT)
        self.offsets = stored.floats("offsets", len(FEELINGS))
        self._length_factors = stored.floats("lengths", MOST_NGRAMS)
        self.calibration = stored.floats("calibration", CALIBRATION)
        self.threshold = float(stored.floats("threshold", 1)[0])
        mix = stored.floats("mix", 2) if filters else np.zeros(2, dtype=np.float32)
        self.mix, self._outrage_mix = float(mix[0]), float(mix[1])
        self._filters = stored_filters(stored) if self.mix else None
        self._remembered = remembered
        self._known: dict[str, Sentiment] = {}
        self._model = f"{stored.about.get('name', 'model')}-{stored.digest[:8]}"
        if not filters:
            self._model += "-ngrams"

    @property
    def model(self) -> str:
        """Name and the beginning of the digest of the weights."""
        return self._model

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        """One result for each text as posted."""
        results: list[Sentiment] = []
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            known = self._known
            unknown = [text for text in dict.fromkeys(batch) if text not in known]
            scored = dict(zip(unknown, self._score_batch(unknown), strict=True))
            results += [known.get(text) or scored[text] for text in batch]
            known.update({text: one for text, one in scored.items() if len(text) <= POST_CHARACTERS})
            if len(known) > self._remembered:
                self._known = {}  # another thread may still look into what there was
        return results

    def _score_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        results = [NO_SENTIMENT] * len(texts)
        worded = [place for place, text in enumerate(texts) if _has_own_words(text)]
        if not worded:
            return results
        chosen = [texts[place] for place in worded]
        codes = spelled(chosen)
        feelings, outrage = self._felt(codes, len(chosen))
        labels = self.calibrated(label_shares(feelings))
        doubts = doubtful(codes) | np.fromiter(map(too_long, chosen), np.bool_, len(chosen))
        polarities, confidences = held_back(labels, doubts)
        scored = map(
            Sentiment,
            polarities.tolist(),
            [LABELS[label] for label in labels.argmax(axis=1).tolist()],
            confidences.tolist(),
            (doubts | (confidences < self.threshold)).tolist(),
            [
                EMOTION_OF_PLACE[emotion]
                for emotion in emotion_shares(feelings, outrage).argmax(axis=1).tolist()
            ],
        )
        for place, sentiment in zip(worded, scored, strict=True):
            results[place] = sentiment
        return results

    def feelings(self, codes: Codes, count: int) -> Floats:
        """Probabilities of the eight feelings for ``count`` spelled texts (texts, 8)."""
        return self._felt(codes, count)[0]

    def _felt(self, codes: Codes, count: int) -> tuple[Floats, NDArray[np.bool_]]:
        """As ``feelings``, and which texts are outrage: the filters are better at that and say more."""
        logits = self.ngram_logits(slots_of_codes(codes, count))
        if self._filters is None:
            feelings = softmax(logits)
            return feelings, outraged(feelings)
        correction = self._filters.logits(codes, count) - logits
        return (
            softmax(logits + np.float32(self.mix) * correction),
            outraged(softmax(logits + np.float32(self._outrage_mix) * correction)),
        )

    def log_odds(self, texts: Sequence[str]) -> Floats:
        """Log-odds of the eight feelings by n-grams and filters together, not calibrated (texts, 8)."""
        found = [np.zeros((0, len(FEELINGS)), dtype=np.float32)]
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            codes = spelled(batch)
            logits = self.ngram_logits(slots_of_codes(codes, len(batch)))
            if self._filters is not None:
                logits += np.float32(self.mix) * (self._filters.logits(codes, len(batch)) - logits)
            found.append(logits)
        return np.concatenate(found)

    def ngram_logits(self, slots: Slots) -> Floats:
        """Log-odds of the eight feelings by the n-grams alone (texts, 8)."""
        doubled = self._doubled.take(slots.slots, axis=0, mode="clip")
        context = np.flatnonzero(slots.context)
        if len(context):
            doubled[context] = doubled.take(context, axis=0, mode="clip") >> 1  # CONTEXT_WEIGHT
        sums = np.add.reduceat(doubled, slots.starts[:-1], axis=0, dtype=np.int32)
        factors = self._length_factors[np.diff(slots.starts)]
        logits: Floats = sums.astype(np.float32) * factors[:, None] * self._unit
        return logits + self.offsets

    def ngram_weights(self, codes: Codes, slots: NDArray[np.int64]) -> Floats:
        """What each of ``slots`` adds to the log-odds of one spelled text that has them (slots, 8)."""
        own = slots_of_codes(codes, 1)
        context = np.isin(slots, own.slots[own.context])
        factors = np.where(context, np.float32(CONTEXT_WEIGHT), np.float32(1))
        factors *= (1 - self.mix) * self.calibration[0] * self._length_factors[len(own.slots)]
        weights: Floats = np.take(self._doubled, slots, axis=0) * self._unit * factors[:, None]
        return weights

    def calibrated(self, shares: Floats) -> Floats:
        """Calibrated probabilities of negative, neutral and positive (texts, 3)."""
        return calibrated(shares, self.calibration)

    def probabilities(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Labels (texts, 3) and emotions with disapproval (texts, 7), own words or not, all at once."""
        feelings, outrage = self._felt(spelled(texts), len(texts))
        return self.calibrated(label_shares(feelings)), emotion_shares(feelings, outrage)


def stored_filters(stored: StoredModel) -> Filters:
    """The networks of a model file, whatever their number, their filters' number and widths."""
    characters = stored.ints("characters")
    widths = [int(width) for width in stored.about["widths"].split()]
    networks = []
    for number in range(int(stored.about["networks"])):
        filters = {}
        for width in widths:
            bias = stored.any_floats(f"{number}.bias{width}")
            weights = stored.floats(f"{number}.filters{width}", width * FILTER_INPUT, len(bias))
            filters[width] = (weights, bias)
        answers = sum(len(bias) for _, bias in filters.values())
        networks.append(
            Network(
                stored.floats(f"{number}.embedding", len(characters) + FIRST_KNOWN, FILTER_INPUT),
                filters,
                stored.floats(f"{number}.feelings", answers, len(FEELINGS)),
                stored.floats(f"{number}.feelings_offsets", len(FEELINGS)),
            )
        )
    return Filters(characters, networks)


def calibrated(shares: Floats, calibration: Floats) -> Floats:
    """``shares`` (texts, 3) times ``calibration[0]`` and moved by the offsets after it, in log-odds; then
    ``sharpened`` by ``calibration[-1]``."""
    labels = softmax(np.log(shares + np.float32(1e-9)) * calibration[0] + calibration[1:-1])
    return sharpened(labels, calibration[-1])


def sharpened(labels: Floats, sharpness: np.float32) -> Floats:
    """``labels`` (texts, 3) with the log-odds of positive against negative times ``sharpness``.

    That changes how sure the model is, never what it says: a text whose likeliest label would change, or
    whether one is likelier than all else together, stays as it is.
    """
    odds = np.log((labels[:, 2] + np.float32(1e-9)) / (labels[:, 0] + np.float32(1e-9)))
    positive = 1 / (1 + np.exp(-sharpness * odds))
    either = labels[:, 0] + labels[:, 2]
    sharper: Floats = np.stack([either * (1 - positive), labels[:, 1], either * positive], axis=1)
    same = (labels.argmax(axis=1) == sharper.argmax(axis=1)) & np.all(
        (labels > EVEN_CHANCE) == (sharper > EVEN_CHANCE), axis=1
    )
    return np.where(same[:, None], sharper, labels)


def _has_own_words(text: str) -> bool:
    """As ``bool(own_words(text))``: six characters in a row before any mention are more than any
    share-button text has."""
    return bool(text) and (_PLAIN.match(text) is not None or bool(own_words(text)))


def load_model(path: Path, *, filters: bool = True) -> TextModel:
    """The model in a file, ``filters``: as in ``TextModel``.

    Raises:
        ModelError: there is none, or it is damaged or of another version.
    """
    stored = read_model(path)
    try:
        return TextModel(stored, filters=filters)
    except (ModelError, KeyError, IndexError, ValueError) as error:
        raise ModelError(f"{path} is a model of another version ({error}); train it with this one") from error


def ngram_model() -> TextModel:
    """The model that comes with this package, without its filters.

    Raises:
        ModelError: the installation lacks it.
    """
    return TextModel(_packaged(), filters=False)


def default_model(*, remembered: int = REMEMBERED) -> TextModel:
    """The model that comes with this package; ``remembered`` as in ``TextModel``.

    Raises:
        ModelError: the installation lacks it.
    """
    return TextModel(_packaged(), remembered=remembered)


def _packaged() -> StoredModel:
    with as_file(files("monitor.scoring") / "model" / "default.bin") as path:
        return read_model(path)
