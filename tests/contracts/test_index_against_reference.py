"""Random queries give the same documents, order and counts as the reference in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from monitor.documents import Document
from monitor.index.facts import text_key
from monitor.index.port import Bucket, Histogram, Overview, Query, Terms, TermsField
from tests.contracts.conftest import OpinionIndex
from tests.testkit.corpus import REAL_POSTS, made_up_documents, memberships_for, real_documents
from tests.testkit.queries import random_aggregation, random_queries
from tests.testkit.reference_index import ReferenceIndex

Filled = tuple[OpinionIndex, ReferenceIndex]
_BATCH = 500


@pytest.fixture(scope="module", params=["made_up", "real"])
def filled(
    request: pytest.FixtureRequest,
    new_index: Callable[[Path], AbstractContextManager[OpinionIndex]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Filled]:
    """An index and the reference, filled with the same documents and memberships."""
    if request.param == "made_up":
        documents = made_up_documents(800, seed=11)
    elif REAL_POSTS.exists():
        documents = real_documents(5000)
    else:
        pytest.skip(f"real posts are not at hand: {REAL_POSTS} is missing (OPINION_MONITOR_SHARED_DATA)")
    with new_index(tmp_path_factory.mktemp("filled")) as index:
        yield index, _fill(index, documents)


def _fill(index: OpinionIndex, documents: list[Document]) -> ReferenceIndex:
    reference = ReferenceIndex()
    for at in range(0, len(documents), _BATCH):
        batch = documents[at : at + _BATCH]
        assert index.create(batch) == reference.create(batch)
    memberships = memberships_for(documents, seed=5)
    for at in range(0, len(memberships), _BATCH):
        assert not index.update_memberships(memberships[at : at + _BATCH]).missing
    reference.update_memberships(memberships)
    return reference


def every_page(index: OpinionIndex, query: Query) -> list[str]:
    """Ids of all pages in order."""
    found: list[str] = []
    while True:
        page = index.search(query)
        assert len(page.hits) <= query.limit
        found += [hit.document.id for hit in page.hits]
        if page.cursor is None:
            return found
        assert page.hits
        query = msgspec.structs.replace(query, cursor=page.cursor)


def queries(reference: ReferenceIndex, seed: int) -> Iterator[Query]:
    return random_queries(list(reference.documents.values()), 300, seed)


def test_random_queries_find_what_the_reference_finds(filled: Filled) -> None:
    index, reference = filled
    empty = 0
    for query in queries(reference, seed=1):
        expected = [document.id for document in reference.found(query)]
        few = query if len(expected) < 8 * query.limit else msgspec.structs.replace(query, limit=1000)
        found = every_page(index, few)
        if query.sort == "relevance":
            assert len(found) == len(set(found)), query
            found, expected = sorted(found), sorted(expected)
        assert found == expected, query
        empty += not expected
    assert empty < 200, "most of the random queries find nothing: they show little"


def test_random_queries_count_what_the_reference_counts(filled: Filled) -> None:
    index, reference = filled
    chance = random.Random(3)
    for query in queries(reference, seed=2):
        by = random_aggregation(chance)
        assert index.count(query) == len(reference.found(query)), query
        assert index.aggregate(query, by) == reference.aggregate(query, by), (query, by)


def test_random_queries_are_overviewed_as_by_the_reference(filled: Filled) -> None:
    index, reference = filled
    chance = random.Random(4)
    for query in islice(queries(reference, seed=3), 60):
        facets = [Terms(field, 5) for field in get_args(TermsField)]
        cut = partial(cut_into, Histogram(chance.choice((60, 3600)), chance.choice((0, -28_800))))
        expected, found = (one.overview(query, facets, cut) for one in (reference, index))
        assert plain(found) == plain(expected), query
        for ours, theirs in ((found.texts, expected.texts), (found.people, expected.people)):
            assert ours == theirs if found.exact else ours == pytest.approx(theirs, rel=0.05, abs=1), query


def cut_into(histogram: Histogram, oldest: int, newest: int) -> Histogram:
    assert oldest <= newest
    return histogram


def plain(overview: Overview) -> Overview:
    """What must be equal to the letter: not estimates, and of the busiest authors only how busy they are."""
    authors = tuple(Bucket("", one.count) for one in overview.facets["author"])
    return msgspec.structs.replace(
        overview, texts=0, people=0, exact=True, facets=overview.facets | {"author": authors}
    )


def test_random_texts_are_counted_as_by_the_reference(filled: Filled) -> None:
    index, reference = filled
    for query in islice(queries(reference, seed=5), 60):
        documents = reference.found(query)
        counts = Counter(text_key(document) for document in documents)
        first = {text_key(document): document.id for document in reversed(documents)}
        keys = [*list(counts)[:5], 1]
        found = {one.key: one for one in index.text_counts(query, keys, firsts=True)}
        assert {key: one.count for key, one in found.items()} == {key: counts[key] for key in keys[:-1]}
        if query.sort != "relevance":
            expected = {key: first[key] if counts[key] > 1 else None for key in keys[:-1]}
            assert {key: one.first for key, one in found.items()} == expected


def test_every_document_comes_back_as_it_was_stored_with_its_campaigns(filled: Filled) -> None:
    index, reference = filled
    for hit in index.search(Query(limit=200)).hits:
        assert hit.document == reference.documents[hit.document.id]
        assert {found.id for found in hit.campaigns} == set(reference.campaigns_of(hit.document.id))
