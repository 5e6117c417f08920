"""What the pipeline finds out, in Elasticsearch: campaigns, figures, alerts, dead letters.

Each is written under an id that follows from its content, so that a repeat changes nothing: campaigns with
their revision and totals of figures with a version given by the caller (a lower one never replaces a
higher one), alerts and dead letters once and for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

import msgspec
from elasticsearch import Elasticsearch, NotFoundError

from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Judgement
from monitor.campaigns.port import CampaignRevision
from monitor.documents import DeadLetter
from monitor.errors import StoreError
from monitor.index.elasticsearch_bulk import Action, BulkWriter, Settled, Target, action
from monitor.index.elasticsearch_client import explained
from monitor.index.elasticsearch_patience import Patience, unread
from monitor.index.elasticsearch_schema import Family, Json, Layout, engine_id
from monitor.index.elasticsearch_search import IndexSearch
from monitor.index.elasticsearch_stored import (
    FIGURE_FIELDS,
    StoredFigure,
    figure_of,
    letter_of,
    store_campaign,
    store_letter,
    summary_of,
)
from monitor.language import message
from monitor.opinion.figures import Figure, FigureKey
from monitor.scoring.corrections import Correction

_FEW = 50
"""Dead letters may hold a megabyte each; so many are read at once."""


class _Got(msgspec.Struct):
    found: bool = False
    seq_no: int | None = msgspec.field(name="_seq_no", default=None)
    primary_term: int | None = msgspec.field(name="_primary_term", default=None)
    source: object = msgspec.field(name="_source", default=None)


class _GotAnswer(msgspec.Struct):
    docs: list[_Got]


class FindingsWriter:
    """Writes findings. What the engine refuses for good raises ``StoreError``: it is our own content."""

    def __init__(self, client: Elasticsearch, layout: Layout, bulk: BulkWriter, patience: Patience) -> None:
        self._client = client
        self._layout = layout
        self._bulk = bulk
        self._patience = patience

    def put_campaigns(self, revisions: Sequence[CampaignRevision]) -> None:
        """Store campaign revisions and their summaries; the highest revision of an id holds."""
        latest: dict[str, CampaignRevision] = {}
        for revision in revisions:
            known = latest.get(revision.id)
            if known is None or known.revision < revision.revision:
                latest[revision.id] = revision
        whole, summaries = self._layout.index("campaigns"), self._layout.index("campaign-summaries")
        self._write(
            "campaign",
            [
                action("index", _versioned(index, campaign, revision.revision), stored)
                for campaign, revision in latest.items()
                for index, stored in ((whole, store_campaign(revision)), (summaries, summary_of(revision)))
            ],
        )

    def put_figures(self, totals: Sequence[tuple[FigureKey, Figure, int]]) -> None:
        """Store whole figures, each with a version; a lower version never replaces a higher one.

        For a caller that keeps the totals itself and may repeat what it wrote before a crash. Of one key,
        use either this or ``merge_figures``.
        """
        latest = {key: (figure, version) for key, figure, version in sorted(totals, key=lambda one: one[2])}
        self._write(
            "figure",
            [
                action(
                    "index",
                    _versioned(self._figure_index(key), _figure_id(key), version),
                    StoredFigure.of(key, figure),
                )
                for key, (figure, version) in latest.items()
            ],
        )

    def merge_figures(self, partials: Sequence[tuple[FigureKey, Figure]]) -> None:
        """Add partial figures to what is stored: read, merge, and write unless another came between."""
        waiting: defaultdict[FigureKey, list[Figure]] = defaultdict(list)
        for key, partial in partials:
            waiting[key].append(partial)
        tried: dict[FigureKey, bytes] = {}
        while waiting:
            left = self._merge_once(waiting, tried)
            waiting = defaultdict(list, {key: waiting[key] for key in left})

    def _merge_once(
        self, partials: dict[FigureKey, list[Figure]], tried: dict[FigureKey, bytes]
    ) -> list[FigureKey]:
        """Try once; the keys that another writer came before. ``tried`` holds what may have got through."""
        actions: dict[FigureKey, Action] = {}
        bodies: dict[FigureKey, bytes] = {}
        for key, got in self._stored_figures(list(partials)).items():
            total = figure_of(got.source)[1] if got.found else Figure()
            if key in tried and total.canonical() == tried.pop(key):
                continue
            for partial in partials[key]:
                total.merge(partial)
            target = Target(self._figure_index(key), engine_id(_figure_id(key)), got.seq_no, got.primary_term)
            actions[key] = action("index" if got.found else "create", target, StoredFigure.of(key, total))
            bodies[key] = total.canonical()
        left = []
        for key, settled in zip(actions, self._bulk.run(list(actions.values())), strict=True):
            _check("figure", settled)
            if settled.verdict != "done":
                left.append(key)
                if settled.unsure:
                    tried[key] = bodies[key]
        return left

    def stored_figures(self, keys: Sequence[FigureKey]) -> dict[FigureKey, Figure]:
        """Figures as of now; an empty one where there is none yet."""
        if not keys:
            return {}
        return {
            key: figure_of(got.source)[1] if got.found else Figure()
            for key, got in self._stored_figures(keys).items()
        }

    def _stored_figures(self, keys: Sequence[FigureKey]) -> dict[FigureKey, _Got]:
        wanted: list[Json] = [
            {"_index": self._figure_index(key), "_id": engine_id(_figure_id(key)), "_source": FIGURE_FIELDS}
            for key in keys
        ]
        answer = self._patience.insist(lambda: self._client.mget(body={"docs": wanted}), unread)
        return dict(zip(keys, msgspec.convert(answer, _GotAnswer).docs, strict=True))

    def _figure_index(self, key: FigureKey) -> str:
        return self._layout.index("figures", key.minute)

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        """Store alert events; an id that is there stays as it is."""
        index = self._layout.index("alerts")
        self._write(
            "alert", [action("create", Target(index, engine_id(alert.id)), alert) for alert in alerts]
        )

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Store judgements; an id that is there stays as it is."""
        index = self._layout.index("judgements")
        self._write(
            "judgement", [action("create", Target(index, engine_id(one.id)), one) for one in judgements]
        )

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Store corrections; an id that is there stays as it is."""
        index = self._layout.index("corrections")
        self._write(
            "correction", [action("create", Target(index, engine_id(one.id)), one) for one in corrections]
        )

    def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters; an id that is there stays as it is."""
        index = self._layout.index("dead-letters")
        self._write(
            "dead letter",
            [
                action("create", Target(index, engine_id(letter.id)), store_letter(letter))
                for letter in letters
            ],
        )

    def remove_dead_letters(self, identities: Sequence[str]) -> None:
        """Forget dead letters; ids that are not there are passed over."""
        index = self._layout.index("dead-letters")
        self._write(
            "dead letter", [action("delete", Target(index, engine_id(identity))) for identity in identities]
        )

    def _write(self, what: str, actions: Sequence[Action]) -> None:
        """Write, where a conflict means that it or something newer is there already."""
        for settled in self._bulk.run(actions):
            _check(what, settled)


