"""The distinct texts of one object, and how a new text finds the most similar of them.

A text is found by the grams of its beginning and end (``Words.names``); where two texts have a gram in common
the later holds it. The index from grams to texts is made when it is first asked, since most objects are never
asked again: it can be told from the texts, which know the names they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack, unpack

import msgspec


class Text(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A distinct text, the group it is in, and the names it holds: 32 bits each, in order."""

    group: int
    own: str
    names: bytes


class Texts(msgspec.Struct, gc=False):
    """Texts by key (``Words.key``); ``_holders`` says who holds a name, or nothing before it is asked."""

    known: dict[int, Text] = {}
    _holders: dict[int, int] | None = None

    def copy(self) -> Texts:
        """The texts as they are now; what happens to either does not change the other."""
        return Texts(self.known.copy())

    def alike(self, names: Iterable[int]) -> list[Text]:
        """The texts that hold any of the names."""
        holders = self._index()
        return [self.known[key] for key in {holders[name] for name in names if name in holders}]

    def add(self, key: int, group: int, own: str, names: Iterable[int]) -> None:
        """Take in a new text; from now on it holds these names."""
        holders = self._index()
        lost: dict[int, set[int]] = {}
        names = tuple(dict.fromkeys(names))
        for name in names:
            holder = holders.get(name)
            if holder is not None:
                lost.setdefault(holder, set()).add(name)
            holders[name] = key
        for holder, gone in lost.items():
            text = self.known[holder]
            left = (name for name in _names(text) if name not in gone)
            self.known[holder] = Text(text.group, text.own, _packed(left))
        self.known[key] = Text(group, own, _packed(names))

    def forget(self, key: int) -> None:
        """Forget a text and the names it holds."""
        text = self.known.pop(key)
        if self._holders is not None:
            for name in _names(text):
                del self._holders[name]

    def _index(self) -> dict[int, int]:
        if self._holders is None:
            self._holders = {name: key for key, text in self.known.items() for name in _names(text)}
        return self._holders


def _packed(names: Iterable[int]) -> bytes:
    held = tuple(names)
    return pack(f"<{len(held)}I", *held)


def _names(text: Text) -> tuple[int, ...]:
    return unpack(f"<{len(text.names) // 4}I", text.names)
