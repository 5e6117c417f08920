"""Lists of alerts and campaigns in Elasticsearch, one page at a time."""

from __future__ import annotations

import msgspec

from monitor.alerts.port import Alert
from monitor.campaigns.port import LEVELS, CampaignRevision
from monitor.index.elasticsearch_schema import Json
from monitor.index.elasticsearch_search import IndexSearch
from monitor.index.lists import (
    AlertPage,
    AlertQuery,
    CampaignQuery,
    CampaignsFound,
    GravestCampaigns,
    read_place,
    write_place,
)

_READ_AT_ONCE = 500
_MOST_READS = 20
"""So many events are gone through for one page of incidents before it is given as it is."""
_UNDETAILED: Json = {"excludes": ["details", "members"]}


class _AlertHit(msgspec.Struct):
    source: Alert = msgspec.field(name="_source")


class _AlertHits(msgspec.Struct):
    hits: list[_AlertHit]


class _AlertsFound(msgspec.Struct):
    hits: _AlertHits


class _CampaignHit(msgspec.Struct):
    source: CampaignRevision = msgspec.field(name="_source")


class _Total(msgspec.Struct):
    value: int


class _CampaignHits(msgspec.Struct):
    hits: list[_CampaignHit]
    total: _Total | None = None


class _CampaignsFound(msgspec.Struct):
    hits: _CampaignHits


class ListReader:
    """Reads lists. Raises ``StoreError`` when the engine cannot answer."""

    def __init__(self, search: IndexSearch) -> None:
        self._search = search

    def find_alerts(self, query: AlertQuery) -> AlertPage:
        """Incidents by their latest events, the latest first.

        Events are read in their order; those that another event of their incident came after are passed over.
        """
        place = read_place(query.cursor)
        wanted = _alert_filter(query)
        found: list[Alert] = []
        for _ in range(_MOST_READS):
            events = self._events(wanted, place)
            found += self._latest_of(events)
            if len(found) > query.limit:
                last = found[query.limit - 1]
                return AlertPage(tuple(found[: query.limit]), write_place(last.at, last.id))
            if len(events) < _READ_AT_ONCE:
                return AlertPage(tuple(found), None)
            place = events[-1].at, events[-1].id
        return AlertPage(tuple(found), None if place is None else write_place(*place))

    def _events(self, wanted: Json, place: tuple[int, str] | None) -> list[Alert]:
        body: Json = {
            "query": wanted,
            "sort": [{"at": "desc"}, {"id": "desc"}],
            "size": _READ_AT_ONCE,
            "track_total_hits": False,
        }
        if place is not None:
            body["search_after"] = list(place)
        return self._alerts(body)

    def _latest_of(self, events: list[Alert]) -> list[Alert]:
        """Those of these events that are the latest of their incidents."""
        incidents = sorted({one.incident for one in events if one.incident})
        body: Json = {
            "query": {"terms": {"incident": incidents}},
            "collapse": {"field": "incident"},
            "sort": [{"at": "desc"}, {"id": "desc"}],
            "size": len(incidents),
            "track_total_hits": False,
        }
        latest = {one.incident: one.id for one in self._alerts(body)} if incidents else {}
        return [one for one in events if latest.get(one.incident, one.id) == one.id]

    def incident(self, name: str) -> list[Alert]:
        """All events of one incident, oldest first, then by id."""
        unnamed: Json = {"bool": {"filter": [{"term": {"id": name}}, {"term": {"incident": ""}}]}}
        sources = self._search.scan(
            "alerts", {"bool": {"should": [{"term": {"incident": name}}, unnamed]}}, ["at", "id"]
        )
        return [msgspec.convert(source, Alert) for source in sources] if name else []

    def _alerts(self, body: Json) -> list[Alert]:
        return [hit.source for hit in self._search.ask("alerts", body, _AlertsFound).hits.hits]

    def find_campaigns(self, query: CampaignQuery) -> CampaignsFound:
        """Campaigns without details, the latest opening first."""
        place = read_place(query.cursor)
        filters = [
            {"term": {name: value}}
            for name, value in (("state", query.state), ("level", query.level), ("targets", query.target))
            if value is not None
        ]
        left_out: list[Json] = [{"terms": {"id": list(query.without)}}] if query.without else []
        if query.state is None:
            left_out.append({"term": {"state": "merged"}})
        body: Json = {
            "query": {"bool": {"filter": filters, "must_not": left_out}},
            "sort": [{"opened_at": "desc"}, {"id": "desc"}],
            "size": query.limit + 1,
            "track_total_hits": False,
            "_source": _UNDETAILED,
        }
        if place is not None:
            body["search_after"] = list(place)
        hits = self._search.ask("campaigns", body, _CampaignsFound).hits.hits
        found = tuple(hit.source for hit in hits[: query.limit])
        more = len(hits) > query.limit
        return CampaignsFound(found, write_place(found[-1].opened_at, found[-1].id) if more else None)

    def gravest_campaigns(self, since: int, limit: int) -> GravestCampaigns:
        """Open campaigns that were seen since, the gravest first; a level at a time."""
        found: list[CampaignRevision] = []
        total = 0
        going_on: list[Json] = [
            {"term": {"state": "open"}},
            {"range": {"last_seen_at": {"gte": since, "format": "epoch_millis"}}},
        ]
        for level in reversed(LEVELS):
            body: Json = {
                "query": {"bool": {"filter": [*going_on, {"term": {"level": level}}]}},
                "sort": [{"score": "desc"}, {"last_seen_at": "desc"}, {"id": "desc"}],
                "size": limit - len(found),
                "track_total_hits": True,
                "_source": _UNDETAILED,
            }
            hits = self._search.ask("campaigns", body, _CampaignsFound).hits
            found += [hit.source for hit in hits.hits]
            total += 0 if hits.total is None else hits.total.value
        return GravestCampaigns(tuple(found), total)


def _alert_filter(query: AlertQuery) -> Json:
    filters: list[Json] = [
        {"term": {name: value}}
        for name, value in (
            ("watchlist", query.watchlist),
            ("platform", query.platform),
            ("rule", query.rule),
            ("level", query.level),
        )
        if value is not None
    ]
    if query.after is not None or query.before is not None:
        filters.append({"range": {"at": {"gte": query.after, "lt": query.before, "format": "epoch_millis"}}})
    over: Json = {"term": {"state": "resolved"}}
    if query.open is False:
        filters.append(over)
    return {"bool": {"filter": filters, "must_not": [over] if query.open else []}}
