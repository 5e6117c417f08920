"""Gauges of what alerts stand on: incidents that go on, the figures that rules look at, and organic opinion.

Labels are rules, levels, and the watchlists and platforms of the settings. What says how people feel is not
shown where fewer than ``MINIMUM_PEOPLE`` stand behind it.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

from monitor.alerts.port import Alert
from monitor.alerts.watched import IncidentLabels, Watched
from monitor.opinion.figures import EVERYTHING, MINIMUM_PEOPLE, Observation
from monitor.opinion.organic import Estimate, Opinion


def _of_many(people: float, value: float | None) -> float | None:
    """The value, unless fewer than ``MINIMUM_PEOPLE`` stand behind it."""
    return None if people < MINIMUM_PEOPLE else value


_OF_THE_HOUR = {
    "raw_polarity": "Mean polarity of all certain texts",
    "raw_negative_ratio": "Negative among all certain texts",
    "organic_polarity": "Mean polarity of people, one voice each, campaigns removed",
    "organic_polarity_low": "Lower bound (95%) of opinion_hour_organic_polarity",
    "organic_polarity_high": "Upper bound (95%) of opinion_hour_organic_polarity",
    "organic_negative_ratio": "Negative among people, one voice each, campaigns removed",
    "organic_negative_ratio_low": "Lower bound (95%) of opinion_hour_organic_negative_ratio",
    "organic_negative_ratio_high": "Upper bound (95%) of opinion_hour_organic_negative_ratio",
    "organic_people": "People behind the organic figures",
    "uncertain_ratio": "Texts of uncertain sentiment among all texts",
    "campaign_ratio": "The part of the records that campaigns wrote",
    "provisional": "1 while a campaign may still claim records of the window, else 0",
}
"""What is shown of the opinion of the last hour, on all platforms together."""


class OpinionMetrics:
    """Gauges in a registry; ``leave`` takes those of some watchlists away again."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, meaning: str) -> Gauge:
            return Gauge(name, meaning, ["watchlist", "platform"], registry=registry)

        self._active = Gauge(
            "opinion_alert_active",
            "Incidents that go on, by rule, watchlist, platform and level.",
            ["rule", "watchlist", "platform", "level"],
            registry=registry,
        )
        self._opinions = Counter(
            "opinion_watchlist_records",
            "Records by watchlist, platform and sentiment (negative, neutral, positive, uncertain, "
            "unscored).",
            ["watchlist", "platform", "sentiment"],
            registry=registry,
        )
        self._figures: dict[str, Gauge] = {
            "records": gauge("opinion_window_records", "Records in the surge rule's window."),
            "people": gauge("opinion_window_people", "Different accounts in the surge rule's window."),
            "usual_records": gauge("opinion_baseline_records", "Records that are usual in that window."),
            "negative": gauge("opinion_window_negative_ratio", "Negative among texts of certain label."),
            "negative_people": gauge(
                "opinion_window_negative_people",
                "Different authors of texts of certain label, behind opinion_window_negative_ratio.",
            ),
            "usual_negative": gauge("opinion_baseline_negative_ratio", "The usual share of negative texts."),
            "angry": gauge("opinion_window_anger_ratio", "Angry among texts of known emotion."),
            "angry_people": gauge(
                "opinion_window_anger_people",
                "Different authors of texts of known emotion, behind opinion_window_anger_ratio.",
            ),
            "usual_angry": gauge("opinion_baseline_anger_ratio", "The usual share of angry texts."),
        }
        self._history = gauge(
            "opinion_history_ready", "1 when there is history enough to say what is usual, else 0."
        )
        self._hour: dict[str, Gauge] = {
            name: Gauge(
                f"opinion_hour_{name}",
                f"{meaning}, last hour of event time.",
                ["watchlist"],
                registry=registry,
            )
            for name, meaning in _OF_THE_HOUR.items()
        }
        self._incidents: dict[str, IncidentLabels] = {}
        self._shown: Tally[IncidentLabels] = Tally()

    def count(self, seen: Iterable[tuple[str, Observation]]) -> None:
        """Count records with their watchlist; ``all`` is no watchlist."""
        for watchlist, one in seen:
            if watchlist != EVERYTHING:
                sentiment = "uncertain" if one.uncertain else one.label
                self.count_one(watchlist, one.platform, sentiment if one.scored else "unscored")

    def count_one(self, watchlist: str, platform: str, sentiment: str) -> None:
        """Count one record."""
        self._opinions.labels(watchlist, platform, sentiment).inc()

    def follow(self, alerts: Iterable[Alert]) -> None:
        """Show what alert events changed, the latest last."""
        for alert in alerts:
            self._end(alert.incident)
            if alert.active:
                self._show(alert.incident, (alert.rule, alert.watchlist, alert.platform, alert.level))

    def going_on(self, incidents: Iterable[tuple[str, IncidentLabels]]) -> None:
        """Show incidents that go on since before this process."""
        for incident, labels in incidents:
            self._end(incident)
            self._show(incident, labels)

    def watch(self, seen: Iterable[Watched]) -> None:
        """Show what the rules saw last."""
        for one in seen:
            place = (one.watchlist, one.platform)
            values = {
                "records": float(one.records),
                "people": _of_many(one.people, one.people),
                "usual_records": one.usual_records,
                "negative": _of_many(one.negative_people, one.negative),
                "negative_people": _of_many(one.negative_people, one.negative_people),
                "usual_negative": one.usual_negative,
                "angry": _of_many(one.angry_people, one.angry),
                "angry_people": _of_many(one.angry_people, one.angry_people),
                "usual_angry": one.usual_angry,
            }
            for name, value in values.items():
                if value is None:
                    self._figures[name].remove(*place)
                else:
                    self._figures[name].labels(*place).set(value)
            self._history.labels(*place).set(one.usual_records is not None)

    def show_hour(self, watchlist: str, heard: Opinion | None) -> None:
        """Show the opinion of the last hour; what too few people stand behind is not shown."""
        values = _of_the_hour(heard) if heard else {}
        for name in _OF_THE_HOUR:
            value = values.get(name)
            if value is None:
                self._hour[name].remove(watchlist)
            else:
                self._hour[name].labels(watchlist).set(value)

    def leave(self, gone: Callable[[str, str], bool]) -> None:
        """Take away every gauge about a rule and watchlist for which ``gone(rule, watchlist)`` holds.

        Figures are of the rule ``surge``.
        """
        for incident, labels in list(self._incidents.items()):
            if gone(labels[0], labels[1]):
                self._end(incident)
        for gauge in (*self._figures.values(), self._history):
            for sample in next(iter(gauge.collect())).samples:
                if gone("surge", sample.labels["watchlist"]):
                    gauge.remove(sample.labels["watchlist"], sample.labels["platform"])
        for gauge in self._hour.values():
            for sample in next(iter(gauge.collect())).samples:
                if gone("surge", sample.labels["watchlist"]):
                    gauge.remove(sample.labels["watchlist"])

    def _show(self, incident: str, labels: IncidentLabels) -> None:
        self._incidents[incident] = labels
        self._shown[labels] += 1
        self._active.labels(*labels).set(self._shown[labels])

    def _end(self, incident: str) -> None:
        labels = self._incidents.pop(incident, None)
        if labels is None:
            return
        self._shown[labels] -= 1
        if self._shown[labels]:
            self._active.labels(*labels).set(self._shown[labels])
        else:
            del self._shown[labels]
            self._active.remove(*labels)


def _of_the_hour(heard: Opinion) -> dict[str, float | None]:
    return {
        "raw_polarity": heard.raw_polarity,
        "raw_negative_ratio": heard.raw_negative,
        **_interval("organic_polarity", heard.polarity),
        **_interval("organic_negative_ratio", heard.negative),
        "organic_people": _of_many(heard.people, heard.people),
        "uncertain_ratio": _of_many(heard.people, heard.uncertain),
        "campaign_ratio": heard.campaigns,
        "provisional": float(heard.provisional),
    }


def _interval(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    """A value and its bounds, under their names."""
    if estimate is None:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"))
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
