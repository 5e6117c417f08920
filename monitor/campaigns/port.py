"""What goes into campaign detection and what comes out.

A ``Sighting`` says that an account wrote something about an object at a moment. It cannot carry
sentiment, emotion, watchlist or official status: the detector is blind to opinion by its type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from monitor.records import Kind

CampaignState = Literal["open", "closed", "merged"]
Level = Literal["blue", "yellow", "orange", "red"]
LEVELS: tuple[Level, ...] = ("blue", "yellow", "orange", "red")
"""IV to I, from the least to the gravest."""


class Sighting(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One record as seen from one object it is about.

    ``object`` is ``platform:id`` (a cascade), ``#tag``, ``link:…``, ``account:…`` or ``text:…``;
    ``author`` a pseudonym; ``own`` the author's own words (empty for a plain repost);
    ``record`` the record's identity ``platform:id``; ``at`` event time in milliseconds since the epoch.
    ``followers`` and ``registered_at`` (milliseconds) are facts about the author, where the platform told
    them. The sighting of a cascade whose ``record`` is the ``object`` is the root itself, so its author
    is the publisher. ``cascade`` is the cascade the record hangs on, whatever the object; ``bare`` the exact
    string of a record without own words (empty, or the text a share button left); ``button`` says that the
    text carries a client's tail, or a title with a link, as share buttons write.
    """

    object: str
    author: str
    own: str
    kind: Kind
    record: str
    at: int
    client: str | None = None
    followers: int | None = None
    registered_at: int | None = None
    cascade: str = ""
    bare: str = ""
    button: bool = False


class Interval(msgspec.Struct, frozen=True, gc=False):
    """When a campaign acted on one target; event time in milliseconds since the epoch."""

    target: str
    start: int
    end: int


class Membership(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One record belongs to a campaign with a probability in thousandths (0 takes it out again)."""

    record: str
    campaign: str
    revision: int
    probability_milli: int


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One reason for or against a campaign: a value in [0, 1] and a sentence in Chinese and English."""

    name: str
    value: float
    zh: str
    en: str
    source: str


class TextGroup(msgspec.Struct, frozen=True, gc=False):
    """Records of a campaign with the same or nearly the same own words (empty: plain reposts).

    ``accounts`` are at least so many: some thousand are told apart, and on each target by itself.
    """

    text: str
    records: int
    accounts: int


class Moment(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A while of a target: all its records, and the campaign's.

    ``start`` is event time in milliseconds. It is ten ``minutes`` long, or more where a campaign lasts.
    """

    start: int
    records: int
    members: int
    minutes: int = 10


class Details(msgspec.Struct, frozen=True, gc=False):
    """What the evidence page of a campaign shows beside its figures.

    ``accounts`` are pseudonyms, the first to join first, at most 200; where there are more, ``sketch``
    (``distinct.sketch_of``) is of all. ``phrases`` name its rarer texts; both are for the join of targets.
    ``publisher`` is the author of the target's root where it was seen. Beside ``groups`` there are
    ``more_groups`` (two hundred are told apart on a target), beside the campaign's targets ``more_targets``.
    ``usual`` is how many records the target had in ten minutes before the campaign (None: not known),
    ``voice`` how many since the campaign's first, its own included (0: it has no target but its own words).
    """

    signals: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    groups: tuple[TextGroup, ...] = ()
    timeline: tuple[Moment, ...] = ()
    accounts: tuple[str, ...] = ()
    phrases: tuple[int, ...] = ()
    publisher: str = ""
    more_groups: int = 0
    usual: float | None = None
    voice: int = 0
    sketch: bytes = b""
    more_targets: int = 0


class CampaignRevision(msgspec.Struct, frozen=True):
    """One revision of a campaign; the id is fixed at opening, the highest revision holds.

    Times are event time in milliseconds since the epoch; ``score`` and the values of ``signals`` and
    ``against`` lie in [0, 1]. ``members`` are the memberships that are new or changed in this revision.
    """

    id: str
    revision: int
    state: CampaignState
    level: Level
    score: float
    targets: tuple[str, ...]
    opened_at: int
    last_seen_at: int
    closed_at: int | None
    accounts: int
    records: int
    signals: dict[str, float]
    against: dict[str, float]
    intervals: tuple[Interval, ...]
    examples: tuple[str, ...]
    members: tuple[Membership, ...] = ()
    merged_into: str | None = None
    details: Details = Details()

    @property
    def began_at(self) -> int:
        """Event time of its first record; it was opened later, when there was evidence enough."""
        return min((one.start for one in self.intervals), default=self.opened_at)

    @property
    def was_taken_back(self) -> bool:
        """Whether the order of event time did not bear it out, so that it ended without a record."""
        return self.state == "closed" and not self.records

    @property
    def stands(self) -> bool:
        """Whether it is a campaign of its own: neither part of another nor taken back."""
        return self.state != "merged" and not self.was_taken_back


class CampaignDetector(Protocol):
    """Watches the sightings of one slot, in order of arrival, in bounded memory.

    It reads no clock: windows run on the event time of each object.
    """

    def see(self, sighting: Sighting) -> Sequence[CampaignRevision]:
        """Take one sighting; the revisions it causes (mostly none)."""

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""


class CampaignJoiner(Protocol):
    """Joins what one campaign does on several objects, downstream of all slots."""

    def see(self, revision: CampaignRevision) -> Sequence[CampaignRevision]:
        """Take one revision of a campaign on one object; the joined campaigns it changes."""

    def snapshot(self) -> bytes:
        """The whole state; ``restore(snapshot())`` continues exactly where it was."""

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's."""
