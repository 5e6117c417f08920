"""Folded pages: each text once, with its count, however far one reads, on every engine."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from monitor.index.conditions import AnyOf, Words
from monitor.index.facts import text_key
from monitor.index.folding import search_folded
from monitor.index.port import Query, Sort
from tests.contracts.conftest import OpinionIndex
from tests.testkit.corpus import made_up_documents
from tests.testkit.documents import NOON, a_document


def every_folded(index: OpinionIndex, query: Query) -> list[tuple[int, str, int]]:
    """Text, id and count of every fold of every page."""
    found: list[tuple[int, str, int]] = []
    while True:
        page = search_folded(index, query)
        assert len(page.hits) <= query.limit
        found += [(text_key(one.hit.document), one.hit.document.id, one.copies) for one in page.hits]
        if page.cursor is None:
            return found
        query = msgspec.structs.replace(query, cursor=page.cursor)


@pytest.mark.parametrize("sort", ["newest", "oldest", "reach", "relevance"])
def test_each_text_comes_once_with_its_count_and_its_first_document(index: OpinionIndex, sort: Sort) -> None:
    documents = made_up_documents(300, seed=4)
    index.create(documents)
    words = AnyOf((Words("火锅"), Words("手机"), Words("电影")))
    query = Query(condition=words, sort=sort, limit=7)
    whole = [hit.document for hit in index.search(msgspec.structs.replace(query, limit=1000)).hits]
    first: dict[int, str] = {}
    for document in whole:
        first.setdefault(text_key(document), document.id)
    found = every_folded(index, query)
    assert [(key, identity) for key, identity, _ in found] == list(first.items())
    assert {key: copies for key, _, copies in found} == Counter(map(text_key, whole))


def test_a_flood_of_one_text_is_one_hit_and_hides_nothing(index: OpinionIndex) -> None:
    flood = [
        a_document(f"sina_weibo:f{number:04}", "房价 真的涨了!", at=NOON + number) for number in range(900)
    ]
    others = [a_document(f"sina_weibo:o{number}", f"房价的第{number}种说法", at=NOON) for number in range(3)]
    index.create([*flood, *others])
    found = every_folded(index, Query(text="房价", limit=2))
    assert [copies for _, _, copies in found] == [900, 1, 1, 1]
    assert [one.copies for one in search_folded(index, Query(text="房价", limit=3)).hits] == [900, 1, 1]


def test_plain_reposts_fold_within_their_cascade_only(index: OpinionIndex) -> None:
    reposts = [
        msgspec.structs.replace(
            a_document(f"sina_weibo:{number}", "转发微博", at=NOON + number, kind="repost"),
            root=f"sina_weibo:root{number % 2}",
        )
        for number in range(6)
    ]
    index.create(reposts)
    assert [copies for _, _, copies in every_folded(index, Query(limit=10))] == [3, 3]
