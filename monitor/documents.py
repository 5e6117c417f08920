"""A scored record, as it is indexed and found again. Nothing in it names an author."""

from __future__ import annotations

from typing import Literal

import msgspec

from monitor.records import Kind
from monitor.scoring.port import LABELS, Emotion, Label

SentimentName = Label | Literal["uncertain", "unscored"]
SENTIMENTS: tuple[SentimentName, ...] = (*LABELS, "uncertain", "unscored")
"""What a record is counted as: see ``sentiment_of``."""


class SourcePosition(msgspec.Struct, frozen=True, gc=False, array_like=True, order=True):
    """Where a record came from: the one idempotency key of the pipeline.

    ``source`` names a partition of an input: a Kafka topic and partition, or one reading of a file, as
    ``file#reading``. ``offset`` is the message in it, ``index`` the record in the message. Positions of one
    source are ordered.
    """

    source: str
    offset: int
    index: int

    @property
    def place(self) -> str:
        """Where the input lies, the same for every reading of a file."""
        origin, _, reading = self.source.rpartition("#")
        return f"{origin or reading}:{self.offset}:{self.index}"


class Document(msgspec.Struct, frozen=True, gc=False):
    """One record after scoring.

    ``id`` is ``platform:id``; ``root`` and ``parent`` likewise. ``author`` is a pseudonym;
    ``official`` the registered name when the author is an official account. ``created_at`` is event
    time in milliseconds since the epoch. ``targets`` are the objects that the record is about.
    """

    id: str
    platform: str
    kind: Kind
    root: str
    author: str
    text: str
    created_at: int
    polarity: float
    label: Label
    confidence: float
    uncertain: bool
    model: str
    position: SourcePosition
    parent: str | None = None
    official: str | None = None
    verified: bool | None = None
    followers: int | None = None
    location: str | None = None
    source: str | None = None
    url: str | None = None
    reposts: int | None = None
    comments: int | None = None
    likes: int | None = None
    emotion: Emotion | None = None
    watchlists: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


def sentiment_of(document: Document) -> SentimentName:
    """The label when it is certain; ``uncertain``; or ``unscored``, of a record without words of its own."""
    if document.confidence == 0:
        return "unscored"
    return "uncertain" if document.uncertain else document.label


class DeadLetter(msgspec.Struct, frozen=True, gc=False):
    """Input that is no record: the reason, the original bytes (base64 in JSON) and where it was.

    ``id`` is derived from its place and bytes, so the same input read again is the same dead letter.
    ``format`` names the adapter that read the input, so that it can be replayed.
    """

    id: str
    reason: str
    sentence: str
    raw: bytes
    position: SourcePosition
    format: str = "record"
