"""Asking what a panel of a wall asks: the way Grafana turns its queries into requests, as far as ours go."""

from __future__ import annotations

from collections.abc import Iterator

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
    sums = {f"s{number}": {"sum": {"field": of}} for number, of in enumerate(query.sums)}
    over_time = {"date_histogram": {"field": field, "fixed_interval": "1m", "min_doc_count": 1}}
    inner = {"9": {**over_time, "aggs": sums}} if sums else {"9": over_time}
    outer = {"8": {"terms": {"field": query.by, "size": 12}, "aggs": inner}} if query.by else inner
    answer = client.search(
        index=f"{prefix}{query.index}-*",
        query={"bool": {"filter": [ever, lucene]}},
        aggs=outer,
        size=1 if query.rows else 0,
    )
    if query.rows:
        return bool(answer["hits"]["hits"])
    return bool(answer["aggregations"]["8" if query.by else "9"]["buckets"])
