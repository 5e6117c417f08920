"""What is stored in Elasticsearch, as types: the sources of documents, figures and dead letters."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from monitor.campaigns.port import CampaignRevision, CampaignState, Level, Membership
from monitor.documents import DeadLetter, Document, SourcePosition, sentiment_of
from monitor.index.facts import author_key, reach_of, text_key
from monitor.index.port import FoundCampaign, Hit, TermsField
from monitor.opinion.figures import Figure, FigureKey
from monitor.records import Kind
from monitor.scoring.port import Emotion, Label

PEOPLE_FLOOR = 5
"""Fewer people than this are not counted where dashboards look."""


class Held(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A stored membership: also one that was taken out (0), since its revision still guards the order."""

    campaign: str
    revision: int
    probability_milli: int


class StoredDocument(Document, frozen=True, gc=False, omit_defaults=True):
    """A document with what it is found by.

    ``sentiment`` is what ``sentiment_of`` says; ``campaigns`` those that hold it now;
    ``reach``, ``text_key`` and ``author_key`` as ``monitor.index.facts`` says; ``traits`` has the values of
    ``TRAITS``.
    """

    sentiment: str = ""
    campaigns: tuple[str, ...] = ()
    memberships: tuple[Held, ...] = ()
    reach: int = 0
    text_key: int = -1
    author_key: int = -1
    traits: str = ""


TRAITS: tuple[TermsField, ...] = ("platform", "kind", "sentiment", "emotion")
"""Fields of few values, one each, that are counted together."""
_BETWEEN = "|"


def traits_of(platform: str, kind: str, sentiment: str, emotion: str | None) -> str:
    """A document's traits as one value."""
    return _BETWEEN.join((platform, kind, sentiment, emotion or ""))


def read_traits(value: str) -> dict[TermsField, str]:
    """The traits of a value; a trait that is not known is left out."""
    known = zip(TRAITS, value.rsplit(_BETWEEN, len(TRAITS) - 1), strict=True)
    return {field: trait for field, trait in known if trait}


_DOCUMENT_FIELDS = len(Document.__struct_fields__)


def store_document(document: Document) -> StoredDocument:
    """The source of a new document."""
    sentiment = sentiment_of(document)
    return StoredDocument(
        **msgspec.structs.asdict(document),
        sentiment=sentiment,
        reach=reach_of(document),
        text_key=text_key(document),
        author_key=author_key(document),
        traits=traits_of(document.platform, document.kind, sentiment, document.emotion),
    )


def hit_of(source: object) -> Hit:
    """A found document with its campaigns, most probable first."""
    stored = msgspec.convert(source, StoredDocument)
    document = Document(*msgspec.structs.astuple(stored)[:_DOCUMENT_FIELDS])
    held = sorted(
        (-held.probability_milli, held.campaign) for held in stored.memberships if held.probability_milli > 0
    )
    return Hit(document, tuple(FoundCampaign(campaign, -negative) for negative, campaign in held))


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """The part of a document that its campaign weight needs."""

    platform: str
    author: str
    created_at: int
    position: SourcePosition
    watchlists: tuple[str, ...] = ()
    memberships: tuple[Held, ...] = ()

    @property
    def weight_milli(self) -> int:
        """The highest probability of its campaigns, thousandths."""
        return max((held.probability_milli for held in self.memberships), default=0)


WEIGHED_FIELDS = list(Weighed.__struct_fields__)


def join(held: Iterable[Held], changes: Iterable[Membership]) -> tuple[Held, ...]:
    """Memberships after changes; an older or equal revision of a campaign changes nothing."""
    now = {one.campaign: one for one in held}
    for change in changes:
        known = now.get(change.campaign)
        if known is None or known.revision < change.revision:
            now[change.campaign] = Held(change.campaign, change.revision, change.probability_milli)
    return tuple(now[campaign] for campaign in sorted(now))


