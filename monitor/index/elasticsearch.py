"""The distributed index: the search port on Elasticsearch 9."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from elasticsearch import Elasticsearch

from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Judgement
from monitor.campaigns.port import CampaignRevision, Membership
from monitor.documents import DeadLetter, Document, SourcePosition
from monitor.index.elasticsearch_bulk import BulkWriter
from monitor.index.elasticsearch_documents import DocumentWriter
from monitor.index.elasticsearch_findings import FindingsReader, FindingsWriter
from monitor.index.elasticsearch_lists import ListReader
from monitor.index.elasticsearch_overview import Overviews
from monitor.index.elasticsearch_patience import Patience
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_search import IndexSearch
from monitor.index.lists import (
    AlertPage,
    AlertQuery,
    CampaignQuery,
    CampaignsFound,
    GravestCampaigns,
    check_alert_query,
    check_campaign_query,
)
from monitor.index.port import (
    Bucket,
    Cut,
    DocumentWeight,
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
from monitor.index.words import check_text
from monitor.opinion.figures import Figure, FigureKey
from monitor.scoring.corrections import Correction


class ElasticsearchIndex:
    """``OpinionReader`` and ``OpinionWriter`` on an engine whose templates are installed.

    Reads ask once and raise ``StoreError``. Writes return when the engine has taken or refused every
    item, however long it is away; then they raise ``StoreError`` only after ``stopping`` was set. They block:
    an event loop calls them in a thread, one at a time; any number of threads may read. What is written is
    found after the next refresh.

    ``client`` comes from ``connect(url, …)``. ``refresh_writes`` makes each write visible at once.
    ``on_retry`` is told the cause of each try that has to be repeated; ``on_request`` the outcome of each
    bulk request and its seconds; ``on_rejected`` each document that the engine refuses for good, with the
    engine's name for the fault.
    """

    def __init__(
        self,
        client: Elasticsearch,
        url: str,
        layout: Layout | None = None,
        *,
        refresh_writes: bool = False,
        stopping: threading.Event | None = None,
        on_retry: Callable[[str], None] = lambda _cause: None,
        on_request: Callable[[str, float], None] = lambda _outcome, _seconds: None,
        on_rejected: Callable[[Document, str], None] = lambda _document, _cause: None,
    ) -> None:
        layout = layout or Layout()
        patience = self._patience = Patience(url, stopping=stopping or threading.Event(), on_retry=on_retry)
        bulk = BulkWriter(client, patience, refresh=refresh_writes, observe=on_request)
        self._documents = DocumentWriter(client, layout, bulk, patience, on_rejected)
        self._written = FindingsWriter(client, layout, bulk, patience)
        self._search = IndexSearch(client, layout, url)
        self._overviews = Overviews(self._search)
        self._findings = FindingsReader(client, layout, self._search, url)
        self._lists = ListReader(self._search)

    @property
    def waiting_for(self) -> str:
        """Why what is written has to be tried again right now; empty when the engine takes it."""
        return self._patience.waiting_for

    def search(self, query: Query) -> Page:
        """Find documents, one page."""
        return self._search.search(query)

    def count(self, query: Query) -> int:
        """How many documents the query finds in all."""
        return self._search.count(query)

    def aggregate(self, query: Query, by: Histogram | Terms) -> list[Bucket]:
        """Count the documents that the query finds, by time or by value."""
        return self._search.aggregate(query, by)

    def overview(self, query: Query, facets: Sequence[Terms], cut: Cut) -> Overview:
        """Count what the query finds in every way that a page shows, in one request."""
        return self._overviews.overview(query, facets, cut)

    def text_counts(self, query: Query, keys: Sequence[int], *, firsts: bool = False) -> list[TextCount]:
        """How often each of these texts is among what the query finds."""
        return self._overviews.text_counts(query, keys, firsts=firsts)

    def get(self, identity: str) -> Hit | None:
        """One document by ``platform:id``."""
        check_text("the id", identity)
        return self._search.get(identity)

    def campaigns(self) -> list[CampaignRevision]:
        """The latest revision of every campaign, oldest opening first, then by id."""
        return self._findings.campaigns()

    def campaign(self, campaign: str) -> CampaignRevision | None:
        """The latest revision of one campaign."""
        check_text("the campaign", campaign)
        return self._findings.campaign(campaign)

    def find_campaigns(self, query: CampaignQuery) -> CampaignsFound:
        """The latest revisions of some campaigns, without details, one page."""
        check_campaign_query(query)
        return self._lists.find_campaigns(query)

    def gravest_campaigns(self, since: int, limit: int) -> GravestCampaigns:
        """Open campaigns that were seen at an event time or later."""
        return self._lists.gravest_campaigns(since, limit)

    def figures(
        self, watchlist: str, platform: str | None, after: int | None, before: int | None
    ) -> list[tuple[FigureKey, Figure]]:
        """Figures of one watchlist in [after, before), in order of minute, then platform."""
        check_text("the watchlist", watchlist)
        return self._findings.figures(watchlist, platform, after, before)

    def alerts(self) -> list[Alert]:
        """All alert events in order of event time, then id."""
        return self._findings.alerts()

    def find_alerts(self, query: AlertQuery) -> AlertPage:
        """Incidents by their latest events, one page."""
        check_alert_query(query)
        return self._lists.find_alerts(query)

    def incident(self, name: str) -> list[Alert]:
        """All events of one incident, oldest first, then by id."""
        check_text("the incident", name)
        return self._lists.incident(name)

    def judgements(self, campaign: str | None = None) -> list[Judgement]:
        """What people judged, oldest first, then by id."""
        check_text("the campaign", campaign or "")
        return self._findings.judgements(campaign)

    def corrections(self, record: str | None = None) -> list[Correction]:
        """How people labelled records, oldest first, then by id."""
        check_text("the record", record or "")
        return self._findings.corrections(record)

    def dead_letters(self, *, reason: str | None = None, limit: int | None = None) -> list[DeadLetter]:
        """Dead letters in order of position."""
        check_text("the reason", reason or "")
        return self._findings.dead_letters(reason, limit)

    def dead_letter(self, identity: str) -> DeadLetter | None:
        """One dead letter by id."""
        check_text("the id", identity)
        return self._findings.dead_letter(identity)

    def create(self, documents: Sequence[Document]) -> list[Written]:
        """Store documents that are not there yet; one outcome each, in order."""
        return self._documents.create(documents)

    def update_memberships(self, memberships: Sequence[Membership]) -> MembershipsWritten:
        """Set campaign memberships of stored documents; revisions guard their order."""
        return self._documents.update_memberships(memberships)

    def weights(self, records: Sequence[str]) -> list[DocumentWeight]:
        """The campaign weights of stored documents, as of now."""
        return self._documents.weights(records)

    def positions(self, records: Mapping[str, int]) -> dict[str, SourcePosition]:
        """The positions of stored documents as of now; ``records`` by id, with their event times."""
        return self._documents.positions(records)

    def put_campaigns(self, revisions: Sequence[CampaignRevision]) -> None:
        """Store campaign revisions; the highest revision of an id holds."""
        self._written.put_campaigns(revisions)

    def merge_figures(self, partials: Sequence[tuple[FigureKey, Figure]]) -> None:
        """Add partial figures to what is stored."""
        self._written.merge_figures(partials)

    def stored_figures(self, keys: Sequence[FigureKey]) -> dict[FigureKey, Figure]:
        """Figures as of now; an empty one where there is none yet."""
        return self._written.stored_figures(keys)

    def put_figures(self, totals: Sequence[tuple[FigureKey, Figure, int]]) -> None:
        """Store whole figures with versions; a lower version never replaces a higher one."""
        self._written.put_figures(totals)

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        """Store alert events by id."""
        self._written.put_alerts(alerts)

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Store judgements by id."""
        self._written.put_judgements(judgements)

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Store corrections of labels by id."""
        self._written.put_corrections(corrections)

    def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters by id."""
        self._written.put_dead_letters(letters)

    def remove_dead_letters(self, identities: Sequence[str]) -> None:
        """Forget dead letters that were replayed."""
        self._written.remove_dead_letters(identities)
