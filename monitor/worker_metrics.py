"""Metrics of one worker role. Topics, partitions, stages and outcomes are the only labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from monitor import __version__
from monitor.detection_metrics import DetectionMetrics
from monitor.opinion_metrics import OpinionMetrics

_LATENCY_BUCKETS = (
    0.05,
    0.1,
    0.25,
    0.5,
    0.75,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
    5.0,
    8.0,
    15.0,
    30.0,
    60.0,
    300.0,
    3_600.0,
)
_SECONDS_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_MESSAGES_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class WorkerMetrics:
    """Counters, gauges and histograms of one worker, in a registry of its own."""

    def __init__(self, role: str, clock: Callable[[], float] = time.time) -> None:
        """``clock`` gives seconds since the epoch."""
        own = self.registry = CollectorRegistry()
        self.opinion = OpinionMetrics(own)
        self.detection = DetectionMetrics(own)
        self._clock = clock
        build = Gauge("opinion_worker_info", "Always 1; version and role.", ["version", "role"], registry=own)
        build.labels(__version__, role).set(1)
        self._latency = Histogram(
            "opinion_latency_seconds",
            "From the intake topic to a stage (scored, detected, assessed, indexed), the oldest record of "
            "each batch.",
            ["stage"],
            buckets=_LATENCY_BUCKETS,
            registry=own,
        )
        self._batch_seconds = Histogram(
            "opinion_batch_seconds",
            "Time of one batch in one agent.",
            ["agent"],
            buckets=_SECONDS_BUCKETS,
            registry=own,
        )
        self._batch_messages = Histogram(
            "opinion_batch_messages",
            "Messages in one batch of an agent.",
            ["agent"],
            buckets=_MESSAGES_BUCKETS,
            registry=own,
        )
        self._records = Counter(
            "opinion_worker_records",
            "Records by what became of them in this role.",
            ["outcome"],
            registry=own,
        )
        for outcome in ("scored", "dead_lettered") if role == "score" else ():
            # A counter that begins with its first value has no increase yet: sources would seem to be silent.
            self._records.labels(outcome)
        self._retries = Counter(
            "opinion_retries",
            "Tries that had to be repeated, by engine and cause.",
            ["engine", "cause"],
            registry=own,
        )
        self._requests = Histogram(
            "opinion_engine_request_seconds",
            "Time of bulk requests to the engine by outcome.",
            ["outcome"],
            buckets=_SECONDS_BUCKETS,
            registry=own,
        )
        self._lag = Gauge("opinion_topic_lag", "Messages not done yet.", ["topic", "partition"], registry=own)
        self._committed = Gauge(
            "opinion_committed_offset", "The committed offset.", ["topic", "partition"], registry=own
        )
        self._snapshot_bytes = Gauge(
            "opinion_snapshot_bytes",
            "Size of the snapshots of all slots of a partition, the last of each.",
            ["partition"],
            registry=own,
        )
        self._slot_bytes: dict[int, dict[int, int]] = {}
        self._snapshot_at = Gauge(
            "opinion_snapshot_timestamp_seconds",
            "When slots of a partition were last kept.",
            ["partition"],
            registry=own,
        )

    def took(self, feed: str, messages: int, seconds: float) -> None:
        """One batch was worked on."""
        self._batch_seconds.labels(feed).observe(seconds)
        self._batch_messages.labels(feed).observe(messages)

    def place(self, topic: str, partition: int, *, end: int, committed: int) -> None:
        """How far a partition reaches and how far it is done."""
        self._lag.labels(topic, partition).set(end - committed)
        self._committed.labels(topic, partition).set(committed)

    def left(self, topic: str, partition: int) -> None:
        """A partition went to another worker, which tells of it from now on."""
        for gauge in (self._lag, self._committed):
            gauge.remove(topic, partition)

    def reached(self, stage: str, ingested_ms: int) -> None:
        """Records that came in then have reached a stage."""
        if ingested_ms:
            self._latency.labels(stage).observe(max(0.0, self._clock() - ingested_ms / 1000))

    def kept(self, partition: int, sizes: Mapping[int, int]) -> None:
        """Slots of a partition were kept, each so many bytes."""
        self.restored(partition, sizes)
        self._snapshot_at.labels(partition).set(self._clock())

    def restored(self, partition: int, sizes: Mapping[int, int]) -> None:
        """Slots of a partition that were kept before, each so many bytes."""
        slots = self._slot_bytes.setdefault(partition, {})
        slots.update(sizes)
        self._snapshot_bytes.labels(partition).set(sum(slots.values()))

    def forgot(self) -> None:
        """All partitions went to other workers, or come again."""
        self._slot_bytes.clear()
        self._snapshot_bytes.clear()
        self._snapshot_at.clear()

    def counted(self, what: str, number: int) -> None:
        """So many records ended in some way."""
        self._records.labels(what).inc(number)

    def retried(self, engine: str, cause: str) -> None:
        """A try has to be repeated."""
        self._retries.labels(engine, cause).inc()

    def asked(self, outcome: str, seconds: float) -> None:
        """A bulk request ended after so long."""
        self._requests.labels(outcome).observe(seconds)
