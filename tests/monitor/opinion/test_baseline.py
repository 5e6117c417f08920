"""What is usual is learnt by hour and weekday, whatever bursts there were."""

from __future__ import annotations

from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.opinion.baseline import Baseline
from monitor.opinion.hours import HOUR_MS, REMEMBERED_HOURS, Hour

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = 1_322_409_600_000 // HOUR_MS
NOON, NIGHT = 12, 4


def learnt(days: int, *, weekend: float = 1.0, hour_profile: bool = True) -> Baseline:
    """Days of 100 records an hour by day and 10 by night, weekends ``weekend`` times that."""
    baseline = Baseline(ZONE, 3.0, hour_profile=hour_profile)
    for number in range(days * 24):
        count = 10 if number % 24 < 8 else 100
        baseline.learn(MONDAY + number, Hour(round(count * (weekend if number // 24 % 7 > 4 else 1.0))))
    return baseline


def usual(baseline: Baseline, day: int, hour: int) -> float:
    """What is usual in an hour."""
    start = (MONDAY + day * 24 + hour) * HOUR_MS
    expected = baseline.expected(start, start + HOUR_MS)
    assert expected is not None
    return expected


def test_there_is_not_enough_history_in_the_first_days() -> None:
    start = (MONDAY + 2 * 24 + NOON) * HOUR_MS
    assert learnt(2).expected(start, start + HOUR_MS) is None
    assert learnt(2).negative(start) is None


def test_hours_of_the_day_differ() -> None:
    baseline = learnt(7)
    assert usual(baseline, 7, NOON) == pytest.approx(100, rel=0.1)
    assert usual(baseline, 7, NIGHT) == pytest.approx(10, rel=0.2)


def test_without_an_hour_profile_night_and_noon_are_one() -> None:
    baseline = learnt(7, hour_profile=False)
    assert usual(baseline, 7, NOON) == pytest.approx(usual(baseline, 7, NIGHT), rel=0.01)


def test_weekends_differ_once_there_were_some() -> None:
    baseline = learnt(28, weekend=0.5)
    assert usual(baseline, 33, NOON) == pytest.approx(50, rel=0.35)
    assert usual(baseline, 29, NOON) == pytest.approx(100, rel=0.1)


def test_past_bursts_do_not_become_usual() -> None:
    baseline = learnt(7)
    for hour in range(10, 16):
        baseline.learn(MONDAY + 3 * 24 + hour, Hour(5_000))
    assert usual(baseline, 7, NOON) == pytest.approx(100, rel=0.15)


def test_past_weeks_are_forgotten() -> None:
    baseline = learnt(60)
    assert len(baseline.hours) == REMEMBERED_HOURS


@given(st.integers(0, 1_000), st.lists(st.integers(0, 200), min_size=96, max_size=96))
def test_the_order_in_which_hours_come_does_not_matter(seed: int, counts: list[int]) -> None:
    hours = [(MONDAY + number, Hour(count, count, count // 3)) for number, count in enumerate(counts)]
    ordered, shuffled = Baseline(ZONE, 3.0), Baseline(ZONE, 3.0)
    for number, hour in hours:
        ordered.learn(number, hour)
    Random(seed).shuffle(hours)
    for number, hour in hours:
        shuffled.learn(number, hour)
    assert usual(ordered, 4, NOON) == pytest.approx(usual(shuffled, 4, NOON))


def test_a_share_is_the_median_of_days() -> None:
    baseline = Baseline(ZONE, 3.0)
    for number in range(7 * 24):
        angry_day = number // 24 == 3
        baseline.learn(MONDAY + number, Hour(10, 10, 9 if angry_day else 3))
    share = baseline.negative((MONDAY + 7 * 24) * HOUR_MS)
    assert share is not None
    assert share.share == pytest.approx(0.3, abs=0.01)


def test_what_is_usual_does_not_depend_on_when_it_was_asked_before() -> None:
    asked, never_asked = learnt(7), learnt(7)
    usual(asked, 8, NOON)
    for baseline in (asked, never_asked):
        for hour in range(24):
            baseline.learn(MONDAY + 7 * 24 + hour, Hour(400))
    assert usual(asked, 8, NOON) == usual(never_asked, 8, NOON)


@pytest.mark.parametrize("hours", [6, 7, 30])
def test_a_few_hours_of_history_say_what_is_usual_in_every_hour(hours: int) -> None:
    baseline = Baseline(ZONE, history_days=0.25)
    for number in range(hours):
        baseline.learn(number, Hour(100))
    end = 48 * HOUR_MS
    for at in range(end, end + 24 * HOUR_MS, HOUR_MS):
        assert baseline.expected(at, at + HOUR_MS) == pytest.approx(100, rel=0.35)
