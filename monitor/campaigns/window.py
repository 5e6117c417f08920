"""What is remembered of one object: its latest records in event-time order, and its texts in groups.

A text joins the group of an equal text, or of one that shares nearly half of its grams. Words of the root do
not count, so that quoting it makes nobody alike, nor do those that everybody uses. Texts that nobody repeats
are forgotten with their record, repeated ones stay longer: what is forgotten first is what says least.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from functools import lru_cache
from zlib import crc32

import msgspec

from monitor.campaigns.background import Background
from monitor.campaigns.port import Sighting
from monitor.campaigns.texts import ROUNDING, Texts
from monitor.campaigns.words import (
    NEAR_COSINE,
    NEAR_SHARED,
    Words,
    first_hashtag,
    grams_of,
    overlap,
    read,
    telling,
    without_hashtags,
)

RING = 240
"""Records remembered of an object."""
GROUP_RECORDS = 160
"""Records remembered of a group, and its texts."""
REPEATED_GROUPS = 120
KEPT, TEXTS, KEPT_LEAST = 2_400, 1_200, 3
"""Records and texts remembered of all groups; beyond, those repeated least recently keep so many each."""
_USUAL_CHARACTERS = 256
HORIZON_MS = 86_400_000
LATENESS_MS = 600_000
"""Records of one object may come so much out of order."""
FAR_MS = HORIZON_MS // 2
FAR_ACCOUNTS = 3
"""So many accounts must write before an object's clock moves further than ``FAR_MS`` at once: one record with
a wrong date makes an object forget nothing.
"""
SAME_CASCADE = 2
"""Records of one cascade that count on any other object: a cascade judges its own.

So does a hashtag, which sees who else speaks under it: of its records so many count where equal texts meet.
"""
_QUOTE_DISCOUNT = 0.75
_NONE: frozenset[int] = frozenset()


class Seen(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One record; ``group`` is -1 without own words, ``form`` names the exact string, ``key`` the text.

    ``weight`` is 1, or more when its words and names are long.
    """

    at: int
    record: str
    author: str
    group: int
    key: int
    form: int
    bare: str
    button: bool
    client: str | None
    followers: int | None
    registered_at: int | None
    cascade: str
    weight: int = 1


class Group(msgspec.Struct, gc=False):
    """Texts that are the same or nearly so.

    ``rarity`` in [0, 1] says how telling a repeat is, ``quoted`` which share of it the root says too.
    ``count`` of them came, of which the latest are ``seen``; ``born`` is how many records the object had when
    the first did; ``look`` is at which count they are worth a look again. ``owner`` is the version of the
    window that may change the group; others hold it too.
    """

    own: str
    size: int
    rarity: float
    quoted: float
    keys: list[int]
    seen: list[Seen]
    owner: int
    born: int
    count: int = 0
    look: int = 0


