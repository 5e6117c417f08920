"""Memory of recent ids: a record that its producer sent twice counts once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from hashlib import blake2b
from itertools import islice

Block = tuple[int, int]
"""So many ids, and the newest event time among them (milliseconds)."""


class RecentIds:
    """The last ``bound`` ids, as hashes of 64 bits; the oldest are forgotten first."""

    def __init__(self, bound: int, hashes: list[int] | None = None) -> None:
        self._bound = bound
        self._hashes: dict[int, None] = dict.fromkeys(hashes or ())

    def is_new(self, identity: str) -> bool:
        """Remember an id; False when it is among the recent ones."""
        number = id_hash(identity)
        if number in self._hashes:
            return False
        self._hashes[number] = None
        if len(self._hashes) > self._bound:
            for old in list(islice(self._hashes, len(self._hashes) - self._bound)):
                del self._hashes[old]
        return True

    def hashes(self) -> list[int]:
        """What is remembered, oldest first, for a snapshot."""
        return list(self._hashes)


class TimedIds:
    """The last ``bound`` ids and up to a twentieth more; tells which others may have been forgotten.

    Ids are forgotten in blocks, of each of which the newest event time is known. The same record has the same
    event time whenever it comes: one that is newer than everything forgotten was never seen.
    """

    def __init__(
        self, bound: int, hashes: Iterable[int] = (), blocks: Iterable[Block] = (), forgotten_until: int = -1
    ) -> None:
        self._bound = bound
        self._block = max(1, bound // 20)
        self._hashes: dict[int, None] = dict.fromkeys(hashes)
        self._blocks = deque(blocks)
        unknown = len(self._hashes) - sum(count for count, _ in self._blocks)
        if unknown:
            self._blocks.appendleft((unknown, -1))
        self.forgotten_until = forgotten_until
        """The newest event time of an id that was forgotten; -1 before any was."""

    def is_new(self, identity: str, at: int) -> bool:
        """Remember an id of an event time; False when it is among the recent ones."""
        number = id_hash(identity)
        if number in self._hashes:
            return False
        self._hashes[number] = None
        count, newest = self._blocks.pop() if self._blocks else (0, -1)
        if count >= self._block:
            self._blocks.append((count, newest))
            count, newest = 0, -1
        self._blocks.append((count + 1, max(newest, at)))
        while len(self._hashes) >= self._bound + self._block:
            self._forget()
        return True

    def may_be_forgotten(self, identity: str, at: int) -> bool:
        """Whether an id that is not among the recent ones may have been before."""
        return at <= self.forgotten_until and id_hash(identity) not in self._hashes

    def hashes(self) -> list[int]:
        """What is remembered, oldest first, for a snapshot."""
        return list(self._hashes)

    def blocks(self) -> list[Block]:
        """The blocks of ``hashes``, oldest first, for a snapshot."""
        return list(self._blocks)

    def _forget(self) -> None:
        count, newest = self._blocks.popleft()
        for old in list(islice(self._hashes, count)):
            del self._hashes[old]
        self.forgotten_until = max(self.forgotten_until, newest)


def id_hash(identity: str) -> int:
    """A hash of 64 bits."""
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "big")
