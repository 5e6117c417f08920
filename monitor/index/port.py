"""The search port: one query type, one aggregation type, and what an engine must do with them.

The same contract suite (``tests/contracts``) runs on every engine behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Judgement
from monitor.campaigns.port import CampaignRevision, Membership
from monitor.documents import DeadLetter, Document, SentimentName
from monitor.index.conditions import Condition
from monitor.index.lists import AlertPage, AlertQuery, CampaignQuery, CampaignsFound, GravestCampaigns
from monitor.opinion.figures import Figure, FigureKey
from monitor.records import Kind
from monitor.scoring.corrections import Correction
from monitor.scoring.port import Emotion

Sort = Literal["newest", "oldest", "relevance", "reach"]
TermsField = Literal["platform", "kind", "sentiment", "watchlist", "author", "campaign", "target", "emotion"]
Written = Literal["created", "duplicate", "rejected"]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; every part given must hold.

    ``text``: all words (CJK text of two or more characters is searched by bigrams; a phrase in double
    quotes must stand as it is, punctuation passed over; ``monitor.index.words`` says it exactly). An empty
    text finds everything, a text without anything searchable nothing.
    ``sentiment`` matches certain labels, ``uncertain``, or ``unscored``: what has no words of its own.
    ``after`` is inclusive, ``before`` exclusive; milliseconds of event time.
    ``limit`` is 1 to 10,000. ``newest`` and ``oldest`` order by time, then id (both falling, or both
    rising); ``relevance`` without words is ``newest``; ``reach`` is the platform's own count of reposts,
    comments and likes when the record was taken in (``monitor.index.facts``), largest first, then by id.
    ``cursor`` comes from the page before, of the same query; the limit may change.
    ``condition`` is a tree of conditions that must hold beside the rest. ``without_campaigns`` leaves out
    what belongs to a campaign now; ``without_texts`` what has one of these text keys
    (``monitor.index.facts``).
    """

    text: str = ""
    platform: str | None = None
    kind: Kind | None = None
    sentiment: SentimentName | None = None
    watchlist: str | None = None
    author: str | None = None
    campaign: str | None = None
    target: str | None = None
    after: int | None = None
    before: int | None = None
    emotion: Emotion | None = None
    condition: Condition | None = None
    without_campaigns: bool = False
    without_texts: tuple[int, ...] = ()
    sort: Sort = "newest"
    limit: int = 20
    cursor: str | None = None


class FoundCampaign(msgspec.Struct, frozen=True, gc=False):
    """A campaign that a document belongs to, with the probability in thousandths."""

    id: str
    probability_milli: int


class Hit(msgspec.Struct, frozen=True, gc=False):
    """One found document with its campaigns, most probable first, then by id."""

    document: Document
    campaigns: tuple[FoundCampaign, ...] = ()


class Page(msgspec.Struct, frozen=True):
    """Hits in the order asked for; ``cursor`` is None on the last page. ``keys`` are what the hits are
    sorted by, one each: with its hit's id a key is the place behind it (``monitor.index.cursor``).
    """

    hits: tuple[Hit, ...]
    cursor: str | None
    keys: tuple[int | float, ...] = ()


class Histogram(msgspec.Struct, frozen=True, tag="histogram"):
    """Count by time: buckets of ``interval_seconds``; empty buckets are left out.

    They begin ``shift_seconds`` after the epoch or whole intervals from there: a day that begins at
    midnight in Shanghai has a shift of -28,800.
    """

    interval_seconds: int
    shift_seconds: int = 0


class Terms(msgspec.Struct, frozen=True, tag="terms"):
    """Count by value of a field, most frequent first (ties by value), at most ``size`` values."""

    field: TermsField
    size: int = 10


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """One value (for a histogram: start of the bucket, milliseconds) and how many documents have it."""

    key: str | int
    count: int


Cut = Callable[[int, int], Histogram]
"""How to cut a stretch of event time, given its oldest and newest moment (milliseconds), into bars."""


class Overview(msgspec.Struct, frozen=True):
    """What a query finds, counted: records, and distinct texts and people among them.

    ``facets`` has the values of each field that was asked for, most frequent first (equally frequent
    authors in no particular order). ``histogram`` is by time, in buckets of ``interval_seconds``. ``exact``
    speaks of ``texts``, ``people`` and the facet of authors: where it is False they are estimates; all else
    is always exact.
    Texts that differ in punctuation, emoji, links, mentions, case or width only are one text
    (``monitor.index.facts``). ``oldest`` and ``newest`` are None when nothing is found.
    """

    records: int
    texts: int
    people: int
    exact: bool
    facets: dict[TermsField, tuple[Bucket, ...]]
    histogram: tuple[Bucket, ...]
    interval_seconds: int
    oldest: int | None
    newest: int | None

    @classmethod
    def of_nothing(cls, facets: Sequence[Terms]) -> Overview:
        """What there is to say where nothing is found."""
        nothing: dict[TermsField, tuple[Bucket, ...]] = {facet.field: () for facet in facets}
        return cls(0, 0, 0, True, nothing, (), 60, None, None)  # exact


