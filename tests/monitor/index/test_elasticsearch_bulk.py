"""What the statuses of a bulk answer mean, and how large the next request is."""

from __future__ import annotations

import pytest

from monitor.index.elasticsearch_bulk import BatchSize, Operation, Target, Verdict, action, classify


@pytest.mark.parametrize(
    ("operation", "status", "kind", "verdict"),
    [
        ("create", 201, "", "done"),
        ("update", 200, "", "done"),
        ("create", 409, "version_conflict_engine_exception", "conflict"),
        ("update", 404, "document_missing_exception", "missing"),
        ("delete", 404, "", "missing"),
        ("create", 400, "document_parsing_exception", "rejected"),
        ("create", 400, "strict_dynamic_mapping_exception", "rejected"),
        ("create", 413, "", "rejected"),
        ("create", 400, "validation_exception", None),
        ("create", 400, "something_new", None),
        ("create", 404, "index_not_found_exception", None),
        ("create", 403, "cluster_block_exception", None),
        ("create", 429, "es_rejected_execution_exception", None),
        ("create", 429, "cluster_block_exception", None),
        ("create", 503, "unavailable_shards_exception", None),
    ],
)
def test_only_the_fault_of_one_document_is_settled_against_it(
    operation: Operation, status: int, kind: str, verdict: Verdict | None
) -> None:
    assert classify(operation, status, kind) == verdict


def test_the_size_of_a_request_is_halved_down_to_the_least_and_grows_back_to_the_most() -> None:
    size = BatchSize(most=100, least=10)
    sizes = []
    for _ in range(5):
        size.shrink()
        sizes.append(size.now)
    for _ in range(40):
        size.grow()
    assert (sizes, size.now) == ([50, 25, 12, 10, 10], 100)


def test_an_action_is_its_line_and_its_body() -> None:
    assert action("create", Target("opinions-2012.01", "a:1"), {"text": "水"}).lines == (
        '{"create":{"_index":"opinions-2012.01","_id":"a:1"}}\n{"text":"水"}'.encode()
    )


def test_a_deletion_has_no_body() -> None:
    assert action("delete", Target("i", "1")).lines == b'{"delete":{"_index":"i","_id":"1"}}'
