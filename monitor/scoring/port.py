"""What the pipeline asks of a sentiment scorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
Emotion = Literal["angry", "fear", "happy", "neutral", "sad", "surprise"]
EMOTIONS: tuple[Emotion, ...] = ("angry", "fear", "happy", "neutral", "sad", "surprise")


class Sentiment(msgspec.Struct, frozen=True, gc=False):
    """How one text feels.

    ``polarity`` is in [-1, 1]; ``label`` the most likely of the three classes; ``confidence`` the
    probability behind it, in [0, 1], less where nobody could be sure. ``uncertain`` texts are counted
    apart, never as neutral.
    ``emotion`` is None where the scorer knows none.
    """

    polarity: float
    label: Label
    confidence: float
    uncertain: bool
    emotion: Emotion | None = None


NO_SENTIMENT = Sentiment(0.0, "neutral", 0.0, uncertain=True)
"""The score of a text without own words: nothing is known, nothing is counted."""


class SentimentScorer(Protocol):
    """Scores texts in batches; the same text always gets the same score, whatever stands beside it."""

    @property
    def model(self) -> str:
        """Name and version stored with every score, such as ``snownlp-0.12.3``."""

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        """Score whole texts as posted (repost chains, mentions and brackets included), one result each."""