class MembershipChange(msgspec.Struct, frozen=True, gc=False):
    """The partial document that sets memberships."""

    campaigns: tuple[str, ...]
    memberships: tuple[Held, ...]

    @classmethod
    def to(cls, memberships: tuple[Held, ...]) -> MembershipChange:
        """The change to these memberships."""
        return cls(tuple(one.campaign for one in memberships if one.probability_milli > 0), memberships)


class StoredFigure(msgspec.Struct, frozen=True, gc=False):
    """A figure: counts that dashboards read, and ``body``, the whole of it.

    ``people`` is left out below ``PEOPLE_FLOOR``; ``speakers``, who wrote the texts that ``labels`` counts,
    where how they feel is not to be shown. ``campaign_records`` is ``campaign_milli`` in whole records.
    """

    watchlist: str
    platform: str
    minute: int
    records: int
    uncertain: int
    unscored: int
    polarity_milli: int
    campaign_milli: int
    campaign_records: float
    kinds: dict[Kind, int]
    labels: dict[Label, int]
    emotions: dict[Emotion, int]
    people: float | None
    speakers: float | None
    body: bytes

    @classmethod
    def of(cls, key: FigureKey, figure: Figure) -> StoredFigure:
        """The source of a figure."""
        people = figure.people
        return cls(
            watchlist=key.watchlist,
            platform=key.platform,
            minute=key.minute,
            records=figure.records,
            uncertain=figure.uncertain,
            unscored=figure.unscored,
            polarity_milli=figure.polarity_milli,
            campaign_milli=figure.campaign_milli,
            campaign_records=figure.campaign_milli / 1_000,
            kinds=figure.kinds,
            labels=figure.labels,
            emotions=figure.emotions,
            people=people if people >= PEOPLE_FLOOR else None,
            speakers=None if figure.withheld else figure.speakers,
            body=figure.canonical(),
        )


class _FigureBody(msgspec.Struct, frozen=True):
    watchlist: str
    platform: str
    minute: int
    body: bytes


FIGURE_FIELDS = list(_FigureBody.__struct_fields__)


def figure_of(source: object) -> tuple[FigureKey, Figure]:
    """A stored figure with its key."""
    stored = msgspec.convert(source, _FigureBody, str_keys=True)
    return FigureKey(stored.watchlist, stored.platform, stored.minute), Figure.decode(stored.body)


class _Position(msgspec.Struct, frozen=True):
    source: str
    offset: int
    index: int


class StoredLetter(DeadLetter, frozen=True, gc=False):
    """A dead letter; ``place`` is its position in a form that can be sorted by."""

    place: _Position | None = None


_LETTER_FIELDS = len(DeadLetter.__struct_fields__)


def store_letter(letter: DeadLetter) -> StoredLetter:
    """The source of a dead letter."""
    at = letter.position
    place = _Position(at.source, at.offset, at.index)
    return StoredLetter(**msgspec.structs.asdict(letter), place=place)


def letter_of(source: object) -> DeadLetter:
    """A stored dead letter."""
    stored = msgspec.convert(source, StoredLetter)
    return DeadLetter(*msgspec.structs.astuple(stored)[:_LETTER_FIELDS])


def store_campaign(revision: CampaignRevision) -> CampaignRevision:
    """The source of a campaign revision: its members are stored with their documents."""
    return msgspec.structs.replace(revision, members=())


class CampaignSummary(msgspec.Struct, frozen=True):
    """What readers that may not see posts are told of a campaign: how large, how grave, since when."""

    id: str
    revision: int
    state: CampaignState
    level: Level
    score: float
    opened_at: int
    last_seen_at: int
    closed_at: int | None
    accounts: int
    records: int
    merged_into: str | None


def summary_of(revision: CampaignRevision) -> CampaignSummary:
    """The summary of a campaign revision."""
    return CampaignSummary(*(getattr(revision, name) for name in CampaignSummary.__struct_fields__))
