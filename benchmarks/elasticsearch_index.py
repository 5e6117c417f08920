"""Speed of the index in Elasticsearch: ``python -m benchmarks.elasticsearch_index FILE [--url URL]``.

FILE holds intake records (NDJSON, ``.xz`` allowed); the engine is that of ``make services up`` unless named.
Writes to indices of its own, which it deletes. Prints one JSON object: documents and memberships per
second and microseconds of the client's CPU for each, bytes on disk per document, milliseconds of queries.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from elasticsearch import Elasticsearch

from benchmarks.search_index import read_documents
from monitor.campaigns.port import Membership
from monitor.documents import Document
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import install, uninstall
from monitor.index.port import Histogram, Query, Terms

_BATCH = 2_000
_ROUNDS = 15
_LAYOUT = Layout(prefix="benchmark-", replicas=0)


class Pace(msgspec.Struct, frozen=True):
    """How quickly things were written."""

    written: int
    per_second: int
    client_cpu_microseconds_each: float


class Report(msgspec.Struct, frozen=True):
    """What is printed."""

    documents: Pace
    memberships: Pace
    bytes_per_document: float
    median_milliseconds: dict[str, float]


def _pace(count: int, write: Callable[[], None]) -> Pace:
    began, spent = time.perf_counter(), time.process_time()
    write()
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    return Pace(count, round(count / seconds), round(spent / count * 1e6, 1))


def _create(index: ElasticsearchIndex, documents: Sequence[Document]) -> None:
    for start in range(0, len(documents), _BATCH):
        index.create(documents[start : start + _BATCH])


def _join(index: ElasticsearchIndex, documents: Sequence[Document]) -> None:
    memberships = [Membership(document.id, "c1", 1, 900) for document in documents]
    for start in range(0, len(memberships), _BATCH):
        index.update_memberships(memberships[start : start + _BATCH])


def _latencies(index: ElasticsearchIndex, document: Document) -> dict[str, float]:
    asked: dict[str, Callable[[], object]] = {
        "search newest": partial(index.search, Query()),
        "search 中国": partial(index.search, Query(text="中国")),
        "search 中国 by relevance": partial(index.search, Query(text="中国", sort="relevance")),
        'search "转发微博" (phrase)': partial(index.search, Query(text='"转发微博"')),
        "search author": partial(index.search, Query(author=document.author)),
        "get": partial(index.get, document.id),
        "count 的": partial(index.count, Query(text="的")),
        "histogram of all by day": partial(index.aggregate, Query(), Histogram(86_400)),
        "sentiment of all": partial(index.aggregate, Query(), Terms("sentiment")),
    }
    return {name: _median_milliseconds(ask) for name, ask in asked.items()}


def _median_milliseconds(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 1)


def measure(client: Elasticsearch, url: str, documents: Sequence[Document]) -> Report:
    """Write the documents, join every tenth to a campaign, then ask."""
    index = ElasticsearchIndex(client, url, _LAYOUT)
    everything = _LAYOUT.pattern("opinions")
    created = _pace(len(documents), partial(_create, index, documents))
    client.indices.refresh(index=everything)
    few = documents[::10]
    joined = _pace(len(few), partial(_join, index, few))
    client.indices.forcemerge(index=everything, max_num_segments=1)
    client.indices.refresh(index=everything)
    size = client.indices.stats(index=everything, metric="store").body["_all"]["primaries"]["store"]
    return Report(
        created, joined, round(size["size_in_bytes"] / len(documents), 1), _latencies(index, documents[0])
    )


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:29200")
    parser.add_argument("--documents", type=int, default=100_000)
    options = parser.parse_args(arguments)
    documents = list(read_documents(options.file, options.documents))
    with connect(options.url) as client:
        install(client, options.url, _LAYOUT)
        try:
            report = measure(client, options.url, documents)
        finally:
            uninstall(client, options.url, _LAYOUT)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
