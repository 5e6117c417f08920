"""What an agent has fetched and not yet taken, bounded by number and by size."""

from __future__ import annotations

import asyncio
from typing import Any


class Inbox(asyncio.Queue[tuple[int, Any]]):
    """Events with their epoch, in order; full at so many events or so many bytes of them.

    The last event may reach beyond the bytes: one that is larger than all of them comes in alone. Small
    messages wait by the hundred where an agent falls behind, so that its next batch costs less for each;
    large ones do not, so that no batch keeps the loop busy for long.
    """

    def __init__(self, max_messages: int, max_bytes: int) -> None:
        super().__init__(max_messages)
        self._max_bytes = max_bytes
        self._bytes = 0

    def full(self) -> bool:
        """Whether nothing more fits in."""
        return super().full() or self._bytes >= self._max_bytes

    def _put(self, item: tuple[int, Any]) -> None:
        self._bytes += _size(item[1])
        super()._put(item)

    def _get(self) -> tuple[int, Any]:
        item: tuple[int, Any] = super()._get()
        self._bytes -= _size(item[1])
        return item


def _size(event: Any) -> int:  # noqa: ANN401 - Faust's event
    return len(event.value or b"")
