"""A level follows a measure at once upwards, slowly downwards, and never flaps."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.hysteresis import Bands, Incident
from monitor.alerts.port import AlertState
from monitor.campaigns.port import LEVELS

HOLD = 600_000
BANDS = Bands((1.0, 2.0, 4.0, 8.0), (10.0, 20.0, 50.0, 100.0), 0.5, HOLD)
CROWD = 1_000.0
MINUTE = 60_000


def events(measures: list[float], people: float = CROWD) -> list[tuple[int, AlertState, int]]:
    """Moment, event and level, of measures a minute apart."""
    incident, found = Incident(), []
    for number, measure in enumerate(measures):
        happened = incident.step(BANDS, measure, people, number * MINUTE)
        if happened is not None:
            found.append((number * MINUTE, happened, incident.level))
    return found


def test_it_opens_rises_falls_and_is_resolved() -> None:
    measures = [0.0, 1.2, 5.0, *[0.8] * 15, *[0.1] * 15]
    assert [(state, level) for _, state, level in events(measures)] == [
        ("opened", 0),
        ("escalated", 2),
        ("de-escalated", 0),
        ("resolved", -1),
    ]


def test_a_measure_that_swings_within_the_band_causes_nothing_more() -> None:
    assert len(events([1.0, 0.6, 1.0, 0.6, 0.99] * 20)) == 1


def test_a_dip_shorter_than_the_hold_causes_nothing() -> None:
    assert len(events([1.5, *[0.0] * 9, 1.5, *[0.0] * 9, 1.5])) == 1


@given(st.lists(st.floats(0, 20), max_size=200))
def test_a_fall_lies_behind_every_event_by_the_hold_at_least(measures: list[float]) -> None:
    for (before, _, _), (after, state, _) in pairwise(events(measures)):
        if state in ("de-escalated", "resolved"):
            assert after - before >= HOLD


@given(st.lists(st.floats(0, 20), max_size=120))
def test_opening_and_resolution_alternate(measures: list[float]) -> None:
    edges = [state for _, state, _ in events(measures) if state in ("opened", "resolved")]
    assert edges == ["opened", "resolved"] * (len(edges) // 2) + ["opened"] * (len(edges) % 2)


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 500), st.floats(0, 500))
def test_levels_rise_with_the_measure_and_with_the_people(
    measure: float, more: float, people: float, others: float
) -> None:
    assert BANDS.entered(measure + more, people + others) >= BANDS.entered(measure, people)
    assert BANDS.kept(measure, people) >= BANDS.entered(measure, people)


def test_few_people_cannot_make_red() -> None:
    assert LEVELS[BANDS.entered(1_000_000.0, 99.0)] == "orange"
