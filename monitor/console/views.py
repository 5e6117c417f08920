"""What pages and the API show, as types. Times are event time in milliseconds unless said otherwise.

What says how people feel, and how many they are, is ``None`` ("withheld") where fewer than
``MINIMUM_PEOPLE`` stand behind it.
"""

from __future__ import annotations

import msgspec

from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Finding, Judgement, LivePrecision
from monitor.campaigns.port import CampaignRevision, CampaignState, Evidence, Interval, Level, TextGroup
from monitor.console.search_state import SearchState
from monitor.documents import Document
from monitor.index.port import Bucket, FoundCampaign
from monitor.scoring.corrections import Correction


class RecordView(msgspec.Struct, frozen=True):
    """A found record: where the words stand in its text (characters [start, end)), how many of the query's
    records have the same text (``copies``, itself included), and its reach (``monitor.index.facts``).
    """

    document: Document
    campaigns: tuple[FoundCampaign, ...]
    highlights: tuple[tuple[int, int], ...]
    copies: int
    reach: int


class SearchPage(msgspec.Struct, frozen=True):
    """One page of hits; ``cursor`` is None on the last."""

    records: tuple[RecordView, ...]
    cursor: str | None


class Series(msgspec.Struct, frozen=True):
    """Counts by time: buckets of ``interval_seconds``; those without records are left out."""

    interval_seconds: int
    buckets: tuple[Bucket, ...]


class SearchOverview(msgspec.Struct, frozen=True):
    """What the whole search finds. ``exact`` speaks of ``texts`` and ``people`` (else "about").

    ``facets`` are by field: platform, kind, sentiment, emotion, watchlist, campaign; sentiment and
    emotion are empty where ``withheld``, emotion also where ``emotions_withheld``. ``oldest`` and ``newest``
    bound the event times found.
    """

    records: int
    texts: int
    people: int | None
    exact: bool
    withheld: bool
    emotions_withheld: bool
    facets: dict[str, tuple[Bucket, ...]]
    histogram: Series
    oldest: int | None
    newest: int | None


class WordWeight(msgspec.Struct, frozen=True):
    """A word of a text, and by how much it moves the score towards positive (above 0) or negative."""

    text: str
    weight: float


class Cascade(msgspec.Struct, frozen=True):
    """What hangs on one post. ``root`` and ``parent`` (what the record answers) are None where they are not
    stored; ``first`` is the earliest stored record of the cascade.
    """

    id: str
    root: RecordView | None
    parent: RecordView | None
    first: RecordView | None
    records: int
    people: int | None
    series: Series


class RecordPage(msgspec.Struct, frozen=True):
    """One record with why it scored so (the strongest words), its cascade, and how people labelled it,
    oldest first.
    """

    record: RecordView
    why: tuple[WordWeight, ...]
    cascade: Cascade
    corrections: tuple[Correction, ...] = ()


class CampaignRow(msgspec.Struct, frozen=True):
    """A campaign in the list; ``finding`` is the judgement that holds. ``began_at`` is its first record,
    ``opened_at`` when it was noticed (both event time).
    """

    id: str
    level: Level
    state: CampaignState
    score: float
    targets: tuple[str, ...]
    began_at: int
    opened_at: int
    last_seen_at: int
    closed_at: int | None
    accounts: int
    records: int
    example: str
    finding: Finding | None


class CampaignList(msgspec.Struct, frozen=True):
    """Campaigns, the latest opening first; ``cursor`` is None on the last page."""

    campaigns: tuple[CampaignRow, ...]
    cursor: str | None


class Stretch(msgspec.Struct, frozen=True):
    """Part of a target's time: all its records, and those of the campaign."""

    start: int
    records: int
    members: int


class Timeline(msgspec.Struct, frozen=True):
    """A target with the campaign on it; stretches without records are left out.

    ``members`` are the campaign's records on this target, all of them shown, of its ``all_members`` on all
    targets (a record may be on several); ``targets`` has how many are on each, most first. ``intervals`` are
    when it acted here. ``ordinary`` is what is usual: the median of the target's own records in stretches of
    this length without the campaign, before it and beside it; None where there are too few to say.
    """

    target: str
    interval_seconds: int
    stretches: tuple[Stretch, ...]
    ordinary: float | None
    members: int
    all_members: int
    targets: tuple[Bucket, ...]
    intervals: tuple[Interval, ...]


class AccountRow(msgspec.Struct, frozen=True):
    """A pseudonym of a campaign: its records there, and in how many other campaigns it acted with others of
    this one (``together``).
    """

    author: str
    records: int
    together: int


class CampaignPage(msgspec.Struct, frozen=True):
    """The evidence of one campaign, and what people judged of it (oldest first).

    ``joint`` lists other campaigns that share accounts: id and how many. ``began_at`` is the event time of
    its first record.
    """

    revision: CampaignRevision
    began_at: int
    root: RecordView | None
    timeline: Timeline
    groups: tuple[TextGroup, ...]
    accounts: tuple[AccountRow, ...]
    joint: tuple[Bucket, ...]
    signals: tuple[Evidence, ...]
    against: tuple[Evidence, ...]
    judgements: tuple[Judgement, ...]
    precision: LivePrecision


class AlertRow(msgspec.Struct, frozen=True):
    """An incident as its latest event says, with the search that shows the records behind it."""

    alert: Alert
    records: SearchState


class AlertList(msgspec.Struct, frozen=True):
    """Incidents, the one that changed last first. ``cursor`` is None on the last page; a page before it may
    be short.
    """

    alerts: tuple[AlertRow, ...]
    cursor: str | None


class IncidentPage(msgspec.Struct, frozen=True):
    """One incident: its latest event, the search of its records, of those that speak as its rule says
    (negative, angry; None for other rules), and all its events, oldest first.
    """

    alert: Alert
    records: SearchState
    telling: SearchState | None
    events: tuple[Alert, ...]


class PeopleNegative(msgspec.Struct, frozen=True):
    """Who speaks negatively: the share ``raw`` of certain texts, ``value`` of people apart from campaigns.

    ``low`` and ``high`` are its interval of 95%; ``people`` stand behind it; ``provisional``: a campaign may
    still claim records of it.
    """

    raw: float
    value: float
    low: float
    high: float
    people: float
    provisional: bool


class WallSubject(msgspec.Struct, frozen=True):
    """One watchlist in the wall's window. ``sentiment`` counts certain texts by label, and ``uncertain``;
    None where withheld. ``negative`` is None where too few people can be heard.
    """

    watchlist: str
    records: int
    people: int | None
    sentiment: dict[str, int] | None
    negative: PeopleNegative | None
    campaign_share: float
    series: Series
    last_at: int | None


class Freshness(msgspec.Struct, frozen=True):
    """A source and the event time of its newest record; ``idle`` when that is long ago (``IDLE_SECONDS``)."""

    platform: str
    last_at: int | None
    idle: bool


class Wall(msgspec.Struct, frozen=True):
    """The big screen: event time [start, end); ``now`` is wall time.

    ``campaigns`` are the gravest of the ``active_campaigns`` that go on. ``alerts`` are incidents by their
    latest event: those that go on, whenever they began, before those that ended in this time; ``more_alerts``
    says that there are more of them.
    """

    now: int
    start: int
    end: int
    subjects: tuple[WallSubject, ...]
    campaigns: tuple[CampaignRow, ...]
    active_campaigns: int
    alerts: tuple[Alert, ...]
    more_alerts: bool
    sources: tuple[Freshness, ...]
