"""Asking what a panel of a wall asks: the way Grafana turns its queries into requests, as far as ours go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from grafana.panels import Es, Prom
from grafana.sources import TIME_FIELDS
from grafana.walls import ANNOTATIONS, CHOICE, WALLS

_VARIABLES = {"$watchlist": ".*", "$__rate_interval": "1m"}


def queries() -> Iterator[tuple[str, Prom | Es]]:
    """Every query of every wall with its panel; annotations; and what subjects are chosen from."""
    yield "annotations", Prom(ANNOTATIONS)
    yield "subjects", Prom(CHOICE.removeprefix("label_values(").rpartition(",")[0])
    for module in WALLS:
        for panel in module.PANELS:
            for query in panel.queries:
                yield f"{module.TITLE.en}: {panel.title.en}", query


def filled_in(text: str) -> str:
    """A query with the variables of a wall that shows everything."""
    for name, value in _VARIABLES.items():
        text = text.replace(name, value)
    return text


def answered(client: Elasticsearch, prefix: str, query: Es) -> bool:
    """Whether an index family has an answer: documents, and a value for each sum."""
    field = query.time_field or TIME_FIELDS[query.index]
    lucene = {"query_string": {"query": filled_in(query.query), "analyze_wildcard": True}}
    ever = {"range": {field: {"gte": 0}}}
    if query.groups:
        return _grouped(client, f"{prefix}{query.index}-*", [ever, lucene], query)
    sums = {f"s{number}": {"sum": {"field": of}} for number, of in enumerate(query.sums)}
    values = {f"v{number}": {"value_count": {"field": of}} for number, of in enumerate(query.sums)}
    over_time = {"date_histogram": {"field": field, "fixed_interval": "1m", "min_doc_count": 1}}
    inner = {"9": {**over_time, "aggs": sums}} if sums else {"9": over_time}
    outer = {"8": {"terms": {"field": query.by, "size": 12}, "aggs": inner}} if query.by else inner
    answer = client.search(
        index=f"{prefix}{query.index}-*",
        query={"bool": {"filter": [ever, lucene]}},
        aggs={**outer, **values},
        size=1 if query.rows else 0,
    )
    if query.rows:
        return bool(answer["hits"]["hits"])
    if not all(answer["aggregations"][name]["value"] for name in values):
        return False  # a sum over nothing is 0 in every bucket
    return bool(answer["aggregations"]["8" if query.by else "9"]["buckets"])


def _grouped(client: Elasticsearch, index: str, filters: list[Mapping[str, Any]], query: Es) -> bool:
    """Whether a table of groups has a row with a value in each column. Each group is ordered by the first."""
    largest = {field: {"max": {"field": field}} for field in query.sums}
    inner: dict[str, Any] = largest
    for field in reversed(query.groups):
        terms = {"field": field, "size": 50, "order": {query.sums[0]: "desc"}}
        inner = {"group": {"terms": terms, "aggs": inner}, query.sums[0]: largest[query.sums[0]]}
    found = client.search(index=index, query={"bool": {"filter": filters}}, aggs=inner, size=0)
    row: Mapping[str, Any] = found["aggregations"]
    for _ in query.groups:
        if not row["group"]["buckets"]:
            return False
        row = row["group"]["buckets"][0]
    return all(row[field]["value"] is not None for field in query.sums)
