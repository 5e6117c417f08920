"""How often the detector keeps its slots: a round in the time that is set, longer while it is at work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from monitor.composition import detector_factory
from monitor.documents import SourcePosition
from streams.agents.detect import DetectHandler
from streams.codec import cut
from streams.handling import Arrived
from streams.slot_snapshots import SlotState
from streams.stages import Sighted
from tests.testkit.log import MemoryLog, MemorySnapshots
from tests.testkit.sightings import a_sighting

ROUND_SECONDS = 8.0


class SlowSnapshots(MemorySnapshots):
    """Snapshots that take their time; ``now`` is the clock."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.now = 0.0
        self.spent = 0.0
        self._seconds = seconds

    async def save(self, states: Iterable[tuple[int, SlotState]]) -> None:
        await super().save(states)
        self.now += self._seconds
        self.spent += self._seconds


def a_detector(snapshots: SlowSnapshots) -> DetectHandler:
    return DetectHandler(
        detector_factory(),
        snapshots,
        MemoryLog(1).wiring(),
        snapshot_seconds=ROUND_SECONDS,
        clock=lambda: snapshots.now,
    )


def a_message(offset: int) -> Arrived:
    """One sighting of each of 400 objects, most of the slots among them."""
    sighted = [
        Sighted(
            SourcePosition("posts/0", offset, number),
            0,
            a_sighting("天气不错", 1_000 * offset, f"sina_weibo:{number}", author="a", record=f"x:{offset}"),
        )
        for number in range(400)
    ]
    return Arrived("t.sightings", 0, offset, b"".join(cut(sighted)), 1)


def test_all_slots_are_kept_within_a_round_of_silence() -> None:
    async def silence() -> int | None:
        snapshots = SlowSnapshots(0.0)
        detector = a_detector(snapshots)
        await detector.take([a_message(1)])
        while snapshots.now < ROUND_SECONDS + 0.3:
            snapshots.now += 0.3
            await detector.tick()
        return detector.unsafe_from(0)

    assert asyncio.run(silence()) is None


@pytest.mark.parametrize("ticks", [0, 2])
def test_a_busy_detector_keeps_itself_for_a_tenth_of_the_time(ticks: int) -> None:
    """Also where it is asked what to keep between two batches."""

    async def work() -> float:
        snapshots = SlowSnapshots(0.4)
        detector = a_detector(snapshots)
        for offset in range(1, 200):
            for _ in range(ticks):
                snapshots.now += 0.25
                await detector.tick()
            snapshots.now += 0.25
            await detector.take([a_message(offset)])
        return snapshots.spent / snapshots.now

    assert 0.05 < asyncio.run(work()) < 0.11


def test_a_busy_detector_keeps_every_slot_within_twelve_rounds() -> None:
    async def work() -> int | None:
        snapshots = SlowSnapshots(30.0)
        detector = a_detector(snapshots)
        await detector.take([a_message(1)])
        began = snapshots.now
        offset = 1
        while snapshots.now - began < 12 * ROUND_SECONDS + 16 * 30.0:
            snapshots.now += 0.25
            offset += 1
            await detector.take([a_message(offset)])
        return detector.unsafe_from(0)

    first_lacking = asyncio.run(work())
    assert first_lacking is not None
    assert first_lacking > 1
