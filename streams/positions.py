"""How far each source has been taken in: what is not above the highest position was seen before."""

from __future__ import annotations

from monitor.documents import SourcePosition

MAXIMUM_SOURCES = 512
"""Sources remembered; the one begun first is forgotten first. More than a journal can hold (256 batches)."""

Step = tuple[int, int, int]
"""Offset of the message, index of the record in it, ordinal of the sighting in the record."""


class Positions:
    """The highest step taken of each source; bounded, and the same for the same steps."""

    def __init__(self, highest: dict[str, Step] | None = None) -> None:
        self._highest = highest or {}

    def advance(self, position: SourcePosition, ordinal: int) -> bool:
        """Move up to this step; False when it was taken before."""
        step = (position.offset, position.index, ordinal)
        taken = self._highest.get(position.source)
        if taken is not None and step <= taken:
            return False
        if taken is None and len(self._highest) >= MAXIMUM_SOURCES:
            del self._highest[next(iter(self._highest))]
        self._highest[position.source] = step
        return True

    def steps(self) -> dict[str, Step]:
        """The highest step of each source, for a snapshot."""
        return dict(self._highest)
