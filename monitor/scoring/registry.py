"""Scorers by the name an operator gives them in the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.errors import ModelError
from monitor.scoring.model import default_model, load_model, ngram_model
from monitor.scoring.none import NoScorer
from monitor.scoring.port import SentimentScorer


def _snownlp() -> SentimentScorer:
    from monitor.scoring.snownlp import SnowNlpScorer  # noqa: PLC0415 - importing it reads a dictionary

    return SnowNlpScorer()


def _fast_snownlp() -> SentimentScorer:
    from monitor.scoring.snownlp import FastSnowNlpScorer  # noqa: PLC0415 - importing it reads a dictionary

    return FastSnowNlpScorer()


_SCORERS: Mapping[str, Callable[[], SentimentScorer]] = {
    "default": default_model,
    "ngrams": ngram_model,
    "none": NoScorer,
    "snownlp": _snownlp,
    "snownlp-fast": _fast_snownlp,
}
SCORER_NAMES = tuple(_SCORERS)
TAKES_A_FILE = frozenset({"default", "ngrams"})


def scorer(name: str, file: Path | None = None) -> SentimentScorer:
    """The scorer called ``name``, with its weights loaded; ``file``: a model in place of the packaged one.

    Raises:
        ModelError: no scorer has this name, it takes no file, or its weights cannot be read.
    """
    build = _SCORERS.get(name)
    if build is None:
        raise ModelError(f"there is no sentiment model {name!r}; choose one of {', '.join(SCORER_NAMES)}")
    if file is None:
        return build()
    if name not in TAKES_A_FILE:
        raise ModelError(
            f"sentiment model {name!r} takes no model file ({file}); name it with default or ngrams"
        )
    return load_model(file, filters=name == "default")
