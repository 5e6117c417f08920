"""Pages: any depth, every document once, whatever stands at the same moment."""

from __future__ import annotations

import msgspec
import pytest

from monitor.errors import QueryError
from monitor.index.port import Query, Sort
from tests.contracts.conftest import OpinionIndex
from tests.contracts.test_index_against_reference import every_page
from tests.testkit.documents import NOON, a_document


def store_at_few_moments(index: OpinionIndex, count: int) -> list[str]:
    """Documents at three moments only; their ids in order of time, then id."""
    documents = [a_document(f"sina_weibo:{n:05}", "火锅", at=NOON + n % 3) for n in range(count)]
    index.create(documents)
    return [d.id for d in sorted(documents, key=lambda d: (d.created_at, d.id))]


@pytest.mark.parametrize("text", ["", "火锅"])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_thousands_at_one_moment_come_page_by_page_each_once(
    index: OpinionIndex, text: str, sort: Sort
) -> None:
    in_order = store_at_few_moments(index, 3000)
    expected = in_order if sort == "oldest" else in_order[::-1]
    assert every_page(index, Query(text=text, sort=sort, limit=170)) == expected


def test_equal_relevance_comes_page_by_page_each_once(index: OpinionIndex) -> None:
    in_order = store_at_few_moments(index, 500)
    assert every_page(index, Query(text="火锅", sort="relevance", limit=70)) == sorted(in_order)


@pytest.mark.parametrize(("stored", "more"), [(4, False), (5, False), (6, True)])
def test_only_a_page_with_more_behind_it_has_a_cursor(index: OpinionIndex, stored: int, more: bool) -> None:
    store_at_few_moments(index, stored)
    assert (index.search(Query(limit=5)).cursor is not None) is more


def test_a_document_that_comes_while_pages_are_turned_repeats_none(index: OpinionIndex) -> None:
    in_order = store_at_few_moments(index, 20)
    first = index.search(Query(limit=10))
    index.create([a_document("sina_weibo:new", "火锅", at=NOON + 9)])
    second = index.search(Query(limit=10, cursor=first.cursor))
    found = [hit.document.id for hit in (*first.hits, *second.hits)]
    assert found == in_order[::-1]


def test_the_page_size_may_change_from_page_to_page(index: OpinionIndex) -> None:
    in_order = store_at_few_moments(index, 20)
    first = index.search(Query(limit=5, sort="oldest"))
    rest = index.search(Query(limit=50, sort="oldest", cursor=first.cursor))
    assert [hit.document.id for hit in rest.hits] == in_order[5:]


@pytest.mark.parametrize(
    "change", [{"text": "锅"}, {"sort": "oldest"}, {"platform": "sina_weibo"}, {"after": 1}]
)
def test_a_cursor_of_another_query_is_refused(index: OpinionIndex, change: dict[str, str | int]) -> None:
    store_at_few_moments(index, 20)
    query = Query(text="火锅", limit=5)
    foreign = msgspec.structs.replace(query, cursor=index.search(query).cursor, **change)
    with pytest.raises(QueryError, match="does not belong to this query"):
        index.search(foreign)
