"""SQLite and Elasticsearch find the same among 20,000 real posts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import msgspec
import pytest

from monitor.documents import Document
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import install, uninstall
from monitor.index.port import OpinionReader, Query
from monitor.index.selection import MAX_PAGE
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.corpus import REAL_POSTS, memberships_for, real_documents
from tests.testkit.queries import random_queries
from tests.testkit.services import ElasticsearchServer

pytestmark = pytest.mark.system
DOCUMENTS, QUERIES, BATCH = 20_000, 300, 2_000
WHOLE_SETS = int(os.environ.get("OPINION_MONITOR_WHOLE_SETS", "1000"))
"""Sets up to this size are compared document by document; 20000 for all of them (many minutes)."""
LARGE_SETS = 5
"""So many of the larger ones are, too, page after page."""
PART = 200


class Filled(msgspec.Struct):
    """Both engines with the same documents and memberships."""

    documents: list[Document]
    embedded: SqliteIndex
    distributed: ElasticsearchIndex


@pytest.fixture(scope="module")
def filled(
    elasticsearch_server: ElasticsearchServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    if not REAL_POSTS.exists():
        pytest.skip(f"real posts are not at hand: {REAL_POSTS} is missing (OPINION_MONITOR_SHARED_DATA)")
    documents = real_documents(DOCUMENTS)
    layout = Layout(prefix=f"agree-{uuid4().hex[:8]}-", replicas=0)
    url = elasticsearch_server.address
    with connect(url) as client, SqliteStore(tmp_path_factory.mktemp("agree")) as store:
        install(client, url, layout)
        both = Filled(documents, SqliteIndex(store), ElasticsearchIndex(client, url, layout))
        for start in range(0, DOCUMENTS, BATCH):
            batch = documents[start : start + BATCH]
            assert both.embedded.create(batch) == both.distributed.create(batch)
        client.indices.refresh(index=layout.alias("opinions"))
        memberships = memberships_for(documents, seed=5)
        assert both.embedded.update_memberships(memberships) == both.distributed.update_memberships(
            memberships
        )
        client.indices.refresh(index=layout.alias("opinions"))
        yield both
        uninstall(client, url, layout)


def first_found(index: OpinionReader, query: Query, most: int) -> list[str]:
    """Ids of the first hits, in order."""
    query = msgspec.structs.replace(query, limit=min(most, MAX_PAGE))
    found: list[str] = []
    while True:
        page = index.search(query)
        found += [hit.document.id for hit in page.hits]
        if page.cursor is None or len(found) >= most:
            return found
        query = msgspec.structs.replace(query, cursor=page.cursor)


def assert_same(both: Filled, query: Query, most: int) -> list[str]:
    """The same hits in the same order, up to so many; what they are."""
    ours, theirs = (first_found(one, query, most) for one in (both.embedded, both.distributed))
    assert ours == theirs, query
    return ours


def test_both_engines_find_the_same_sets(filled: Filled) -> None:
    """All sets are compared by size, most of them whole, the other large ones from both ends in time."""
    something, large = 0, 0
    for query in random_queries(filled.documents, QUERIES, seed=7):
        found = filled.embedded.count(query)
        assert filled.distributed.count(query) == found, query
        in_time = query if query.sort != "relevance" else msgspec.structs.replace(query, sort="newest")
        something += found > 0
        large += found > WHOLE_SETS
        if found <= WHOLE_SETS or large <= LARGE_SETS:
            assert len(assert_same(filled, in_time, found + 1)) == found
        else:
            for end in ("newest", "oldest"):
                assert_same(filled, msgspec.structs.replace(query, sort=end), PART)
    assert something > QUERIES // 3, "most queries find nothing: they show little"
    assert large > LARGE_SETS or WHOLE_SETS >= DOCUMENTS
