"""SnowNLP as something to evaluate, beside our own models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitor.scoring.feelings import Floats
from monitor.scoring.snownlp import UNCERTAIN_BELOW, SnowNlpScorer


class SnowNlpJudge:
    """SnowNLP as shipped, on whole texts; it knows negative and positive only."""

    threshold = UNCERTAIN_BELOW

    def __init__(self) -> None:
        self._scorer = SnowNlpScorer()

    @property
    def model(self) -> str:
        """Name and version."""
        return self._scorer.model

    def probabilities(self, texts: Sequence[str]) -> tuple[Floats, Floats | None]:
        """Labels (texts, 3), neutral always 0; no emotions."""
        positive = np.array([self._scorer.positive(text) for text in texts], dtype=np.float32)
        return np.stack([1 - positive, np.zeros_like(positive), positive], axis=1), None
