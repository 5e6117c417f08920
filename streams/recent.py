"""Memory of recent ids: a record that its producer sent twice counts once."""

from __future__ import annotations

from hashlib import blake2b
from itertools import islice


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


def id_hash(identity: str) -> int:
    """A hash of 64 bits."""
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "big")
