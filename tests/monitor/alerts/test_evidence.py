"""The claims of docs/evidence/alerting.md, in small: a week of a few watchlists."""

from __future__ import annotations

from monitor.alerts.backtest import replay
from monitor.alerts.rules import HistoryRules, Rules
from tests.testkit.assessing import TITLES, ZONE
from tests.testkit.opinion_world import DAY_MINUTES, MINUTE_MS, START, Happening, World

DAYS, WATCHLISTS = 8, 4


def test_incidents_alert_in_time_and_hardly_anything_else_does() -> None:
    world = World(3, DAYS, WATCHLISTS, (60.0, 240.0))
    world.ordinary_life()
    incidents = world.incidents(6, 2, (1, 3))
    delays: dict[int, float] = {}
    false = 0
    for number in range(WATCHLISTS):
        for alert in replay(f"w{number}", world.cells(number), Rules(), ZONE, TITLES):
            minute = (alert.at - START) / MINUTE_MS
            mine = [
                one
                for one in incidents
                if one.watchlist == number and one.start <= minute <= one.start + one.minutes + 60
            ]
            if alert.state == "opened" and mine:
                delays.setdefault(mine[0].start, minute - mine[0].start)
            false += alert.state == "opened" and not mine
    assert len(delays) == len(incidents)
    assert max(delays.values()) <= 15
    assert false <= DAYS


def test_without_hours_of_the_day_a_burst_at_night_is_missed() -> None:
    flat = Rules(history=HistoryRules(hour_profile=False))
    world = World(3, 5, 1, (300.0, 300.0))
    world.happenings.append(Happening("incident", 0, 4 * DAY_MINUTES + 3 * 60, 60, 5, 12.0))
    cells = list(world.cells(0))
    assert any(one.rule == "surge" for one in replay("w", cells, Rules(), ZONE, TITLES))
    assert not any(one.rule == "surge" for one in replay("w", cells, flat, ZONE, TITLES))