class TextCount(msgspec.Struct, frozen=True, gc=False):
    """How many of a query's documents have one text, and the id of the first of them in its order (None
    where there is one only, or nobody asked).
    """

    key: int
    count: int
    first: str | None = None


class WeighedDocument(msgspec.Struct, frozen=True, gc=False):
    """A document whose campaign weight changed: what figures need to follow (a change in thousandths).

    The weight of a document is the highest probability of its campaigns.
    """

    platform: str
    author: str
    created_at: int
    watchlists: tuple[str, ...]
    change_milli: int


class DocumentWeight(msgspec.Struct, frozen=True, gc=False):
    """The campaign weight of a stored document (thousandths), and whom its figures are about.

    ``version`` rises with every change of the document's memberships.
    """

    record: str
    platform: str
    author: str
    created_at: int
    watchlists: tuple[str, ...]
    weight_milli: int
    version: int


class MembershipsWritten(msgspec.Struct, frozen=True):
    """``weighed``: documents whose weight changed; ``missing``: memberships whose document is not stored
    (yet), which the caller tries again.
    """

    weighed: tuple[WeighedDocument, ...] = ()
    missing: tuple[Membership, ...] = ()


class OpinionReader(Protocol):
    """What people and pages ask of an index. Raises ``QueryError`` for a bad query or cursor."""

    def search(self, query: Query) -> Page:
        """Find documents, one page."""

    def count(self, query: Query) -> int:
        """How many documents the query finds in all (its sort, limit and cursor do not matter)."""

    def aggregate(self, query: Query, by: Histogram | Terms) -> list[Bucket]:
        """Count the documents that the query finds, by time or by value."""

    def overview(self, query: Query, facets: Sequence[Terms], cut: Cut) -> Overview:
        """Count what the query finds in every way that a page shows, in one go."""

    def text_counts(self, query: Query, keys: Sequence[int], *, firsts: bool = False) -> list[TextCount]:
        """How often each of these texts is among what the query finds (its cursor does not matter), in no
        order; texts that are not found are left out. ``firsts`` asks which document comes first.
        """

    def get(self, identity: str) -> Hit | None:
        """One document by ``platform:id``."""

    def campaigns(self) -> list[CampaignRevision]:
        """The latest revision of every campaign (without members), oldest opening first, then by id."""

    def campaign(self, campaign: str) -> CampaignRevision | None:
        """The latest revision of one campaign."""

    def find_campaigns(self, query: CampaignQuery) -> CampaignsFound:
        """The latest revisions of some campaigns, one page."""

    def gravest_campaigns(self, since: int, limit: int) -> GravestCampaigns:
        """Open campaigns that were seen at an event time (milliseconds) or later."""

    def figures(
        self, watchlist: str, platform: str | None, after: int | None, before: int | None
    ) -> list[tuple[FigureKey, Figure]]:
        """Figures of one watchlist in [after, before), in order of minute, then platform."""

    def alerts(self) -> list[Alert]:
        """All alert events in order of event time, then id."""

    def find_alerts(self, query: AlertQuery) -> AlertPage:
        """Incidents by their latest events, one page."""

    def incident(self, name: str) -> list[Alert]:
        """All events of one incident, oldest first, then by id."""

    def judgements(self, campaign: str | None = None) -> list[Judgement]:
        """What people judged (of one campaign, or all), oldest first, then by id."""

    def corrections(self, record: str | None = None) -> list[Correction]:
        """How people labelled records (one, or all), oldest first, then by id."""

    def dead_letters(self, *, reason: str | None = None, limit: int | None = None) -> list[DeadLetter]:
        """Dead letters in order of position."""

    def dead_letter(self, identity: str) -> DeadLetter | None:
        """One dead letter by id."""


class OpinionWriter(Protocol):
    """What the pipeline asks of an index. A repeated call changes nothing, except ``merge_figures``, which
    adds: the caller makes sure that a partial figure is merged once.
    """

    def create(self, documents: Sequence[Document]) -> list[Written]:
        """Store documents that are not there yet; one outcome each, in order.

        Within one call, too, the second document of an identity is a duplicate.
        """

    def update_memberships(self, memberships: Sequence[Membership]) -> MembershipsWritten:
        """Set campaign memberships of stored documents; an older revision never replaces a newer one."""

    def put_campaigns(self, revisions: Sequence[CampaignRevision]) -> None:
        """Store campaign revisions; the highest revision of an id holds."""

    def merge_figures(self, partials: Sequence[tuple[FigureKey, Figure]]) -> None:
        """Add partial figures to what is stored."""

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        """Store alert events by id."""

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Store judgements by id."""

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Store corrections of labels by id."""

    def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters by id."""

    def remove_dead_letters(self, identities: Sequence[str]) -> None:
        """Forget dead letters that were replayed."""
