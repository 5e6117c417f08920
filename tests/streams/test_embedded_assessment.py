"""In one process, too, an old post that is found now is nothing to judge, nor what is usual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.alerts.campaigns import CampaignAlerts
from monitor.alerts.rules import HistoryRules, Rules
from monitor.index.store import SqliteStore
from monitor.opinion.figures import Observation
from streams.embedded_assessment import EmbeddedAssessment
from streams.snapshots import STREAMS_SCHEMA, SnapshotStore
from tests.testkit.assessing import ZONE, new_assessor

HOUR = 3_600_000
START = 1_322_668_800_000
RULES = Rules(history=HistoryRules(days=0.25))


def seen(at: int, number: int, *watchlists: str) -> Observation:
    return Observation("sina_weibo", at, f"u{number}", "post", "neutral", 0.0, False, False, None, watchlists)


def talk(late_hours: int) -> Iterator[Observation]:
    """Two days of other talk; then people talk of a new subject, as they always do: ten in a minute."""
    for minute in range(48 * 60):
        yield seen(START + minute * 60_000, minute)
    began = START + 48 * HOUR
    if late_hours:
        yield seen(began - late_hours * HOUR, 0, "housing")
    for number in range(1_200):
        yield seen(began + number * 6_000, 10_000 + number, "housing")


@pytest.mark.parametrize("late_hours", [0, 2, 40])
def test_an_old_post_that_comes_first_makes_no_history_of_zeros(tmp_path: Path, late_hours: int) -> None:
    with SqliteStore(tmp_path, (STREAMS_SCHEMA,)) as store, store.transaction():
        assessment = EmbeddedAssessment(
            SnapshotStore(store.connection),
            CampaignAlerts(ZONE, lambda _: "all"),
            new_assessor(RULES),
            RULES.time.step_seconds,
        )
        alerts = [alert for one in talk(late_hours) for alert in assessment.take([one])]
    assert [alert for alert in alerts if alert.watchlist == "housing"] == []
    (track,) = assessment.assessment.assessors["housing"].tracks.values()
    assert all(hour.records for hour in track.baseline.hours.values())
