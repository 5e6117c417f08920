"""Metrics of the relay. Channels and outcomes are the only labels."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge


class RelayMetrics:
    """Counters and gauges in a registry of their own."""

    def __init__(self, channels: Iterable[str]) -> None:
        """Every channel is there from the start, with nothing waiting."""
        own = self.registry = CollectorRegistry()
        self._webhooks = Counter(
            "opinion_relay_webhooks",
            "Requests of Alertmanager by outcome: taken, refused.",
            ["outcome"],
            registry=own,
        )
        self._lookups = Counter(
            "opinion_relay_lookups",
            "Look-ups in the index by outcome: answered, failed, given_up (told without figures).",
            ["outcome"],
            registry=own,
        )
        self._messages = Counter(
            "opinion_relay_messages",
            "Messages by channel and outcome: sent, failed.",
            ["channel", "outcome"],
            registry=own,
        )
        self._notices = Counter(
            "opinion_relay_notices", "Notices that a channel took.", ["channel"], registry=own
        )
        self._waiting = Gauge(
            "opinion_relay_waiting", "Notices on their way to a channel.", ["channel"], registry=own
        )
        self._oldest = Gauge(
            "opinion_relay_oldest_waiting_seconds",
            "How long the oldest notice has been on its way to a channel.",
            ["channel"],
            registry=own,
        )
        self._heartbeat = Gauge(
            "opinion_relay_heartbeat_timestamp_seconds",
            "When Alertmanager was last heard of, seconds since the epoch.",
            registry=own,
        )
        for channel in channels:
            self.waiting(channel, 0, 0.0)

    def webhook(self, outcome: str) -> None:
        """Alertmanager sent something."""
        self._webhooks.labels(outcome).inc()

    def lookup(self, outcome: str) -> None:
        """Something was looked up."""
        self._lookups.labels(outcome).inc()

    def sent(self, channel: str, notices: int) -> None:
        """A channel took a message with so many notices."""
        self._messages.labels(channel, "sent").inc()
        self._notices.labels(channel).inc(notices)

    def failed(self, channel: str) -> None:
        """A channel did not take a message."""
        self._messages.labels(channel, "failed").inc()

    def waiting(self, channel: str, count: int, oldest_seconds: float) -> None:
        """So many notices are on their way, the oldest for so long."""
        self._waiting.labels(channel).set(count)
        self._oldest.labels(channel).set(oldest_seconds)

    def heard(self, at: float) -> None:
        """Alertmanager was heard of."""
        self._heartbeat.set(at)
