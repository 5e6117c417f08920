"""SnowNLP as shipped, for reference, and its sentiment weights over a much faster segmenter.

SnowNLP's sentiment is a naive Bayes classifier of two classes over words, learnt from shopping reviews.
It knows neither *neutral* nor emotions: ``label`` is the likelier of negative and positive, and a text it
gives less than ``UNCERTAIN_BELOW`` either way is uncertain. Both scorers look at the author's own words.
"""

from __future__ import annotations

import gzip
import marshal
import math
import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path

import rjieba

from monitor.errors import ModelError
from monitor.scoring.port import NO_SENTIMENT, Sentiment
from monitor.text import own_words

UNCERTAIN_BELOW = 0.6
_LARGEST_LOGIT = 30.0
_RUNS = re.compile(r"[\u4e00-\u9fa5]+|[^\s\u4e00-\u9fa5]+")


class SnowNlpScorer:
    """SnowNLP as shipped: some 400 short posts a second, and two seconds to import."""

    def __init__(self) -> None:
        from snownlp import SnowNLP  # noqa: PLC0415 - importing it reads every model it has

        self._snownlp: Callable[[str], object] = SnowNLP
        self._model = f"snownlp-{version('snownlp')}"

    @property
    def model(self) -> str:
        """``snownlp-`` and the version of the package."""
        return self._model

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        """One result for each text."""
        return [self._score(own_words(text)) for text in texts]

    def positive(self, text: str) -> float:
        """SnowNLP's probability that ``text``, whole and not empty, is positive."""
        snow = self._snownlp(text)
        return float(getattr(snow, "sentiments"))  # noqa: B009 - the package has no types

    def _score(self, own: str) -> Sentiment:
        return _sentiment(self.positive(own)) if own else NO_SENTIMENT


class FastSnowNlpScorer:
    """SnowNLP's sentiment weights over ``rjieba``: the same decision wherever both cut a text alike."""

    def __init__(self) -> None:
        self._prior, self._unknown, self._weights = _read_weights()
        self._model = f"snownlp-fast-{version('snownlp')}"

    @property
    def model(self) -> str:
        """``snownlp-fast-`` and the version of the package the weights come from."""
        return self._model

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        """One result for each text."""
        return [self._score(own_words(text)) for text in texts]

    def _score(self, own: str) -> Sentiment:
        if not own:
            return NO_SENTIMENT
        runs = _RUNS.findall(own)
        words = [run for run in runs if not "\u4e00" <= run[0] <= "\u9fa5"]
        words += rjieba.cut(" ".join(run for run in runs if "\u4e00" <= run[0] <= "\u9fa5"))
        logit = self._prior + sum(map(self._weights.get, words, repeat(self._unknown)))
        return _sentiment(1.0 / (1.0 + math.exp(-max(-_LARGEST_LOGIT, min(_LARGEST_LOGIT, logit)))))


def _sentiment(positive: float) -> Sentiment:
    confidence = max(positive, 1.0 - positive)
    return Sentiment(
        polarity=2.0 * positive - 1.0,
        label="positive" if positive >= 0.5 else "negative",
        confidence=confidence,
        uncertain=confidence < UNCERTAIN_BELOW,
    )


def _read_weights() -> tuple[float, float, dict[str, float]]:
    """Log-odds of positive: before any word, of a word never seen, and of each word; stop words have 0."""
    found = find_spec("snownlp")
    if found is None or found.origin is None:
        raise ModelError("snownlp is not installed, so its weights cannot be read; install it")
    package = Path(found.origin).parent
    path = package / "sentiment" / "sentiment.marshal.3"
    try:
        stored = marshal.loads(gzip.decompress(path.read_bytes()))  # noqa: S302 - a file of an installed package
        stop_words = (package / "normal" / "stopwords.txt").read_text("utf-8").splitlines()
        negative, positive = stored["d"]["neg"], stored["d"]["pos"]
        negatives: dict[str, int] = negative["d"]
        positives: dict[str, int] = positive["d"]
        prior = math.log(positive["total"] / negative["total"])
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"{path}: not the weights of snownlp 0.12 ({error}); install snownlp again"
        ) from error
    weights = {
        word: math.log(positives.get(word, 1) / negatives.get(word, 1)) - prior
        for word in positives.keys() | negatives.keys()
    }
    weights.update(dict.fromkeys((word.strip() for word in stop_words), 0.0))
    weights[" "] = 0.0
    return prior, -prior, weights
