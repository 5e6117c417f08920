"""The wall's lines: where nothing was heard there is a gap, not a zero."""

from __future__ import annotations

from monitor.console.pages.wall import heard_at, line_values
from monitor.console.views import Series, Wall, WallSubject
from monitor.index.port import Bucket

HOUR = 3_600_000


def a_subject(name: str, *counts: int) -> WallSubject:
    """A watchlist with these counts, an hour each; those of 0 are left out, as figures leave them."""
    buckets = tuple(Bucket(place * HOUR, count) for place, count in enumerate(counts) if count)
    return WallSubject(name, sum(counts), None, None, None, 0.0, Series(3_600, buckets), None)


def a_wall(*subjects: WallSubject) -> Wall:
    """Six hours of a wall."""
    return Wall(6 * HOUR, 0, 6 * HOUR, subjects, (), 0, (), False, ())


def test_an_hour_without_a_record_from_any_source_is_a_gap() -> None:
    food = a_subject("food", 2, 0, 0, 3, 1)
    wall = a_wall(a_subject("all", 9, 8, 0, 9, 9), food)
    assert heard_at(wall) == {0, HOUR, 3 * HOUR, 4 * HOUR}
    assert line_values(wall, food) == [2.0, 0.0, None, 3.0, 1.0, None]


def test_a_line_begins_and_ends_with_its_first_and_last_record() -> None:
    food = a_subject("food", 0, 2, 3)
    assert line_values(a_wall(a_subject("all", 1, 1, 1, 1, 1, 1), food), food) == [
        None, 2.0, 3.0, None, None, None
    ]  # fmt: skip
