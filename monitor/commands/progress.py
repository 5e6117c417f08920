"""Progress of long work on standard error: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from streams.embedded import BatchReport, Tally

_PLAIN_SECONDS = 10.0


class Progress:
    """Follows committed batches; a context manager around the work."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._total = Tally()
        self._campaigns = 0
        self._newest = 0
        self._began = self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._began = self._said = time.monotonic()
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def batch(self, report: BatchReport) -> None:
        """Take note of one committed batch."""
        self._total += report.tally
        self._campaigns += sum(revision.revision == 1 for revision in report.revisions)
        if report.documents:
            self._newest = max(self._newest, *(one.created_at for one in report.documents))
        if self._console.is_terminal:
            self._live.update(Text(self._line(), no_wrap=True, overflow="ellipsis"))
        elif time.monotonic() - self._said >= _PLAIN_SECONDS:
            self._said = time.monotonic()
            self._console.print(self._line(), highlight=False, soft_wrap=True)

    def _line(self) -> str:
        seconds = max(time.monotonic() - self._began, 1e-6)
        newest = datetime.fromtimestamp(self._newest / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        set_aside = "".join(
            f", {count:,} {name}"
            for count, name in (
                (self._total.duplicates, "duplicates"),
                (self._total.dead_lettered, "dead letters"),
            )
            if count
        )
        return (
            f"{self._total.received:,} records ({self._total.received / seconds:,.0f}/s), up to {newest}, "
            f"{self._campaigns} campaigns opened{set_aside}"
        )
