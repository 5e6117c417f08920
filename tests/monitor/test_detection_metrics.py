"""Gauges of what detection remembers and forgot."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from monitor.campaigns.background import Background
from monitor.campaigns.detector import Bounds, SlotDetector
from monitor.detection_metrics import DetectionMetrics
from tests.testkit.sightings import a_sighting


def _value(registry: CollectorRegistry, name: str, what: str) -> float | None:
    return registry.get_sample_value(name, {"what": what})


def test_what_slots_hold_and_forgot_is_summed() -> None:
    registry = CollectorRegistry()
    metrics = DetectionMetrics(registry)
    slots = [metrics.watch(SlotDetector(Background({}), bounds=Bounds(once=10))) for _ in range(2)]
    for slot in slots:
        for at in range(15):
            slot.see(a_sighting(object=f"#tag{at}", at=at))
    assert _value(registry, "opinion_detection_held", "objects_seen_once") == 20
    assert _value(registry, "opinion_detection_forgotten", "objects_seen_once") == 10


def test_a_slot_that_is_gone_counts_no_more() -> None:
    registry = CollectorRegistry()
    metrics = DetectionMetrics(registry)
    metrics.watch(SlotDetector(Background({}))).see(a_sighting())
    assert _value(registry, "opinion_detection_held", "objects_seen_once") == 0