class ObjectWindow(msgspec.Struct, gc=False):
    """The memory of one object, in plain data.

    ``is_cascade`` tells a cascade from a text, hashtag, link or account; ``total`` counts all records;
    ``suspect`` holds the latest times at which a campaign was at work; ``version`` tells copies apart that
    share groups. ``weight`` is that of the ring, ``kept`` counts the records of all groups.
    """

    object: str
    ring: list[Seen] = []
    groups: dict[int, Group] = {}
    texts: Texts = msgspec.field(default_factory=Texts)
    cascades: dict[str, int] = {}
    root_own: str = ""
    root_author: str = ""
    root_at: int = 0
    root_followers: int = 0
    is_cascade: bool = False
    suspect: list[tuple[int, int]] = []
    next_group: int = 0
    last_at: int = 0
    total: int = 0
    version: int = 0
    weight: int = 0
    kept: int = 0

    @property
    def held(self) -> int:
        """How much is remembered, in records: those of the ring, and those of groups beyond."""
        return self.weight + max(0, self.kept - RING)

    @property
    def is_text(self) -> bool:
        """Whether near-equal texts of different objects meet here."""
        return not self.is_cascade and self.object.startswith("text:")

    def copy(self) -> ObjectWindow:
        """The window as it is now; what happens to either does not change the other.

        Groups are shared until one of the two changes them.
        """
        version, self.version = self.version + 2, self.version + 1
        return msgspec.structs.replace(
            self,
            ring=self.ring.copy(),
            groups=self.groups.copy(),
            texts=self.texts.copy(),
            cascades=self.cascades.copy(),
            version=version,
        )

    def until(self, at: int) -> list[Seen]:
        """The ring up to ``at`` and what came late then; what is dated later does not count yet."""
        ring, end = self.ring, at + LATENESS_MS
        if not ring or ring[-1].at <= end:
            return ring
        return ring[: bisect_right(ring, end, key=_time)]

    def take_root(self, root: Sighting, background: Background) -> None:
        """Learn what the object's own root says; it is the publisher's record, not a reader's.

        Texts that came before it, or before it said something else, are compared by other grams from now on.
        """
        changed, self.root_own = self.root_own != root.own, root.own
        self.root_author, self.root_at, self.root_followers = root.author, root.at, root.followers or 0
        if changed and len(self.texts):
            known, self.texts = self.texts.known, Texts()
            for key, text in known.items():
                grams = self._telling(text.own, background.usual)
                self._know(key, text.group, text.own, grams, begins=self.groups[text.group].keys[0] == key)

    def add(self, sighting: Sighting, background: Background) -> Seen | None:
        """Remember a record; None when its cascade has had its say here, or it is too late to matter."""
        cascade = self._judged_elsewhere(sighting)
        if cascade and self.cascades.get(cascade, 0) >= SAME_CASCADE:
            return None
        group, key, form = -1, 0, 0
        if sighting.own:
            words = read(sighting.own)
            key, form = words.key, crc32(self._as_written(sighting.own).encode("utf-8", "surrogatepass"))
            group = self._group_of(sighting.own, words, background)
        seen = Seen(
            sighting.at,
            sighting.record,
            sighting.author,
            group,
            key,
            form,
            sighting.bare,
            sighting.button,
            _shared(sighting.client),
            sighting.followers,
            sighting.registered_at,
            cascade,
            _weight(sighting),
        )
        if cascade:
            self.cascades[cascade] = self.cascades.get(cascade, 0) + 1
        _insert(self.ring, seen)
        self.total += 1
        self.weight += seen.weight
        if group >= 0:
            own = self.groups[group]
            if own.owner != self.version:
                own = self._changeable(group)
            own.count += 1
            _insert(own.seen, seen)
            self.kept += 1
            if len(own.seen) > GROUP_RECORDS:
                del own.seen[0]
                self.kept -= 1
            if self.kept > KEPT or len(self.texts) > TEXTS:
                self._thin()
        self._advance(seen)
        if len(self.ring) > RING or self.ring[0].at < self.last_at - HORIZON_MS:
            self._expire()
        if len(self.groups) > RING + REPEATED_GROUPS:
            self._drop_repeated()
        return seen if group < 0 or group in self.groups else None

    def _advance(self, seen: Seen) -> None:
        """Move the clock; far only when several accounts have written there, be it forwards or back."""
        if self.last_at and abs(seen.at - self.last_at) > FAR_MS:
            beyond = min(seen.at, self.last_at) + FAR_MS
            authors = {one.author for one in self.ring[bisect_right(self.ring, beyond, key=_time) :]}
            forward = seen.at > self.last_at
            if forward == (len(authors) >= FAR_ACCOUNTS):
                self.last_at = seen.at
        elif seen.at > self.last_at:
            self.last_at = seen.at

    def _changeable(self, name: int) -> Group:
        """A group that only this window holds."""
        group = self.groups[name]
        if group.owner != self.version:
            group = self.groups[name] = msgspec.structs.replace(
                group, keys=group.keys.copy(), seen=group.seen.copy(), owner=self.version
            )
        return group

    def _judged_elsewhere(self, sighting: Sighting) -> str:
        """The cascade (where equal texts meet: or hashtag) that sees the record among its own."""
        if sighting.cascade == self.object:
            return ""
        if sighting.cascade == sighting.record and self.is_text:
            tag = first_hashtag(sighting.own)
            return f"#{tag}" if tag else sighting.cascade
        return sighting.cascade

    def _as_written(self, own: str) -> str:
        """What tells copies of a text apart: the exact string, of original posts but for its hashtags.

        Who puts one text before many eyes changes the hashtag; that is no way of dressing a slogan.
        """
        return own if self.is_cascade else without_hashtags(own)

    def is_suspect(self, seen: Seen) -> bool:
        """Whether a campaign was at work here then: such records do not teach what is ordinary."""
        return any(start <= seen.at <= end for start, end in self.suspect)

    def _group_of(self, own: str, words: Words, background: Background) -> int:
        text = self.texts.find(words.key)
        if text is not None:
            return text.group
        unsaid = self._unsaid(words.grams)
        grams = telling(unsaid, background.usual)
        group = self._nearest(grams, background.usual)
        begins = group < 0
        if begins:
            group = self.next_group
            self.next_group += 1
            quoted = (len(words.grams) - len(unsaid)) / len(words.grams) if words.grams else 0.0
            rarity = background.rarity(words) * (1.0 - _QUOTE_DISCOUNT * quoted)
            self.groups[group] = Group(own, words.size, rarity, quoted, [], [], self.version, self.total)
        keys = self._changeable(group).keys
        keys.append(words.key)
        self._know(words.key, group, own, grams, begins=begins)
        if len(keys) > GROUP_RECORDS:
            self.texts.forget(keys.pop(1))
        return group

    def _know(self, key: int, group: int, own: str, grams: frozenset[int], *, begins: bool) -> None:
        """Remember a text with its telling grams, for others to be compared with."""
        is_compared = len(grams) >= NEAR_SHARED and (begins or not self.is_text)
        self.texts.add(key, group, own, grams if is_compared else _NONE)

    def _nearest(self, grams: frozenset[int], usual: frozenset[int]) -> int:
        """The group of the text most similar to one that has these telling grams, or -1.

        Whatever meets under a text signature has something in common already, so there it must be near
        the group's first text: a chain of likenesses would join everybody.
        """
        best, closest = -1, NEAR_COSINE
        if len(grams) < NEAR_SHARED:
            return best
        for most, text in self.texts.candidates(grams):
            if most < closest - ROUNDING:
                break
            shared, cosine = overlap(grams, self._telling(text.own, usual))
            if shared < NEAR_SHARED or cosine < closest:
                continue
            if best < 0 or (cosine, -text.group) > (closest, -best):
                best, closest = text.group, cosine
        return best

    def _expire(self) -> None:
        ring = self.ring
        oldest = self.last_at - HORIZON_MS
        while len(ring) > RING or ring[0].at < oldest:
            gone = ring.pop(0)
            self.weight -= gone.weight
            if gone.cascade:
                self._leave_cascade(gone.cascade)
            group = self.groups.get(gone.group)
            if group is not None and len(group.seen) <= 1:
                self._drop(gone.group)
            if not ring:
                return

    def _leave_cascade(self, cascade: str) -> None:
        left = self.cascades[cascade] - 1
        if left:
            self.cascades[cascade] = left
        else:
            del self.cascades[cascade]

    def _drop_repeated(self) -> None:
        """Forget the repeated group that was not repeated for longest."""
        in_ring = {seen.group for seen in self.ring}
        away = (name for name in self.groups if name not in in_ring)
        self._drop(min(away, key=lambda name: (self.groups[name].seen[-1].at, name)))

    def _drop(self, name: int) -> None:
        group = self.groups.pop(name)
        self.kept -= len(group.seen)
        for key in group.keys:
            self.texts.forget(key)

    def _thin(self) -> None:
        """Keep only the latest of the groups repeated least recently, until a quarter is free."""
        groups = self.groups
        for name in sorted(groups, key=lambda name: (groups[name].seen[-1].at, name)):
            if self.kept <= KEPT * 3 // 4 and len(self.texts) <= TEXTS * 3 // 4:
                return
            group = self._changeable(name)
            spare = max(0, len(group.seen) - KEPT_LEAST)
            del group.seen[:spare]
            self.kept -= spare
            for key in group.keys[1 : 1 - KEPT_LEAST]:
                self.texts.forget(key)
            del group.keys[1 : 1 - KEPT_LEAST]

    def _telling(self, own: str, usual: frozenset[int]) -> frozenset[int]:
        """The grams by which a text is compared here."""
        return telling(self._unsaid(read(own).grams), usual)

    def _unsaid(self, grams: frozenset[int]) -> frozenset[int]:
        """Grams that the root does not already say."""
        return grams - grams_of(self.root_own) if self.root_own else grams


def _insert(ordered: list[Seen], seen: Seen) -> None:
    """Insert in order of event time, then of record; the usual record is the newest."""
    if not ordered or ordered[-1].at < seen.at or _moment(ordered[-1]) <= _moment(seen):
        ordered.append(seen)
    else:
        insort(ordered, seen, key=_moment)


def _moment(seen: Seen) -> tuple[int, str]:
    return seen.at, seen.record


def _time(seen: Seen) -> int:
    return seen.at


@lru_cache(maxsize=1024)
def _shared(client: str | None) -> str | None:
    """The same string for the same client, so that it is held once."""
    return client


def _weight(sighting: Sighting) -> int:
    characters = len(sighting.own) + len(sighting.record) + len(sighting.author) + len(sighting.cascade)
    return 1 + (characters + len(sighting.client or "")) // _USUAL_CHARACTERS
