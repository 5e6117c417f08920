"""A watch that is quiet lies as its own encoding, a tenth of its size as objects; snapshots hold the same.

A record that is both among an object's latest and in a group is written once and named by its place. What
can be told from the rest is left out: a group's own words are its first text's.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from monitor.campaigns.life import Campaign
from monitor.campaigns.texts import Text, Texts
from monitor.campaigns.watch import Watch
from monitor.campaigns.window import Group, ObjectWindow, Seen


class _PackedGroup(msgspec.Struct, gc=False, array_like=True):
    """A ``Group``; ``seen`` are places among the packed records."""

    name: int
    size: int
    rarity: float
    quoted: float
    keys: list[int]
    seen: list[int]
    born: int
    count: int
    look: int


class _PackedWatch(msgspec.Struct, gc=False, array_like=True):
    """A ``Watch`` and its window; ``ring`` are places among ``records``."""

    object: str
    is_cascade: bool
    root: tuple[str, str, int, int]
    records: list[Seen]
    ring: list[int]
    groups: list[_PackedGroup]
    texts: list[tuple[int, Text]]
    outlines: bytearray
    sizes: bytearray
    cascades: dict[str, int]
    suspect: list[tuple[int, int]]
    next_group: int
    last_at: int
    total: int
    weight: int
    kept: int
    campaign: Campaign | None
    stirred: bool
    ended: dict[str, int]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_PackedWatch)


class _Places:
    """The place of each record among those that are written."""

    def __init__(self, records: Iterable[Seen]) -> None:
        self.records = list(records)
        self._places = {id(seen): place for place, seen in enumerate(self.records)}

    def of(self, records: Iterable[Seen]) -> list[int]:
        places = self._places
        try:
            return [places[id(seen)] for seen in records]
        except KeyError:
            return self._with_new(records)

    def _with_new(self, records: Iterable[Seen]) -> list[int]:
        places = self._places
        found = []
        for seen in records:
            place = places.get(id(seen))
            if place is None:
                place = places[id(seen)] = len(self.records)
                self.records.append(seen)
            found.append(place)
        return found


def pack(watch: Watch) -> bytes:
    """The watch as bytes, from which ``unpack`` makes its equal."""
    window = watch.window
    places = _Places(window.ring)
    ring = list(range(len(window.ring)))
    groups = [
        _PackedGroup(
            name,
            group.size,
            group.rarity,
            group.quoted,
            group.keys,
            places.of(group.seen),
            group.born,
            group.count,
            group.look,
        )
        for name, group in window.groups.items()
    ]
    return _ENCODER.encode(
        _PackedWatch(
            window.object,
            window.is_cascade,
            (window.root_own, window.root_author, window.root_at, window.root_followers),
            places.records,
            ring,
            groups,
            list(window.texts.known.items()),
            window.texts.outlines,
            window.texts.sizes,
            window.cascades,
            window.suspect,
            window.next_group,
            window.last_at,
            window.total,
            window.weight,
            window.kept,
            watch.campaign,
            watch.stirred,
            watch.ended,
        )
    )


def unpack(packed: bytes) -> Watch:
    """The watch that was packed."""
    stored = _DECODER.decode(packed)
    record = stored.records.__getitem__
    texts = dict(stored.texts)
    groups = {
        one.name: Group(
            texts[one.keys[0]].own,
            one.size,
            one.rarity,
            one.quoted,
            one.keys,
            list(map(record, one.seen)),
            0,
            one.born,
            one.count,
            one.look,
        )
        for one in stored.groups
    }
    own, author, at, followers = stored.root
    window = ObjectWindow(
        stored.object,
        ring=list(map(record, stored.ring)),
        groups=groups,
        texts=Texts.of(texts, stored.outlines, stored.sizes),
        cascades=stored.cascades,
        root_own=own,
        root_author=author,
        root_at=at,
        root_followers=followers,
        is_cascade=stored.is_cascade,
        suspect=stored.suspect,
        next_group=stored.next_group,
        last_at=stored.last_at,
        total=stored.total,
        weight=stored.weight,
        kept=stored.kept,
    )
    return Watch(window, stored.campaign, stored.stirred, stored.ended)
