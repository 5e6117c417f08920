"""What staff say of a record's sentiment where the model is wrong. Plain functions over the search port."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Protocol

from monitor.errors import QueryError
from monitor.index.port import OpinionReader
from monitor.language import message
from monitor.scoring.corrections import CORRECTED_LABELS, CorrectedLabel, Correction


class CorrectionWriter(Protocol):
    """Where corrections go; when a call returns they are kept, and found by the next look-up."""

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Store corrections by id."""


class CorrectionDesk:
    """Correcting labels. ``index()`` gives the reader that the calling thread may use."""

    def __init__(
        self,
        index: Callable[[], OpinionReader],
        writer: CorrectionWriter,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._index = index
        self._writer = writer
        self._clock = clock

    def correct(self, judge: str, record: str, label: CorrectedLabel) -> Correction:
        """Keep how a person reads a record.

        Raises:
            QueryError: no such label, no such record, or a record without words.
        """
        if label not in CORRECTED_LABELS:
            raise QueryError(
                message("{value} cannot be judged; choose one of {known}"),
                value=label,
                known=", ".join(CORRECTED_LABELS),
            )
        hit = self._index().get(record)
        if hit is None:
            raise QueryError(message("there is no record {id}"), id=record)
        document = hit.document
        if not document.text.strip():
            raise QueryError(message("the record has no words of its own; there is no sentiment to correct"))
        at = int(self._clock() * 1000)
        correction = Correction(
            id=blake2b(f"{record}|{judge}|{at}".encode(), digest_size=12).hexdigest(),
            record=record,
            label=label,
            judge=judge,
            at=at,
            model=document.model,
            model_label=document.label,
            uncertain=document.uncertain,
        )
        self._writer.put_corrections([correction])
        return correction
