"""How many different accounts sketches are of together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.campaigns.distinct import K, sketch_of, united


def _accounts(count: int, first: int = 0) -> list[str]:
    return [f"u{number}" for number in range(first, first + count)]


@given(st.sets(st.integers(0, 10_000), max_size=K // 2), st.sets(st.integers(0, 10_000), max_size=K // 2 - 1))
def test_few_accounts_are_counted_exactly(one: set[int], other: set[int]) -> None:
    assert united([sketch_of(map(str, one)), sketch_of(map(str, other))]) == len(one | other)


@pytest.mark.parametrize("count", [600, 1_000, 5_000, 40_000])
def test_many_are_estimated_within_three_standard_errors(count: int) -> None:
    sketches = [sketch_of(_accounts(count // 4 + 50, number * count // 4)) for number in range(4)]
    assert united(sketches) == pytest.approx(count + 50, rel=3 / (K - 2) ** 0.5)


@given(st.lists(st.sampled_from(range(0, 3_000, 300)), min_size=1, max_size=6))
def test_sketches_unite_to_that_of_the_union(firsts: list[int]) -> None:
    accounts = [_accounts(700, first) for first in firsts]
    whole = sketch_of(one for part in accounts for one in part)
    assert united(map(sketch_of, accounts)) == united([whole])


def test_more_accounts_never_make_fewer() -> None:
    counts = [united([sketch_of(_accounts(count))]) for count in range(0, 3_000, 100)]
    assert counts == sorted(counts)


def test_a_sketch_stays_small() -> None:
    assert len(sketch_of(_accounts(50_000))) == 4 * K
