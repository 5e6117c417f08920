"""What several partitions brought in one order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.ordering import merged

_ITEMS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)))


def _source(item: tuple[int, int, int]) -> int:
    return item[0]


def _time(item: tuple[int, int, int]) -> int:
    return item[1]


@given(_ITEMS)
def test_each_source_keeps_its_order_and_nothing_is_lost(items: list[tuple[int, int]]) -> None:
    numbered = [(source, time, number) for number, (source, time) in enumerate(items)]
    ordered = merged(numbered, _source, _time)
    assert sorted(ordered, key=lambda item: item[2]) == numbered
    for source in range(4):
        assert [item for item in ordered if item[0] == source] == [
            item for item in numbered if item[0] == source
        ]


@given(st.lists(st.lists(st.integers(0, 1_000)).map(sorted), max_size=4))
def test_sources_that_are_in_order_come_out_in_order_of_time(sources: list[list[int]]) -> None:
    items = [(source, time, 0) for source, times in enumerate(sources) for time in times]
    assert [time for _, time, _ in merged(items, _source, _time)] == sorted(time for _, time, _ in items)
