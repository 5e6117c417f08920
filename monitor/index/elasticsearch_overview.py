"""Counting what a page shows, in one request to Elasticsearch.

Texts and people are counted by HyperLogLog++ (Heule et al. 2013): close to exact up to
``PRECISE_UP_TO`` and off by a few percent beyond. The busiest authors come from the ``_AUTHORS_PER_SHARD``
busiest of each shard: there may be hundreds of thousands, and no one counts them all for a list of ten.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.index.elasticsearch_query import FIELDS, order, translate
from monitor.index.elasticsearch_schema import Json
from monitor.index.elasticsearch_search import IndexSearch, time_buckets
from monitor.index.port import Bucket, Cut, Overview, Query, Terms, TermsField, TextCount
from monitor.index.selection import check_aggregation, is_ranked

PRECISE_UP_TO = 3_000
_SHARD_SIZE = 10_000
_AUTHORS_PER_SHARD = 2_000


class _Value(msgspec.Struct):
    value: float | None


class _Bucket(msgspec.Struct):
    key: str | int
    doc_count: int


class _Buckets(msgspec.Struct):
    buckets: list[_Bucket]
    doc_count_error_upper_bound: int = 0


class _Total(msgspec.Struct):
    value: int


class _Totalled(msgspec.Struct):
    total: _Total


class _Id(msgspec.Struct):
    id: str


class _Top(msgspec.Struct):
    source: _Id = msgspec.field(name="_source")


class _TopHits(msgspec.Struct):
    hits: list[_Top]


class _First(msgspec.Struct):
    hits: _TopHits


class _TextBucket(msgspec.Struct):
    key: int
    doc_count: int
    first: _First | None = None


class _TextBuckets(msgspec.Struct):
    buckets: list[_TextBucket]


class _Texts(msgspec.Struct):
    texts: _TextBuckets


class _TextsAnswer(msgspec.Struct):
    aggregations: _Texts | None = None


class _Bounds(msgspec.Struct):
    oldest: _Value
    newest: _Value


class _BoundsAnswer(msgspec.Struct):
    aggregations: _Bounds | None = None


class _Aggregated(msgspec.Struct):
    hits: _Totalled
    aggregations: dict[str, dict[str, object]] = {}


class Overviews:
    """Overviews, and counts of texts."""

    def __init__(self, search: IndexSearch) -> None:
        self._search = search

    def overview(self, query: Query, facets: Sequence[Terms], cut: Cut) -> Overview:
        """Count what the query finds; facets that the engine cannot vouch for are counted again."""
        for facet in facets:
            check_aggregation(facet)
        span = self._span(query)
        if span is None:
            return Overview.of_nothing(facets)
        histogram = cut(*span)
        check_aggregation(histogram)
        aggregations: Json = {
            "texts": _distinct("text_key"),
            "people": _distinct("author"),
            "histogram": {"date_histogram": {**time_buckets(histogram), "min_doc_count": 1}},
            **{f"facet {facet.field}": _terms(facet) for facet in facets},
        }
        body: Json = {"query": translate(query), "size": 0, "track_total_hits": True, "aggs": aggregations}
        found = self._search.ask("opinions", body, _Aggregated)
        counts = found.aggregations
        if not counts:
            return Overview.of_nothing(facets)
        counted: dict[TermsField, tuple[Bucket, ...]] = {}
        for facet in facets:
            buckets = msgspec.convert(counts[f"facet {facet.field}"], _Buckets)
            if buckets.doc_count_error_upper_bound and facet.field != "author":
                counted[facet.field] = tuple(self._search.aggregate(query, facet))
            else:
                counted[facet.field] = _ported(buckets)
        return Overview(
            records=found.hits.total.value,
            texts=_number(counts["texts"]),
            people=_number(counts["people"]),
            exact=False,
            facets=counted,
            histogram=_ported(msgspec.convert(counts["histogram"], _Buckets)),
            interval_seconds=histogram.interval_seconds,
            oldest=span[0],
            newest=span[1],
        )

    def text_counts(self, query: Query, keys: Sequence[int], *, firsts: bool) -> list[TextCount]:
        """How often each of these texts is found; of those found twice, which document comes first."""
        if not keys:
            return []
        counts = self._texts(query, keys, {})
        repeated = [bucket.key for bucket in counts if bucket.doc_count > 1]
        top: Json = {"top_hits": {"size": 1, "sort": order(query), "_source": ["id"]}}
        found = self._texts(query, repeated, {"first": top}) if firsts and repeated else []
        first = {bucket.key: bucket.first.hits.hits[0].source.id for bucket in found if bucket.first}
        return [TextCount(bucket.key, bucket.doc_count, first.get(bucket.key)) for bucket in counts]

    def _texts(self, query: Query, keys: Sequence[int], inner: Json) -> list[_TextBucket]:
        # Only keys that were asked for are counted: there are no more of them than `size`.
        terms: Json = {"terms": {"field": "text_key", "size": len(keys)}}
        if inner:
            terms["aggs"] = inner
        wanted: Json = {"terms": {"text_key": list(keys)}}
        body: Json = {
            "query": {"bool": {"must": [translate(query)], "filter": [wanted]}},
            "size": 0,
            "track_total_hits": False,
            "aggs": {"texts": terms},
        }
        ranked = bool(inner) and is_ranked(query)
        found = self._search.ask("opinions", body, _TextsAnswer, ranked=ranked).aggregations
        return [] if found is None else found.texts.buckets

    def _span(self, query: Query) -> tuple[int, int] | None:
        """Event time of the oldest and the newest document found."""
        time = {"field": "created_at"}
        body: Json = {
            "query": translate(query),
            "size": 0,
            "track_total_hits": False,
            "aggs": {"oldest": {"min": time}, "newest": {"max": time}},
        }
        found = self._search.ask("opinions", body, _BoundsAnswer).aggregations
        if found is None or found.oldest.value is None or found.newest.value is None:
            return None
        return int(found.oldest.value), int(found.newest.value)


def _distinct(field: str) -> Json:
    return {"cardinality": {"field": field, "precision_threshold": PRECISE_UP_TO}}


def _terms(facet: Terms) -> Json:
    return {
        "terms": {
            "field": FIELDS[facet.field],
            "size": facet.size,
            "shard_size": max(facet.size, _AUTHORS_PER_SHARD if facet.field == "author" else _SHARD_SIZE),
            "order": [{"_count": "desc"}, {"_key": "asc"}],
        }
    }


def _ported(buckets: _Buckets) -> tuple[Bucket, ...]:
    return tuple(Bucket(bucket.key, bucket.doc_count) for bucket in buckets.buckets)


def _number(answer: dict[str, object]) -> int:
    return round(msgspec.convert(answer, _Value).value or 0)
