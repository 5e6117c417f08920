"""Counting what a page shows, in one request to Elasticsearch.

Texts and people are counted by HyperLogLog++ (Heule et al. 2013): close to exact up to
``PRECISE_UP_TO`` and off by a few percent beyond. People are counted by ``author_key``: to tell numbers apart
costs a fourth of telling names apart. The busiest authors come from the ``_AUTHORS_PER_SHARD``
busiest of each shard: there may be hundreds of thousands, and no one counts them all for a list of ten.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import msgspec

from monitor.index.elasticsearch_query import FIELDS, order, translate
from monitor.index.elasticsearch_schema import Json
from monitor.index.elasticsearch_search import IndexSearch, time_buckets
from monitor.index.elasticsearch_stored import TRAITS, read_traits
from monitor.index.port import Bucket, Cut, Histogram, Overview, Query, Terms, TextCount
from monitor.index.selection import bounds_of, check_aggregation, is_ranked

PRECISE_UP_TO = 3_000
_SHARD_SIZE = 10_000
_AUTHORS_PER_SHARD = 100
_TRAITS = "facets of one value each"
_NARROWER = 6
_WHOLE_SECONDS = 60.0
"""The span of all documents only helps to guess: it may be old."""


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


class _Answered(msgspec.Struct):
    aggregations: dict[str, dict[str, object]] | None = None


class _Aggregated(msgspec.Struct):
    hits: _Totalled
    aggregations: dict[str, dict[str, object]] | None = None


class Overviews:
    """Overviews, and counts of texts."""

    def __init__(self, search: IndexSearch) -> None:
        self._search = search
        self._whole: tuple[int, int] | None = None
        self._whole_since = -_WHOLE_SECONDS * 2

    def overview(self, query: Query, facets: Sequence[Terms], cut: Cut) -> Overview:
        """Count what the query finds, mostly in one request: how wide the bars must be is known afterwards
        only, so narrower ones are asked for and put together.

        Facets that the engine cannot vouch for are counted again, and so are bars that were too wide.
        """
        for facet in facets:
            check_aggregation(facet)
        guessed = self._guess(query, cut)
        found = self._search.ask("opinions", _body(query, facets, guessed), _Aggregated)
        counts = found.aggregations
        span = None if counts is None else _span(counts)
        if counts is None or span is None:
            return Overview.of_nothing(facets)
        histogram = cut(*span)
        check_aggregation(histogram)
        bars = joined(_buckets(counts.get("bars")), guessed, histogram) if guessed else None
        return Overview(
            records=found.hits.total.value,
            texts=_number(counts["texts"]),
            people=_number(counts["people"]),
            exact=False,
            facets={facet.field: self._facet(query, facet, counts) for facet in facets},
            histogram=self._bars(query, span, histogram) if bars is None else bars,
            interval_seconds=histogram.interval_seconds,
            oldest=span[0],
            newest=span[1],
        )

    def _facet(self, query: Query, facet: Terms, counts: dict[str, dict[str, object]]) -> tuple[Bucket, ...]:
        buckets = msgspec.convert(counts[_name(facet)], _Buckets)
        if buckets.doc_count_error_upper_bound and facet.field != "author":
            return tuple(self._search.aggregate(query, facet))
        return of_trait(buckets.buckets, facet) if facet.field in TRAITS else _ported(buckets)

    def _guess(self, query: Query, cut: Cut) -> Histogram | None:
        """Bars narrow enough to be put together to those of all but short stretches of the time asked for."""
        now = time.monotonic()
        if now - self._whole_since > _WHOLE_SECONDS:
            self._whole, self._whole_since = self._span_of_all(), now
        if self._whole is None:
            return None
        after, before = bounds_of(query)
        oldest = self._whole[0] if after is None else max(after, self._whole[0])
        newest = self._whole[1] if before is None else min(before - 1, self._whole[1])
        return cut(oldest, oldest + (newest - oldest) // _NARROWER) if oldest <= newest else None

    def _span_of_all(self) -> tuple[int, int] | None:
        """Event time of the oldest and the newest document there is; the engine need not look at any."""
        body: Json = {"size": 0, "track_total_hits": False, "aggs": _ENDS}
        found = self._search.ask("opinions", body, _Answered).aggregations
        return None if found is None else _span(found)

    def _bars(self, query: Query, span: tuple[int, int], histogram: Histogram) -> tuple[Bucket, ...]:
        """The bars alone. Indices outside of the span have nothing to do."""
        within = {"range": {"created_at": {"gte": span[0], "lte": span[1], "format": "epoch_millis"}}}
        body: Json = {
            "query": {"bool": {"filter": [translate(query), within]}},
            "size": 0,
            "track_total_hits": False,
            "aggs": {"bars": _by_time(histogram)},
        }
        found = self._search.ask("opinions", body, _Answered).aggregations
        return () if found is None else _buckets(found["bars"])

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


def _body(query: Query, facets: Sequence[Terms], guessed: Histogram | None) -> Json:
    """All counts of an overview as one request."""
    aggregations: Json = {
        **_ENDS,
        "texts": _distinct("text_key"),
        "people": _distinct("author_key"),
        **{_name(facet): _terms(facet) for facet in facets if facet.field not in TRAITS},
    }
    if any(facet.field in TRAITS for facet in facets):
        aggregations[_TRAITS] = {"terms": {"field": "traits", "size": _SHARD_SIZE}}
    if guessed is not None:
        aggregations["bars"] = _by_time(guessed)
    return {"query": translate(query), "size": 0, "track_total_hits": True, "aggs": aggregations}


_ENDS: Json = {
    "oldest": {"min": {"field": "created_at"}},
    "newest": {"max": {"field": "created_at"}},
}


def _name(facet: Terms) -> str:
    return _TRAITS if facet.field in TRAITS else f"facet {facet.field}"


def _by_time(histogram: Histogram) -> Json:
    return {"date_histogram": {**time_buckets(histogram), "min_doc_count": 1}}


def _span(counts: dict[str, dict[str, object]]) -> tuple[int, int] | None:
    """Event time of the oldest and the newest document found."""
    oldest = msgspec.convert(counts["oldest"], _Value).value
    newest = msgspec.convert(counts["newest"], _Value).value
    return None if oldest is None or newest is None else (int(oldest), int(newest))


def of_trait(counted: Sequence[_Bucket], facet: Terms) -> tuple[Bucket, ...]:
    """The values of one trait, of all values that have it together."""
    counts: Counter[str] = Counter()
    for bucket in counted:
        trait = read_traits(str(bucket.key)).get(facet.field)
        if trait is not None:
            counts[trait] += bucket.doc_count
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Bucket(value, count) for value, count in ranked[: facet.size])


def joined(bars: Sequence[Bucket], narrow: Histogram, wide: Histogram) -> tuple[Bucket, ...] | None:
    """Narrow bars put together to wide ones; None where these do not begin and end with narrow ones."""
    shifted = wide.shift_seconds - narrow.shift_seconds
    if wide.interval_seconds % narrow.interval_seconds or shifted % narrow.interval_seconds:
        return None
    width, shift = wide.interval_seconds * 1000, wide.shift_seconds * 1000
    counts: dict[int, int] = {}
    for bar in bars:
        start = int(bar.key) - (int(bar.key) - shift) % width
        counts[start] = counts.get(start, 0) + bar.count
    return tuple(Bucket(start, counts[start]) for start in sorted(counts))


def _buckets(answer: object) -> tuple[Bucket, ...]:
    return _ported(msgspec.convert(answer, _Buckets))


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
