"""What people say a text feels where the model said otherwise, and labelled lines made of it.

A correction changes no figure and no stored score: it stands beside the score, and a model may learn from it
(``model train --extra``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from monitor.scoring.port import Label

CorrectedLabel = Literal["negative", "neutral", "positive", "cannot_tell"]
CORRECTED_LABELS: tuple[CorrectedLabel, ...] = get_args(CorrectedLabel)
_POLARITIES: dict[CorrectedLabel, Literal[-1, 0, 1]] = {"negative": -1, "neutral": 0, "positive": 1}


class Correction(msgspec.Struct, frozen=True, gc=False):
    """One person's label for one record (``platform:id``).

    ``judge`` is the account of the console; ``at`` wall time in milliseconds since the epoch; ``model``,
    ``model_label`` and ``uncertain`` are those of the score that was corrected.
    """

    id: str
    record: str
    label: CorrectedLabel
    judge: str
    at: int
    model: str
    model_label: Label
    uncertain: bool


class CorrectedLine(msgspec.Struct, frozen=True):
    """A labelled line (``monitor.scoring.labelled``) with where it comes from; nobody is named."""

    text: str
    polarity: Literal[-1, 0, 1]
    id: str
    model: str
    model_label: Label


def latest(corrections: Iterable[Correction]) -> list[Correction]:
    """The correction that holds for each record: the last."""
    last: dict[str, Correction] = {}
    for one in sorted(corrections, key=lambda one: (one.at, one.id)):
        last[one.record] = one
    return list(last.values())


def corrected_line(correction: Correction, text: str) -> CorrectedLine | None:
    """The labelled line of a correction; None where there is nothing to learn (no text, *cannot tell*)."""
    polarity = _POLARITIES.get(correction.label)
    if polarity is None or not text.strip():
        return None
    return CorrectedLine(text, polarity, correction.record, correction.model, correction.model_label)
