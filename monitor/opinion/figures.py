"""Figures: what was said on a watchlist and platform in one minute, in a form that merges.

A ``Figure`` counts whole numbers only (polarity and campaign weight in thousandths), so partial figures
merge in any order, on any number of partitions, to the same bytes. Its author sample is a bottom-k
sketch: of all author hashes the k smallest, each with exact sums. It gives the number of distinct people
(Beyer et al. 2007, unbiased k-minimum-values estimate) and one-person-one-voice shares, and stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from hashlib import blake2b
from heapq import nsmallest
from typing import Self, TypeVar

import msgspec

from monitor.records import KINDS, Kind
from monitor.scoring.port import EMOTIONS, LABELS, Emotion, Label

SAMPLE_SIZE = 256
MINUTE_MILLISECONDS = 60_000
_DAY_MILLISECONDS = 86_400_000
_MILLISECOND = timedelta(milliseconds=1)
_A_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
MINIMUM_PEOPLE = 5
"""What says how people feel is withheld where fewer stand behind it."""

CERTAIN, NEGATIVE, KNOWN, ANGRY = 1, 2, 4, 8
"""What a certain text says, as bits that join by ``|``: that it is one, and negative; that its emotion is
known, and anger."""

EVERYTHING = "all"
"""The watchlist that every record belongs to."""

HASH_SPACE = float(1 << 63)
_Key = TypeVar("_Key", bound=str)


class FigureKey(msgspec.Struct, frozen=True, gc=False, order=True, array_like=True):
    """What a figure is about; ``minute`` is the start of the minute of event time, milliseconds."""

    watchlist: str
    platform: str
    minute: int


class Voice(msgspec.Struct, gc=False, array_like=True):
    """What one author of the sample added: records, polarity and campaign weight (thousandths).

    ``said`` joins what their certain texts said (``CERTAIN`` and so on); figures of before know it not.
    """

    records: int = 0
    scored: int = 0
    polarity_milli: int = 0
    campaign_milli: int = 0
    said: int = 0


class Observation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one scored record adds to the figures of its watchlists."""

    platform: str
    at: int
    author: str
    kind: Kind
    label: Label
    polarity: float
    scored: bool
    uncertain: bool
    emotion: Emotion | None
    watchlists: tuple[str, ...]

    @property
    def said(self) -> int:
        """What the text says (``CERTAIN`` and so on); 0 of one that is not certain, or has no own words."""
        if self.uncertain or not self.scored:
            return 0
        said = CERTAIN | NEGATIVE if self.label == "negative" else CERTAIN
        if self.emotion is None:
            return said
        return said | KNOWN | ANGRY if self.emotion == "angry" else said | KNOWN


@lru_cache(maxsize=16_384)
def author_hash(author: str) -> int:
    """A uniform hash of an author's pseudonym in [0, 2**63)."""
    return int.from_bytes(blake2b(author.encode(), digest_size=8).digest(), "big") >> 1


def minute_of(at: int) -> int:
    """Start of the minute of an event time, milliseconds."""
    return at - at % MINUTE_MILLISECONDS


