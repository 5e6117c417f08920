"""A scorer whose model can be exchanged while it runs, between batches and never within one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.errors import ModelError
from monitor.scoring.port import Sentiment, SentimentScorer


class ReloadableScorer:
    """Scores with the model loaded last; ``request_reload`` may be called from a signal handler."""

    def __init__(self, load: Callable[[], SentimentScorer]) -> None:
        """``load`` reads the model anew each time; it is called once here.

        Raises:
            ModelError: the model cannot be read.
        """
        self._load = load
        self._scorer = load()
        self._requested = False

    @property
    def model(self) -> str:
        """Name and version of the model in use; it changes only in ``reload_if_requested``."""
        return self._scorer.model

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        """One result for each text, all by one model."""
        return self._scorer.score(texts)

    def request_reload(self) -> None:
        """Ask for the model to be read again before the next batch."""
        self._requested = True

    def reload_if_requested(self) -> bool:
        """Between batches: read the model again if that was asked for; whether it was exchanged.

        Raises:
            ModelError: the new one cannot be read; the old one stays in use.
        """
        if not self._requested:
            return False
        self._requested = False
        before = self._scorer.model
        try:
            self._scorer = self._load()
        except ModelError as error:
            raise ModelError(f"the model in use stays {before}: {error}") from error
        return self._scorer.model != before
