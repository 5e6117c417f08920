"""How far partitions have come, so that what is joined downstream has one order.

``score`` ends each batch with a mark in every partition of the sightings: up to which offset of which
source it goes. ``detect`` passes marks on after the revisions that they cause. The joiner takes a revision
when every partition has passed its position: so revisions of one source are joined in the order of its
records, on any number of partitions and workers, as in one process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from streams.handling import Arrived
from streams.stages import Revised

Marks = dict[int, dict[str, int]]
"""By partition of the sightings, the offset of each source up to which it has come."""

_SOURCES = msgspec.json.Decoder(dict[str, int])
_MARKS = msgspec.json.Decoder(Marks)


def source_marks(messages: Iterable[Arrived]) -> bytes:
    """The mark of a batch: the last offset of each source in it."""
    return msgspec.json.encode({f"{one.topic}/{one.partition}": one.offset for one in messages})


def partition_marks(messages: Sequence[Arrived]) -> bytes:
    """The marks that messages of sightings carry, by their partition; empty without any."""
    marks: Marks = {}
    for message in messages:
        if message.upto:
            marks.setdefault(message.partition, {}).update(_SOURCES.decode(message.upto))
    return msgspec.json.encode(marks) if marks else b""


class Ordered:
    """Holds revisions back until every partition has passed their position."""

    def __init__(
        self, partitions: int, marks: Mapping[int, dict[str, int]] | None = None, held: Sequence[Revised] = ()
    ) -> None:
        self._partitions = partitions
        self.marks: Marks = {number: dict(sources) for number, sources in (marks or {}).items()}
        self.held: list[Revised] = list(held)

    def add(self, revised: Sequence[Revised], upto: bytes) -> None:
        """Take the revisions of a message and the marks that come behind them."""
        self.held.extend(revised)
        if upto:
            for number, sources in _MARKS.decode(upto).items():
                known = self.marks.setdefault(number, {})
                for source, offset in sources.items():
                    known[source] = max(offset, known.get(source, -1))

    def release(self) -> list[Revised]:
        """Those that every partition has passed, in the order of their steps."""
        reached: dict[str, int] = {}
        ready: list[Revised] = []
        left: list[Revised] = []
        for one in self.held:
            source = one.position.source
            if source not in reached:
                reached[source] = min(
                    self.marks.get(number, {}).get(source, -1) for number in range(self._partitions)
                )
            (ready if one.position.offset <= reached[source] else left).append(one)
        self.held = left
        return sorted(ready, key=lambda one: (one.position, one.ordinal))
