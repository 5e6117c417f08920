"""The embedded index: the search port on SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.alerts.backtest import Counted
from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Judgement
from monitor.campaigns.port import CampaignRevision, Membership
from monitor.documents import DeadLetter, Document
from monitor.index import findings, listing
from monitor.index.columns import Columns
from monitor.index.counting import aggregate_documents, count_documents
from monitor.index.documents import create_documents, get_document, search_documents
from monitor.index.lists import (
    AlertPage,
    AlertQuery,
    CampaignQuery,
    CampaignsFound,
    GravestCampaigns,
    check_alert_query,
    check_campaign_query,
)
from monitor.index.memberships import update_memberships
from monitor.index.overview import count_texts, overview_documents
from monitor.index.port import (
    Bucket,
    Cut,
    Histogram,
    Hit,
    MembershipsWritten,
    Overview,
    Page,
    Query,
    Terms,
    TextCount,
    Written,
)
from monitor.index.store import SqliteStore
from monitor.index.words import check_text
from monitor.opinion.figures import Figure, FigureKey
from monitor.scoring.corrections import Correction


class SqliteIndex:
    """``OpinionReader`` and ``OpinionWriter`` on one store.

    Writing commits nothing by itself: the caller wraps what belongs together in ``store.transaction()``.
    """

    def __init__(self, store: SqliteStore, columns: Columns | None = None) -> None:
        """``columns`` are shared by all indices over one database; without, this one has its own."""
        self._store = store
        self._columns = columns or Columns()

    def search(self, query: Query) -> Page:
        """Find documents, one page."""
        return search_documents(self._store, query)

    def count(self, query: Query) -> int:
        """How many documents the query finds in all."""
        return count_documents(self._store, query)

    def aggregate(self, query: Query, by: Histogram | Terms) -> list[Bucket]:
        """Count the documents that the query finds, by time or by value."""
        return aggregate_documents(self._store, query, by)

    def overview(self, query: Query, facets: Sequence[Terms], cut: Cut) -> Overview:
        """Count what the query finds in every way that a page shows."""
        return overview_documents(self._store, self._columns, query, facets, cut)

    def text_counts(self, query: Query, keys: Sequence[int], *, firsts: bool = False) -> list[TextCount]:
        """How often each of these texts is among what the query finds."""
        return count_texts(self._store, query, keys, firsts=firsts)

    def get(self, identity: str) -> Hit | None:
        """One document by ``platform:id``."""
        check_text("the id", identity)
        return get_document(self._store, identity)

    def campaigns(self) -> list[CampaignRevision]:
        """The latest revision of every campaign, oldest opening first, then by id."""
        return findings.list_campaigns(self._store)

    def campaign(self, campaign: str) -> CampaignRevision | None:
        """The latest revision of one campaign."""
        check_text("the campaign", campaign)
        return findings.get_campaign(self._store, campaign)

    def find_campaigns(self, query: CampaignQuery) -> CampaignsFound:
        """The latest revisions of some campaigns, one page."""
        check_campaign_query(query)
        return listing.find_campaigns(self._store, query)

    def gravest_campaigns(self, since: int, limit: int) -> GravestCampaigns:
        """Open campaigns that were seen at an event time or later."""
        return listing.gravest_campaigns(self._store, since, limit)

    def figures(
        self, watchlist: str, platform: str | None, after: int | None, before: int | None
    ) -> list[tuple[FigureKey, Figure]]:
        """Figures of one watchlist in [after, before), in order of minute, then platform."""
        check_text("the watchlist", watchlist)
        return findings.list_figures(self._store, watchlist, platform, after, before)

    def counted_figures(self, watchlist: str, after: int, before: int) -> Iterator[tuple[FigureKey, Counted]]:
        """What rules look at in the figures of a watchlist in [after, before), by minute, then platform."""
        return findings.counted_figures(self._store, watchlist, after, before)

    def alerts(self) -> list[Alert]:
        """All alert events in order of event time, then id."""
        return findings.list_alerts(self._store)

    def find_alerts(self, query: AlertQuery) -> AlertPage:
        """Incidents by their latest events, one page."""
        check_alert_query(query)
        return listing.find_alerts(self._store, query)

    def incident(self, name: str) -> list[Alert]:
        """All events of one incident, oldest first, then by id."""
        check_text("the incident", name)
        return listing.list_incident(self._store, name)

    def judgements(self, campaign: str | None = None) -> list[Judgement]:
        """What people judged, oldest first, then by id."""
        check_text("the campaign", campaign or "")
        return findings.list_judgements(self._store, campaign)

    def corrections(self, record: str | None = None) -> list[Correction]:
        """How people labelled records, oldest first, then by id."""
        check_text("the record", record or "")
        return findings.list_corrections(self._store, record)

    def dead_letters(self, *, reason: str | None = None, limit: int | None = None) -> list[DeadLetter]:
        """Dead letters in order of position."""
        check_text("the reason", reason or "")
        return findings.list_dead_letters(self._store, reason, limit)

    def dead_letter(self, identity: str) -> DeadLetter | None:
        """One dead letter by id."""
        check_text("the id", identity)
        return findings.get_dead_letter(self._store, identity)

    def create(self, documents: Sequence[Document]) -> list[Written]:
        """Store documents that are not there yet; one outcome each, in order."""
        return create_documents(self._store, documents)

    def update_memberships(self, memberships: Sequence[Membership]) -> MembershipsWritten:
        """Set campaign memberships of stored documents; revisions guard their order."""
        return update_memberships(self._store, memberships)

    def put_campaigns(self, revisions: Sequence[CampaignRevision]) -> None:
        """Store campaign revisions; the highest revision of an id holds."""
        findings.put_campaigns(self._store, revisions)

    def merge_figures(self, partials: Sequence[tuple[FigureKey, Figure]]) -> None:
        """Add partial figures to what is stored."""
        findings.merge_figures(self._store, partials)

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        """Store alert events by id."""
        findings.put_alerts(self._store, alerts)

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Store judgements by id."""
        findings.put_judgements(self._store, judgements)

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Store corrections of labels by id."""
        findings.put_corrections(self._store, corrections)

    def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters by id."""
        findings.put_dead_letters(self._store, letters)

    def remove_dead_letters(self, identities: Sequence[str]) -> None:
        """Forget dead letters that were replayed."""
        findings.remove_dead_letters(self._store, identities)
