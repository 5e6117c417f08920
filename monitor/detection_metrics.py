"""Gauges of what campaign detection remembers and what it forgot, summed over the slots of a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakSet

from prometheus_client import CollectorRegistry, Gauge

from monitor.campaigns.detector import SlotDetector

_HELD: dict[str, Callable[[SlotDetector], int]] = {
    "objects_seen_once": lambda slot: slot.held.objects_seen_once,
    "windows": lambda slot: slot.held.windows,
    "records": lambda slot: slot.held.records,
    "campaigns": lambda slot: slot.open_campaigns,
}
_FORGOTTEN: dict[str, Callable[[SlotDetector], int]] = {
    "objects_seen_once": lambda slot: slot.counters.forgotten_once,
    "windows": lambda slot: slot.counters.forgotten_windows,
    "campaigns": lambda slot: slot.counters.campaigns_closed_early,
}


class DetectionMetrics:
    """Reads detectors when metrics are read; a detector that is gone (its partition moved) counts no more."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._slots: WeakSet[SlotDetector] = WeakSet()
        held = Gauge(
            "opinion_detection_held",
            "What detection remembers: objects_seen_once, windows, records in windows, open campaigns.",
            ["what"],
            registry=registry,
        )
        forgotten = Gauge(
            "opinion_detection_forgotten",
            "What detection forgot beyond its bounds, since its state began: objects_seen_once, windows, "
            "campaigns (closed early).",
            ["what"],
            registry=registry,
        )
        for gauge, counts in ((held, _HELD), (forgotten, _FORGOTTEN)):
            for what, count in counts.items():
                gauge.labels(what).set_function(partial(self._sum, count))

    def watch(self, slot: SlotDetector) -> SlotDetector:
        """Show a slot's detector, too; returns it."""
        self._slots.add(slot)
        return slot

    def _sum(self, count: Callable[[SlotDetector], int]) -> float:
        return float(sum(count(slot) for slot in tuple(self._slots)))
