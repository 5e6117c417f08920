"""Gauges of alerts: one series for what goes on, none for what ended or went elsewhere."""

from __future__ import annotations

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from monitor.alerts.port import Alert, AlertState
from monitor.alerts.watched import Watched
from monitor.campaigns.port import Level
from monitor.opinion.organic import Estimate, Opinion
from monitor.opinion_metrics import OpinionMetrics
from tests.testkit.documents import an_alert


class Gauges:
    """Metrics of their own, and what they show."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = OpinionMetrics(self.registry)

    def shown(self, name: str) -> list[str]:
        lines = generate_latest(self.registry).decode().splitlines()
        return sorted(line for line in lines if line.startswith(name + "{"))


def an_event(level: Level, state: AlertState, incident: str = "i1") -> Alert:
    return msgspec.structs.replace(
        an_alert(), level=level, state=state, incident=incident, watchlist="food", platform="sina_weibo"
    )


def test_a_level_change_moves_the_series_and_the_end_takes_it_away() -> None:
    gauges = Gauges()
    gauges.metrics.follow([an_event("blue", "opened"), an_event("red", "escalated")])
    (line,) = gauges.shown("opinion_alert_active")
    assert 'level="red",platform="sina_weibo",rule="surge",watchlist="food"} 1.0' in line
    gauges.metrics.follow([an_event("red", "resolved")])
    assert gauges.shown("opinion_alert_active") == []


def test_incidents_of_the_same_labels_are_counted() -> None:
    gauges = Gauges()
    gauges.metrics.follow([an_event("blue", "opened", "i1"), an_event("blue", "opened", "i2")])
    assert gauges.shown("opinion_alert_active")[0].endswith(" 2.0")
    gauges.metrics.follow([an_event("blue", "resolved", "i1")])
    assert gauges.shown("opinion_alert_active")[0].endswith(" 1.0")


def test_what_few_people_feel_is_not_shown() -> None:
    gauges = Gauges()
    many = Watched("food", "sina_weibo", 9, 9.0, 4.0, 0.5, 0.3, 0.4, 0.1, 6.0, 5.0)
    gauges.metrics.watch([many])
    for name in ("negative_ratio", "negative_people", "anger_ratio", "anger_people", "people"):
        assert gauges.shown(f"opinion_window_{name}")
    gauges.metrics.watch([msgspec.structs.replace(many, people=4.0, negative_people=4.0, angry_people=4.0)])
    for name in ("negative_ratio", "negative_people", "anger_ratio", "anger_people", "people"):
        assert gauges.shown(f"opinion_window_{name}") == []
    assert gauges.shown("opinion_window_records")


def test_what_one_account_feels_among_wordless_reposters_is_not_shown() -> None:
    gauges = Gauges()
    gauges.metrics.watch([Watched("food", "sina_weibo", 260, 201.0, 4.0, 1.0, 0.3, 0.9, 0.1, 1.0, 1.0)])
    assert gauges.shown("opinion_window_people")
    for name in ("negative_ratio", "negative_people", "anger_ratio", "anger_people"):
        assert gauges.shown(f"opinion_window_{name}") == []


def test_what_goes_to_another_worker_is_taken_away() -> None:
    gauges = Gauges()
    gauges.metrics.follow([an_event("blue", "opened")])
    gauges.metrics.watch([Watched("food", "sina_weibo", 9, 9.0)])
    gauges.metrics.leave(lambda rule, watchlist: (rule, watchlist) == ("surge", "food"))
    assert gauges.shown("opinion_alert_active") == gauges.shown("opinion_window_records") == []
    assert gauges.shown("opinion_history_ready") == []


AN_HOUR = Opinion(
    raw_polarity=-0.5,
    raw_negative=0.75,
    polarity=Estimate(0.25, 0.125, 0.375),
    negative=Estimate(0.5, 0.25, 0.625),
    people=40.0,
    uncertain=0.125,
    campaigns=0.5,
    provisional=True,
)


def hours(gauges: Gauges) -> dict[str, float]:
    lines = generate_latest(gauges.registry).decode().splitlines()
    return {
        line.partition("{")[0].removeprefix("opinion_hour_"): float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith("opinion_hour_") and '{watchlist="food"}' in line
    }


def test_organic_opinion_is_shown_beside_the_raw_with_its_interval() -> None:
    gauges = Gauges()
    gauges.metrics.show_hour("food", AN_HOUR)
    assert hours(gauges) == {
        "raw_polarity": -0.5,
        "raw_negative_ratio": 0.75,
        "organic_polarity": 0.25,
        "organic_polarity_low": 0.125,
        "organic_polarity_high": 0.375,
        "organic_negative_ratio": 0.5,
        "organic_negative_ratio_low": 0.25,
        "organic_negative_ratio_high": 0.625,
        "organic_people": 40.0,
        "uncertain_ratio": 0.125,
        "campaign_ratio": 0.5,
        "provisional": 1.0,
    }


def test_too_few_people_are_no_figure_and_an_empty_hour_is_none() -> None:
    gauges = Gauges()
    gauges.metrics.show_hour("food", AN_HOUR)
    few = msgspec.structs.replace(
        AN_HOUR, raw_polarity=None, raw_negative=None, polarity=None, negative=None, people=4.0
    )
    gauges.metrics.show_hour("food", few)
    assert hours(gauges) == {"campaign_ratio": 0.5, "provisional": 1.0}
    gauges.metrics.show_hour("food", None)
    assert hours(gauges) == {}


def test_the_opinion_of_a_watchlist_goes_with_its_rules() -> None:
    gauges = Gauges()
    gauges.metrics.show_hour("food", AN_HOUR)
    gauges.metrics.leave(lambda rule, _: rule == "campaign")
    assert hours(gauges)
    gauges.metrics.leave(lambda rule, watchlist: (rule, watchlist) == ("surge", "food"))
    assert hours(gauges) == {}
