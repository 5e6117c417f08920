"""What the engine counted together is taken apart, and narrow bars are put together to wide ones."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.console.intervals import histogram_over
from monitor.index.conditions import AllOf, AnyOf, Not, Within
from monitor.index.elasticsearch_overview import _NARROWER, joined
from monitor.index.elasticsearch_stored import read_traits, traits_of
from monitor.index.port import Bucket, Histogram, Query
from monitor.index.selection import bounds_of

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400_000


def bars_of(times: list[int], histogram: Histogram) -> tuple[Bucket, ...]:
    """What an engine answers for records at these times."""
    width, shift = histogram.interval_seconds * 1000, histogram.shift_seconds * 1000
    starts = [at - (at - shift) % width for at in times]
    return tuple(Bucket(start, starts.count(start)) for start in sorted(set(starts)))


@given(
    st.lists(st.integers(0, 1_500 * DAY), min_size=1, max_size=30),
    st.integers(0, 1_500 * DAY),
    st.integers(0, 1_500 * DAY),
)
def test_narrow_bars_put_together_are_the_wide_ones(times: list[int], one: int, other: int) -> None:
    narrow = histogram_over(0, max(one, other) // _NARROWER, ZONE)
    wide = histogram_over(min(times), max(times), ZONE)
    found = joined(bars_of(times, narrow), narrow, wide)
    assert found is None or found == bars_of(times, wide)


def test_mostly_the_narrow_bars_fit() -> None:
    first, years = int(datetime(2010, 12, 1, tzinfo=ZONE).timestamp()) * 1000, 5 * 365 * DAY
    narrow = histogram_over(first, first + years // _NARROWER, ZONE)
    for share in (1.0, 0.7, 0.5, 0.3, 0.25):
        wide = histogram_over(first, first + round(years * share), ZONE)
        assert joined((), narrow, wide) == ()
    assert joined((), narrow, Histogram(3_600)) is None


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["angry", None]),
    st.sampled_from("abc"),
)
def test_traits_are_read_as_they_were_written(platform: str, emotion: str | None, kind: str) -> None:
    known = {"platform": platform, "kind": kind, "sentiment": "neutral", "emotion": emotion}
    expected = {field: value for field, value in known.items() if value}
    assert read_traits(traits_of(platform, kind, "neutral", emotion)) == expected


@pytest.mark.parametrize(
    ("condition", "bounds"),
    [
        (Within(3, 9), (3, 9)),
        (AllOf((Within(3), Within(5), Within(before=9))), (5, 9)),
        (AnyOf((Within(3), Within(5))), (None, None)),
        (Not(Within(3)), (None, None)),
    ],
)
def test_bounds_are_those_that_must_hold(
    condition: AllOf | AnyOf | Not | Within, bounds: tuple[int | None, int | None]
) -> None:
    assert bounds_of(Query(condition=condition)) == bounds


def test_the_bounds_of_a_query_and_of_its_condition_hold_together() -> None:
    assert bounds_of(Query(after=2, before=7, condition=Within(4, 9))) == (4, 7)
