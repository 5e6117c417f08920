"""From a platform's own JSON to intake records; a new platform is one more adapter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from monitor.records import RejectedRecord


class SourceAdapter(Protocol):
    """Reads one message of a source."""

    @property
    def format(self) -> str:
        """The name under which settings, commands and dead letters know this adapter."""

    def records(self, raw: bytes) -> Sequence[bytes | RejectedRecord]:
        """The intake records (JSON) in a message; a rejection stands for what cannot be adapted."""


class RecordAdapter:
    """Messages that are one intake record each."""

    format = "record"

    def records(self, raw: bytes) -> Sequence[bytes | RejectedRecord]:
        """The message itself."""
        return (raw,)


class LinesAdapter:
    """Messages that hold one intake record or many, a line each (NDJSON)."""

    format = "lines"

    def records(self, raw: bytes) -> Sequence[bytes | RejectedRecord]:
        """The lines that are not blank; a message without any is itself what cannot be read."""
        if b"\n" not in raw:
            return (raw,)
        return [line for line in raw.split(b"\n") if line and not line.isspace()] or (raw,)
