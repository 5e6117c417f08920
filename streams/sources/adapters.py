"""From a platform's own JSON to intake records; a new platform is one more adapter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from monitor.records import RejectedRecord
from streams.sources.weibo import SinaWeiboApi


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


_ADAPTERS: dict[str, SourceAdapter] = {"record": RecordAdapter(), "sina_weibo_api": SinaWeiboApi()}


def adapter_names() -> tuple[str, ...]:
    """The formats that can be read."""
    return tuple(_ADAPTERS)


def adapter_named(name: str) -> SourceAdapter:
    """The adapter of a format; one of ``adapter_names``."""
    return _ADAPTERS[name]
