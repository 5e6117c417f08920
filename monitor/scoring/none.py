"""Scoring switched off."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.scoring.port import NO_SENTIMENT, Sentiment


class NoScorer:
    """Gives every text ``NO_SENTIMENT``: volume is counted, feeling is not."""

    @property
    def model(self) -> str:
        """Name stored with every score."""
        return "none"

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        """One ``NO_SENTIMENT`` for each text."""
        return [NO_SENTIMENT] * len(texts)