class Figure(msgspec.Struct, gc=False):
    """Mergeable counts of one key; all zero is the neutral element of ``merge``.

    ``labels`` counts certain texts only; ``uncertain`` texts whose label is not; ``unscored`` records
    without own words (or with scoring switched off). ``emotions`` counts certain texts of known emotion.
    """

    records: int = 0
    kinds: dict[Kind, int] = {}
    labels: dict[Label, int] = {}
    uncertain: int = 0
    unscored: int = 0
    emotions: dict[Emotion, int] = {}
    polarity_milli: int = 0
    campaign_milli: int = 0
    voices: dict[int, Voice] = {}
    truncated: bool = False

    def add(self, seen: Observation) -> None:
        """Count one record."""
        self.records += 1
        self.kinds[seen.kind] = self.kinds.get(seen.kind, 0) + 1
        voice = self._voice(seen.author)
        voice.records += 1
        if not seen.scored:
            self.unscored += 1
        elif seen.uncertain:
            self.uncertain += 1
        else:
            polarity = round(seen.polarity * 1000)
            self.labels[seen.label] = self.labels.get(seen.label, 0) + 1
            self.polarity_milli += polarity
            voice.scored += 1
            voice.polarity_milli += polarity
            voice.said |= seen.said
            if seen.emotion is not None:
                self.emotions[seen.emotion] = self.emotions.get(seen.emotion, 0) + 1
        self._bound()

    def weigh(self, author: str, change_milli: int) -> None:
        """Add to the campaign weight of one author's records."""
        self.campaign_milli += change_milli
        self._voice(author).campaign_milli += change_milli
        self._bound()

    def merge(self, other: Figure) -> None:
        """Add another partial figure of the same key (or of another minute, for a longer window)."""
        self.records += other.records
        self.uncertain += other.uncertain
        self.unscored += other.unscored
        self.polarity_milli += other.polarity_milli
        self.campaign_milli += other.campaign_milli
        self.truncated |= other.truncated
        _add_counts(self.kinds, other.kinds)
        _add_counts(self.labels, other.labels)
        _add_counts(self.emotions, other.emotions)
        for key, theirs in other.voices.items():
            ours = self.voices.setdefault(key, Voice())
            ours.records += theirs.records
            ours.scored += theirs.scored
            ours.polarity_milli += theirs.polarity_milli
            ours.campaign_milli += theirs.campaign_milli
            ours.said |= theirs.said
        self._bound()

    def _voice(self, author: str) -> Voice:
        return self.voices.setdefault(author_hash(author), Voice())

    def _bound(self) -> None:
        """Cut the sample once in a while: what is cut later than it might be changes no sum that stays."""
        if len(self.voices) > 2 * SAMPLE_SIZE:
            self._cut()

    def _cut(self) -> None:
        if len(self.voices) > SAMPLE_SIZE:
            self.truncated = True
            self.voices = {key: self.voices[key] for key in nsmallest(SAMPLE_SIZE, self.voices)}

    @property
    def people(self) -> float:
        """Distinct authors: exact while the sample holds all, then estimated (about 6% standard error).

        An estimate is never above the number of records, each of which has one author.
        """
        self._cut()
        if not self.truncated:
            return float(len(self.voices))
        return min((SAMPLE_SIZE - 1) * HASH_SPACE / max(self.voices), float(self.records))

    @property
    def speakers(self) -> float:
        """Distinct authors of a certain text, as exact as ``people``: those who say how they feel."""
        people = self.people
        heard = sum(voice.scored > 0 for voice in self.voices.values())
        return min(heard / max(1, len(self.voices)) * people, float(sum(self.labels.values())))

    @property
    def withheld(self) -> bool:
        """Whether how people feel is not to be shown: too few are known to have said it.

        Of a sample only those in it are known: an estimate might make many of one.
        """
        self._cut()
        return sum(voice.scored > 0 for voice in self.voices.values()) < MINIMUM_PEOPLE

    @property
    def emotions_withheld(self) -> bool:
        """The same of their emotions."""
        self._cut()
        return sum(voice.said & KNOWN > 0 for voice in self.voices.values()) < MINIMUM_PEOPLE

    @classmethod
    def of(cls, partials: Iterable[Figure]) -> Self:
        """The merge of any number of partial figures."""
        total = cls()
        for partial in partials:
            total.merge(partial)
        return total

    def canonical(self) -> bytes:
        """The same bytes for the same figure, however it came about."""
        self._cut()
        return msgspec.msgpack.encode(
            msgspec.structs.replace(
                self,
                kinds={kind: self.kinds[kind] for kind in KINDS if self.kinds.get(kind)},
                labels={label: self.labels[label] for label in LABELS if self.labels.get(label)},
                emotions={mood: self.emotions[mood] for mood in EMOTIONS if self.emotions.get(mood)},
                voices=dict(sorted(self.voices.items())),
            )
        )

    @classmethod
    def decode(cls, stored: bytes) -> Figure:
        """Read ``canonical`` bytes."""
        return _DECODER.decode(stored)


def by_window(
    figures: Iterable[tuple[FigureKey, Figure]], length: int, zone: tzinfo
) -> list[tuple[FigureKey, Figure]]:
    """Figures merged into windows of ``length`` milliseconds by the clocks of ``zone``, in order.

    Windows are aligned to the midnight on which a week begins: a day to midnight, a week to Monday. A day on
    which clocks change is an hour longer or shorter.
    """
    windows: dict[FigureKey, Figure] = {}
    for key, figure in figures:
        window = FigureKey(key.watchlist, key.platform, window_start(key.minute, length, zone))
        windows.setdefault(window, Figure()).merge(figure)
    return sorted(windows.items(), key=lambda one: (one[0].minute, one[0].platform))


def window_start(at: int, length: int, zone: tzinfo) -> int:
    """Where the window of ``length`` milliseconds around a moment begins, by the clocks of ``zone``."""
    local = datetime.fromtimestamp(at / 1000, zone)
    shown = (local.replace(tzinfo=UTC) - _A_MONDAY) // _MILLISECOND
    behind = shown % length
    if length < _DAY_MILLISECONDS:
        return at - behind
    start = (_A_MONDAY + timedelta(milliseconds=shown - behind)).replace(tzinfo=zone)
    return round(start.timestamp() * 1000)


_DECODER = msgspec.msgpack.Decoder(Figure)


def _add_counts(ours: dict[_Key, int], theirs: dict[_Key, int]) -> None:
    for key, count in theirs.items():
        ours[key] = ours.get(key, 0) + count
