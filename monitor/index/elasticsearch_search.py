"""Reading from Elasticsearch: pages, counts, aggregations and whole lists.

A page of a search is asked for by the place where the one before ended (``search_after``), so that nothing
is held open for a reader who may never come back. A whole list is read from a point in time, so that
what changes meanwhile neither repeats nor hides anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TypeVar

import msgspec
from elasticsearch import Elasticsearch

from monitor.errors import StoreError
from monitor.index.cursor import Place, read_cursor, write_cursor
from monitor.index.elasticsearch_client import explained
from monitor.index.elasticsearch_query import FIELDS, order, translate
from monitor.index.elasticsearch_schema import Family, Json, Layout, engine_id
from monitor.index.elasticsearch_stored import hit_of
from monitor.index.port import Bucket, Histogram, Hit, Page, Query, Terms
from monitor.index.selection import check_aggregation, is_ranked
from monitor.language import message

_BUCKETS_AT_ONCE = 10_000
_KEEP_OPEN = "2m"
_Answer = TypeVar("_Answer")


class _Hit(msgspec.Struct):
    source: object = msgspec.field(name="_source")
    sort: list[str | int | float] = []


class _Hits(msgspec.Struct):
    hits: list[_Hit]


class _Found(msgspec.Struct):
    hits: _Hits
    pit_id: str | None = None


class _Shards(msgspec.Struct):
    failed: int


class _Counted(msgspec.Struct):
    count: int
    shards: _Shards = msgspec.field(name="_shards")


class _TermBucket(msgspec.Struct):
    key: str
    doc_count: int


class _ByValue(msgspec.Struct):
    buckets: list[_TermBucket]
    doc_count_error_upper_bound: int


class _CompositeKey(msgspec.Struct):
    value: str | int


class _CompositeBucket(msgspec.Struct):
    key: _CompositeKey
    doc_count: int


class _Composite(msgspec.Struct):
    buckets: list[_CompositeBucket]
    after_key: _CompositeKey | None = None


class _TermAggregations(msgspec.Struct):
    counts: _ByValue


class _CompositeAggregations(msgspec.Struct):
    counts: _Composite


class _Terms(msgspec.Struct):
    aggregations: _TermAggregations | None = None


class _Composites(msgspec.Struct):
    aggregations: _CompositeAggregations | None = None


def _number(key: str | float) -> int | float:
    """A sort key of ours: all but ids are numbers."""
    assert not isinstance(key, str)
    return key


def time_buckets(by: Histogram) -> Json:
    """A histogram as the engine is asked for it."""
    return {
        "field": "created_at",
        "fixed_interval": f"{by.interval_seconds}s",
        "offset": f"{by.shift_seconds % by.interval_seconds}s",
    }


def _digest(body: Json) -> str:
    return blake2b(msgspec.json.encode(body), digest_size=8).hexdigest()


class IndexSearch:
    """Reads of all families. Raises ``StoreError`` when the engine cannot answer."""

    def __init__(self, client: Elasticsearch, layout: Layout, url: str) -> None:
        self._client = client
        self._layout = layout
        self._url = url

    def search(self, query: Query) -> Page:
        """Find documents, one page."""
        body: Json = {
            "query": translate(query),
            "sort": order(query),
            "size": query.limit + 1,
            "track_total_hits": False,
        }
        place = read_cursor(query)
        if place is not None:
            body["search_after"] = [place.key, place.id]
        found = self.ask("opinions", body, _Found, ranked=is_ranked(query)).hits.hits
        hits = self._hits(found[: query.limit])
        keys = tuple(_number(hit.sort[0]) for hit in found[: query.limit])
        if len(found) <= query.limit:
            return Page(hits, None, keys)
        place = Place(keys[-1], hits[-1].document.id)
        return Page(hits, write_cursor(query, place), keys)

    def ask(self, family: Family, body: Json, kind: type[_Answer], *, ranked: bool = False) -> _Answer:
        """What the engine answers to a request over all indices of a family."""
        # Counts are remembered by each copy of a shard: the same question goes to the same copies.
        counts_only = body.get("size") == 0
        with explained(self._url):
            answer = self._client.search(
                index=self._layout.alias(family),
                ignore_unavailable=True,
                preference=_digest(body) if counts_only else None,
                # Half of what there is would look like all of it.
                allow_partial_search_results=False,
                # Relevance must not depend on which month a document lies in.
                search_type="dfs_query_then_fetch" if ranked else "query_then_fetch",
                body=body,
            )
            return msgspec.convert(answer.body, kind)

    def _hits(self, found: list[_Hit]) -> tuple[Hit, ...]:
        with explained(self._url):
            return tuple(hit_of(hit.source) for hit in found)

    def count(self, query: Query) -> int:
        """How many documents a query finds."""
        body: Json = {"query": translate(query)}
        with explained(self._url):
            answer = self._client.count(
                index=self._layout.alias("opinions"), ignore_unavailable=True, body=body
            )
            counted = msgspec.convert(answer.body, _Counted)
        if counted.shards.failed:
            raise StoreError(
                message("Elasticsearch at {url} cannot read all of its indices; see to its nodes and disks"),
                url=self._url,
            )
        return counted.count

    def get(self, identity: str) -> Hit | None:
        """One document by its identity, whatever its month."""
        if not identity:
            return None
        body: Json = {"query": {"ids": {"values": [engine_id(identity)]}}, "size": 1}
        return next(iter(self._hits(self.ask("opinions", body, _Found).hits.hits)), None)

    def aggregate(self, query: Query, by: Histogram | Terms) -> list[Bucket]:
        """Count what a query finds by time or by value; exact, also over several indices."""
        check_aggregation(by)
        body: Json = {"query": translate(query), "size": 0, "track_total_hits": False}
        if isinstance(by, Histogram):
            interval = time_buckets(by)
            return [Bucket(key, count) for key, count in self._composite(body, {"date_histogram": interval})]
        field = FIELDS[by.field]
        counted = self._most_frequent(body, field, by.size)
        if counted is not None:
            return counted
        every = self._composite(body, {"terms": {"field": field}})
        ranked = sorted(every, key=lambda one: (-one[1], one[0]))
        return [Bucket(key, count) for key, count in ranked[: by.size]]

    def _most_frequent(self, body: Json, field: str, size: int) -> list[Bucket] | None:
        """The most frequent values, or None when the engine cannot vouch for their counts."""
        terms: Json = {
            "field": field,
            "size": size,
            "shard_size": max(size, _BUCKETS_AT_ONCE),
            "order": [{"_count": "desc"}, {"_key": "asc"}],
        }
        found = self.ask("opinions", {**body, "aggs": {"counts": {"terms": terms}}}, _Terms).aggregations
        if found is None:
            return []
        if found.counts.doc_count_error_upper_bound:
            return None
        return [Bucket(bucket.key, bucket.doc_count) for bucket in found.counts.buckets]

    def _composite(self, body: Json, source: Json) -> Iterator[tuple[str | int, int]]:
        """Every value with its count, in order of value."""
        composite: Json = {"size": _BUCKETS_AT_ONCE, "sources": [{"value": source}]}
        while True:
            asked: Json = {**body, "aggs": {"counts": {"composite": composite}}}
            found = self.ask("opinions", asked, _Composites).aggregations
            if found is None:
                return
            yield from ((bucket.key.value, bucket.doc_count) for bucket in found.counts.buckets)
            if found.counts.after_key is None:
                return
            composite["after"] = {"value": found.counts.after_key.value}

    def scan(
        self,
        family: Family,
        query: Json,
        sort: list[str],
        *,
        fields: list[str] | None = None,
        page: int = 1_000,
    ) -> Iterator[object]:
        """Every source that a query finds, in order, as of the moment of the first one."""
        with explained(self._url):
            opened = self._client.open_point_in_time(
                index=self._layout.alias(family), keep_alive=_KEEP_OPEN, ignore_unavailable=True
            )
        point: object = opened.body["id"]
        body: Json = {"query": query, "sort": sort, "size": page, "track_total_hits": False}
        if fields is not None:
            body["_source"] = fields
        try:
            while True:
                with explained(self._url):
                    asked = {**body, "pit": {"id": point, "keep_alive": _KEEP_OPEN}}
                    answer = self._client.search(body=asked, allow_partial_search_results=False)
                    found = msgspec.convert(answer.body, _Found)
                yield from (hit.source for hit in found.hits.hits)
                if len(found.hits.hits) < page:
                    return
                point = found.pit_id or point
                body["search_after"] = found.hits.hits[-1].sort
        finally:
            with explained(self._url):
                self._client.close_point_in_time(id=str(point))
