"""What is remembered of records, what is forgotten, and what may have been."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.recent import RecentIds, TimedIds


def test_a_recent_id_is_known_until_enough_others_came() -> None:
    recent = RecentIds(3)
    assert [recent.is_new(one) for one in "abcab"] == [True, True, True, False, False]
    assert [recent.is_new(one) for one in "dea"] == [True, True, True]


def test_recent_ids_survive_a_snapshot() -> None:
    recent = RecentIds(3)
    recent.is_new("a")
    assert not RecentIds(3, recent.hashes()).is_new("a")


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=200), st.integers(1, 30))
def test_an_id_is_known_or_doubted_or_was_never_seen(talk: list[tuple[int, int]], bound: int) -> None:
    """An id has one event time, whenever it comes: here the same for ids of one tenth."""
    ids, seen = TimedIds(bound), set[int]()
    for number, jump in talk:
        identity, at = number + jump, (number + jump) // 10
        doubted = ids.may_be_forgotten(str(identity), at)
        if ids.is_new(str(identity), at):
            assert doubted or identity not in seen
        else:
            assert identity in seen
            assert not doubted
        seen.add(identity)
        assert len(ids.hashes()) < bound + max(1, bound // 20)
        ids = TimedIds(bound, ids.hashes(), ids.blocks(), ids.forgotten_until)


def test_nothing_is_doubted_while_time_goes_on() -> None:
    ids = TimedIds(100)
    for at in range(1_000):
        assert not ids.may_be_forgotten(str(at), at)
        assert ids.is_new(str(at), at)
    assert ids.may_be_forgotten("late", 500)
