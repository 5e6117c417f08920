"""Times of forms: what was left alone stays as it was, to the millisecond."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.console.pages.local_times import bounds_of, local_time

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
SECOND_HALF_PAST_ONE = 1_320_561_000_000
"""2011-11-06 01:30 after clocks were put back in New York; the other was an hour before."""


@pytest.mark.parametrize("zone", [SHANGHAI, NEW_YORK])
@given(at=st.integers(0, 4_000_000_000_000))
def test_a_bound_that_was_left_alone_stays(zone: ZoneInfo, at: int) -> None:
    assert bounds_of({"from": local_time(at, zone), "after": str(at)}, zone) == {"after": at}


def test_the_hour_that_comes_twice_is_told_apart_where_it_was_left_alone() -> None:
    shown = local_time(SECOND_HALF_PAST_ONE, NEW_YORK)
    assert shown == local_time(SECOND_HALF_PAST_ONE - 3_600_000, NEW_YORK) == "2011-11-06T01:30"
    kept = bounds_of({"to": shown, "before": str(SECOND_HALF_PAST_ONE)}, NEW_YORK)
    assert kept == {"before": SECOND_HALF_PAST_ONE}


@pytest.mark.parametrize(
    ("fields", "bounds"),
    [
        ({"from": "2011-12-05T08:00", "after": "5"}, {"after": 1_323_043_200_000}),
        ({"from": "", "after": "5"}, {"after": None}),
        ({"after": "5"}, {}),
        ({"from": "2011-12-05T08:00:30"}, {"after": 1_323_043_230_000}),
        ({"to": "soon", "before": "7"}, {"before": None}),
        ({"to": "", "before": "9" * 40}, {"before": None}),
        ({"to": "1970-01-01T08:00", "before": "9" * 18}, {"before": 0}),
    ],
)
def test_what_was_typed_counts(fields: dict[str, str], bounds: dict[str, int | None]) -> None:
    assert bounds_of(fields, SHANGHAI) == bounds
