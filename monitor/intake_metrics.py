"""Metrics of the HTTP intake. Statuses, outcomes and reasons are the only labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


class IntakeMetrics:
    """An ``IntakeMeter`` in a registry."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Adds itself to ``registry``, or to one of its own."""
        own = self.registry = registry or CollectorRegistry()
        self._requests = Counter(
            "opinion_intake_requests", "HTTP requests by status.", ["status"], registry=own
        )
        self._records = Counter(
            "opinion_intake_records",
            "Lines by outcome: accepted (cannot be lost any more), or why they are no records.",
            ["outcome"],
            registry=own,
        )
        self._seconds = Histogram(
            "opinion_intake_request_seconds",
            "Time from a request to its answer, by status.",
            ["status"],
            buckets=_BUCKETS,
            registry=own,
        )
        self._waiting = Gauge(
            "opinion_intake_waiting_bytes", "Bytes that wait for broker or transaction.", registry=own
        )

    def answered(self, status: int, seconds: float) -> None:
        """One request was answered after so long."""
        self._requests.labels(status).inc()
        self._seconds.labels(status).observe(seconds)

    def accepted(self, number: int) -> None:
        """So many records were taken."""
        self._records.labels("accepted").inc(number)

    def rejected(self, reason: str) -> None:
        """A line is no record."""
        self._records.labels(reason).inc()

    def waiting(self, size: int) -> None:
        """So many bytes wait right now."""
        self._waiting.set(size)
