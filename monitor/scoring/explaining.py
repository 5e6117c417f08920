"""Why a text scored as it did: how much each word moved the odds of positive against negative."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from itertools import accumulate
from typing import NamedTuple

import msgspec
import numpy as np

from monitor.scoring.characters import CHAIN, LINK, MENTION, spelled
from monitor.scoring.feelings import HAPPY, NEGATIVE_PLACES, Floats
from monitor.scoring.model import TextModel, default_model
from monitor.scoring.names import NAME
from monitor.scoring.ngrams import located
from monitor.scoring.port import Sentiment
from monitor.text import own_words

_MARKS = {CHAIN: "//@", MENTION: "@", LINK: "http", NAME: "○"}
_WHOLE = re.compile(r"(\[[^\[\]\s]{1,8}\]|//@|http)")


class Part(msgspec.Struct, frozen=True):
    """A word of the text as the model reads it, and by how much it moves the log-odds of positive
    against negative: above zero towards positive."""

    text: str
    weight: float


class Explanation(msgspec.Struct, frozen=True):
    """A score and the words behind it, in the order of the text.

    ``sentiment`` is what the pipeline stores. A word's weight is the part its n-grams have in the n-gram
    half of the model, at the odds of this text, each n-gram shared evenly by its characters. ``rest`` is
    what no word has: offsets, calibration, and the filters' say. A text without own words has no parts: what
    others wrote along its chain moved no score.
    """

    sentiment: Sentiment
    parts: tuple[Part, ...]
    rest: float

    def strongest(self, count: int = 8) -> list[Part]:
        """The parts that moved the score most, the strongest first, each word once."""
        sums: dict[str, float] = defaultdict(float)
        for part in self.parts:
            sums[part.text] += part.weight
        ranked = sorted(sums.items(), key=lambda item: (-abs(item[1]), item[0]))
        return [Part(text, weight) for text, weight in ranked[:count] if text.strip()]


class _Weighed(NamedTuple):
    readable: str
    weights: list[float]


def explain(text: str, model: TextModel | None = None) -> Explanation:
    """Why ``text`` scores as it does by ``model``, or by the one that comes with this package.

    Raises:
        ModelError: the packaged model cannot be read.
    """
    model = model or default_model()
    sentiment = model.score([text])[0]
    if not own_words(text):
        return Explanation(sentiment, (), 0.0)
    labels, _ = model.probabilities([text])
    total = math.log(float(labels[0, 2]) + 1e-9) - math.log(float(labels[0, 0]) + 1e-9)
    weighed = _weighed(text, model)
    words = _words(weighed.readable)
    ends = list(accumulate(map(len, words)))
    parts = tuple(
        Part(word, sum(weighed.weights[end - len(word) : end])) for word, end in zip(words, ends, strict=True)
    )
    return Explanation(sentiment, parts, total - sum(part.weight for part in parts))


def _words(readable: str) -> list[str]:
    """``readable`` cut into words; an emoticon and a mark are one each."""
    import rjieba  # noqa: PLC0415 - importing it reads a dictionary

    pieces = _WHOLE.split(readable)  # what is whole stands at the odd places
    cut = [[piece] if place % 2 else rjieba.cut(piece) for place, piece in enumerate(pieces)]
    return [word for words in cut for word in words]


def _weighed(text: str, model: TextModel) -> _Weighed:
    """The text as the model reads it, a weight for each character."""
    codes = spelled([text])
    ngrams = located(codes)
    direction = _direction(model.feelings(codes, 1)[0])
    slots = np.array([ngram.slot for ngram in ngrams], dtype=np.int64)
    moved = (model.ngram_weights(codes, slots) @ direction).tolist()
    times: dict[int, int] = defaultdict(int)
    for ngram in ngrams:
        times[ngram.slot] += 1
    weights = [0.0] * len(codes)
    for ngram, weight in zip(ngrams, moved, strict=True):
        places = [
            place for place in range(ngram.start, ngram.start + ngram.length) if 0 < place < len(codes) - 1
        ]
        for place in places:
            weights[place] += weight / times[ngram.slot] / len(places)
    inner = codes[1:-1].tolist()
    readable = [_MARKS.get(code, chr(code)) for code in inner]
    spread = [
        weight / len(piece) for piece, weight in zip(readable, weights[1:-1], strict=True) for _ in piece
    ]
    return _Weighed("".join(readable), spread)


def _direction(feelings: Floats) -> Floats:
    """How the log-odds of positive against negative move with the log-odds of each feeling."""
    direction = np.zeros(len(feelings), dtype=np.float32)
    direction[HAPPY] = 1.0
    negative = feelings[NEGATIVE_PLACES]
    direction[NEGATIVE_PLACES] = -negative / max(float(negative.sum()), 1e-9)
    return direction