class FindingsReader:
    """Reads findings. Raises ``StoreError`` when the engine cannot answer."""

    def __init__(self, client: Elasticsearch, layout: Layout, search: IndexSearch, url: str) -> None:
        self._client = client
        self._layout = layout
        self._search = search
        self._url = url

    def campaigns(self) -> list[CampaignRevision]:
        """The latest revision of every campaign, oldest opening first, then by id."""
        sources = self._search.scan("campaigns", {"match_all": {}}, ["opened_at", "id"])
        return [msgspec.convert(source, CampaignRevision) for source in sources]

    def campaign(self, campaign: str) -> CampaignRevision | None:
        """The latest revision of one campaign."""
        source = self._get("campaigns", campaign)
        return None if source is None else msgspec.convert(source, CampaignRevision)

    def figures(
        self, watchlist: str, platform: str | None, after: int | None, before: int | None
    ) -> list[tuple[FigureKey, Figure]]:
        """Figures of one watchlist in [after, before), in order of minute, then platform."""
        filters: list[Json] = [{"term": {"watchlist": watchlist}}]
        if platform is not None:
            filters.append({"term": {"platform": platform}})
        if after is not None or before is not None:
            bounds = {"gte": after, "lt": before, "format": "epoch_millis"}
            filters.append({"range": {"minute": bounds}})
        query: Json = {"bool": {"filter": filters}}
        found = self._search.scan("figures", query, ["minute", "platform"], fields=FIGURE_FIELDS)
        return [figure_of(source) for source in found]

    def alerts(self) -> list[Alert]:
        """All alert events in order of event time, then id."""
        sources = self._search.scan("alerts", {"match_all": {}}, ["at", "id"])
        return [msgspec.convert(source, Alert) for source in sources]

    def judgements(self, campaign: str | None) -> list[Judgement]:
        """Judgements of one campaign, or all, oldest first, then by id."""
        query: Json = {"match_all": {}} if campaign is None else {"term": {"campaign": campaign}}
        sources = self._search.scan("judgements", query, ["at", "id"])
        return [msgspec.convert(source, Judgement) for source in sources]

    def corrections(self, record: str | None) -> list[Correction]:
        """Corrections of one record, or all, oldest first, then by id."""
        query: Json = {"match_all": {}} if record is None else {"term": {"record": record}}
        sources = self._search.scan("corrections", query, ["at", "id"])
        return [msgspec.convert(source, Correction) for source in sources]

    def dead_letters(self, reason: str | None, limit: int | None) -> list[DeadLetter]:
        """Dead letters in order of position."""
        query: Json = {"match_all": {}} if reason is None else {"term": {"reason": reason}}
        order = ["place.source", "place.offset", "place.index", "id"]
        sources = self._search.scan("dead-letters", query, order, page=_FEW)
        return [letter_of(source) for source in islice(sources, None if limit is None else max(limit, 0))]

    def dead_letter(self, identity: str) -> DeadLetter | None:
        """One dead letter by id."""
        source = self._get("dead-letters", identity)
        return None if source is None else letter_of(source)

    def _get(self, family: Family, identity: str) -> object:
        if not identity:
            return None
        with explained(self._url):
            try:
                answer = self._client.get(index=self._layout.index(family), id=engine_id(identity))
            except NotFoundError:
                return None
            source: object = answer.body["_source"]
            return source


def _versioned(index: str, identity: str, version: int) -> Target:
    return Target(index, engine_id(identity), version=version, version_type="external")


def _figure_id(key: FigureKey) -> str:
    return f"{key.minute}|{key.platform}|{key.watchlist}"


def _check(what: str, settled: Settled) -> None:
    if settled.verdict == "rejected":
        raise StoreError(
            message(
                "Elasticsearch refuses a {what} ({cause}); 'opinion-monitor index check' says what differs "
                "in its indices"
            ),
            what=what,
            cause=settled.cause,
        )
