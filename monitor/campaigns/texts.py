"""The distinct texts of one object, and how a new text finds the most similar of them.

A text is found by the grams of its beginning and end (``Words.names``); where two texts have a gram in common
the later holds it. The index from grams to texts is made when it is first asked, since most objects are never
asked again: it can be told from the texts, which know the names they hold. It goes when that is settled.
Most texts that have a gram in common are far from near: their outlines tell, without reading them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache, reduce
from operator import or_
from struct import Struct

import msgspec

from monitor.campaigns.words import read

_OUTLINE_BITS = 512
_BITS = tuple(1 << place for place in range(_OUTLINE_BITS))


class Text(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A distinct text, the group it is in, and the names it holds: 32 bits each, in order."""

    group: int
    own: str
    names: bytes


class Texts(msgspec.Struct, gc=False):
    """Texts by key (``Words.key``); ``_holders`` says who holds a name, or nothing before it is asked.

    ``_lost`` has names that went over to later texts, but are still among those of the text that lost them:
    most texts are forgotten before anybody asks.
    """

    _known: dict[int, Text] = {}
    _holders: dict[int, int] | None = None
    _lost: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def copy(self) -> Texts:
        """The texts as they are now; what happens to either does not change the other."""
        return Texts(self._known.copy(), None, {key: lost.copy() for key, lost in self._lost.items()})

    def known(self) -> dict[int, Text]:
        """All texts, each with the names that it holds."""
        for key, lost in self._lost.items():
            text = self._known[key]
            gone = set(lost)
            left = [name for name in _names(text) if name not in gone]
            self._known[key] = Text(text.group, text.own, _packed(left))
        self._lost.clear()
        return self._known

    def find(self, key: int) -> Text | None:
        """The text of a key, if it is known."""
        return self._known.get(key)

    def holders(self, names: Iterable[int]) -> dict[int, int]:
        """Those of the names that are held, each with the key of the text that holds it."""
        if not self._known:
            return {}
        holders = self._index()
        return {name: holders[name] for name in names if name in holders}

    def alike(self, held: Mapping[int, int]) -> list[Text]:
        """The texts that hold names."""
        return [self._known[key] for key in set(held.values())]

    def add(self, key: int, group: int, own: str, names: Iterable[int], held: Mapping[int, int]) -> None:
        """Take in a new text; from now on it holds these names, of which others ``held`` some."""
        for name, loser in held.items():
            self._lost.setdefault(loser, []).append(name)
        holds = dict.fromkeys(names, key)
        if self._known:
            self._index().update(holds)
        else:
            self._holders = None
        self._known[key] = Text(group, own, _packed(holds))

    def forget(self, key: int) -> None:
        """Forget a text and the names it holds."""
        text = self._known.pop(key)
        self._lost.pop(key, None)
        holders = self._holders
        if holders is not None:
            for name in _names(text):
                if holders.get(name) == key:
                    del holders[name]

    def rest(self) -> None:
        """Let the index go, a quarter of an object's memory, until it is asked again."""
        self._holders = None

    def _index(self) -> dict[int, int]:
        if self._holders is None:
            holders = self._holders = {}
            for key, text in self.known().items():
                holders.update(dict.fromkeys(_names(text), key))
        return self._holders


@lru_cache(maxsize=32_768)
def outline(own: str) -> int:
    """A bit for each gram of a text (Bloom 1970), of which two grams may have one."""
    return reduce(or_, map(_BITS.__getitem__, map((_OUTLINE_BITS - 1).__and__, read(own).grams)), 0)


def _packed(names: Collection[int]) -> bytes:
    return _layout(len(names)).pack(*names)


def _names(text: Text) -> tuple[int, ...]:
    return _layout(len(text.names) // 4).unpack(text.names)


@cache
def _layout(count: int) -> Struct:
    return Struct(f"<{count}I")
