"""Looking alert events up where the pipeline indexed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from elasticsearch import Elasticsearch

from monitor.alerts.port import Alert
from monitor.index.elasticsearch_client import explained
from monitor.index.elasticsearch_schema import Layout
from monitor.index.port import OpinionReader

NEWEST = 500


class Place(msgspec.Struct, frozen=True):
    """What an opinion alert of Prometheus is about."""

    rule: str
    watchlist: str
    platform: str


class AlertLog(Protocol):
    """The alert events of one place."""

    def events(self, place: Place) -> list[Alert]:
        """The newest 500, oldest first; raises ``StoreError`` when they cannot be read now."""

    def campaigns(self, watchlist: str) -> list[Alert]:
        """The newest 500 events of campaigns about a watchlist, oldest first; raises ``StoreError``."""


class _Hit(msgspec.Struct):
    source: Alert = msgspec.field(name="_source")


class _Hits(msgspec.Struct):
    hits: list[_Hit]


class _Found(msgspec.Struct):
    hits: _Hits


class EngineAlertLog:
    """Events in Elasticsearch."""

    def __init__(self, client: Elasticsearch, url: str, layout: Layout) -> None:
        self._client = client
        self._url = url
        self._index = layout.alias("alerts")

    def events(self, place: Place) -> list[Alert]:
        """The newest events, oldest first."""
        return self._newest(msgspec.structs.asdict(place))

    def campaigns(self, watchlist: str) -> list[Alert]:
        """The newest events of campaigns, oldest first."""
        return self._newest({"rule": "campaign", "watchlist": watchlist})

    def _newest(self, terms: Mapping[str, str]) -> list[Alert]:
        filters = [{"term": {name: value}} for name, value in terms.items()]
        with explained(self._url):
            answer = self._client.search(
                index=self._index,
                query={"bool": {"filter": filters}},
                sort=[{"at": "desc"}, {"id": "desc"}],
                size=NEWEST,
                ignore_unavailable=True,
                allow_no_indices=True,
            )
            found = msgspec.convert(answer.body, _Found)
        return [hit.source for hit in reversed(found.hits.hits)]


class StoredAlertLog:
    """Events in the database of a run in one process."""

    def __init__(self, reader: OpinionReader) -> None:
        self._reader = reader

    def events(self, place: Place) -> list[Alert]:
        """The newest events, oldest first."""
        found = [
            alert
            for alert in self._reader.alerts()
            if (alert.rule, alert.watchlist, alert.platform) == (place.rule, place.watchlist, place.platform)
        ]
        return found[-NEWEST:]

    def campaigns(self, watchlist: str) -> list[Alert]:
        """The newest events of campaigns, oldest first."""
        found = [
            alert
            for alert in self._reader.alerts()
            if (alert.rule, alert.watchlist) == ("campaign", watchlist)
        ]
        return found[-NEWEST:]
