"""``detect``: from sightings to campaign revisions, slot by slot."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Sequence

from monitor.campaigns.port import CampaignDetector
from streams.agents.wiring import Wiring, by_partition, oldest
from streams.codec import EMPTY, Batch, cut
from streams.handling import Arrived
from streams.marks import partition_marks
from streams.publishing import Outgoing
from streams.slot_snapshots import SlotSnapshots, SlotState
from streams.stages import DetectStage, Revised, Sighted
from streams.topics import slot_of

REMEMBERED = 8_192
"""Recent sightings of a slot that are known by object and record."""
TURNS = 16
"""Parts in which the slots are kept, one after the other, within ``snapshot_seconds``."""
_PAUSE_SECONDS = 1.0
"""Without sightings for so long there is time to keep slots; batches come every half second."""
_WORK_PER_KEEPING = 9.0
_LONGEST_ROUND = 12


class _Partition:
    """The slots of one partition; ``changed`` has the first offset that each one's snapshot lacks."""

    def __init__(self, stage: DetectStage) -> None:
        self.stage = stage
        self.changed: dict[int, int] = {}


class DetectHandler:
    """Publishes what each batch revises, and keeps the slots that changed, a share of them at a time.

    While sightings come without a pause, keeping takes at most a tenth of the time: a round of all slots then
    lasts longer than ``snapshot_seconds``, up to twelve times as long.

    A message is safe when every slot it changed was kept. What comes again after a crash is skipped by the
    slots whose snapshot covers it, and taken by the others, to the same revisions.
    """

    def __init__(
        self,
        new_detector: Callable[[], CampaignDetector],
        snapshots: SlotSnapshots,
        wiring: Wiring,
        *,
        snapshot_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._new_detector = new_detector
        self._snapshots = snapshots
        self._wiring = wiring
        self._snapshot_seconds = snapshot_seconds
        self._clock = clock
        self._kept_at = clock()
        self._turn = 0
        self._pause = snapshot_seconds / TURNS
        self._taken_at = clock()
        self._partitions: dict[int, _Partition] = {}
        self._batch = Batch(Sighted)

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Detect in messages and publish the revisions."""
        revised: list[Revised] = []
        for number, queue in by_partition(messages).items():
            partition = self._partitions.get(number) or await self._restore(number)
            for message in queue:
                for one in await self._wiring.decode(self._batch, message):
                    partition.changed.setdefault(slot_of(one.sighting.object), message.offset)
                    revised.extend(partition.stage.detect(one))
        ingested = oldest(messages)
        await self._publish(revised, partition_marks(messages), ingested)
        self._wiring.watcher.reached("detected", ingested)
        self._taken_at = self._clock()
        await self._keep_due(self._pause)

    async def _publish(self, revised: Sequence[Revised], upto: bytes, ingested: int) -> None:
        """Revisions, and behind the last of them how far each partition has come."""
        contents = list(cut(revised)) or ([EMPTY] if upto else [])
        topic = self._wiring.name("campaigns")
        await self._wiring.publisher.publish(
            [
                Outgoing(
                    topic,
                    0,
                    content,
                    ingested_ms=ingested,
                    upto=upto if number == len(contents) else b"",
                )
                for number, content in enumerate(contents, start=1)
            ]
        )

    async def tick(self) -> None:
        """Keep what changed, when it is time."""
        quiet = self._clock() - self._taken_at > _PAUSE_SECONDS
        await self._keep_due(self._snapshot_seconds / TURNS if quiet else self._pause)

    async def _keep_due(self, pause: float) -> None:
        """Keep the slots whose turn has come when there is one turn in every ``pause`` seconds."""
        began = self._clock()
        passed = began - self._kept_at
        due = min(TURNS, int(passed / pause))
        if not due:
            return
        turns = {(self._turn + number) % TURNS for number in range(1, due + 1)}
        self._turn = (self._turn + due) % TURNS
        await self._keep(turns)
        share = self._snapshot_seconds / TURNS
        spent = (self._clock() - began) / due
        self._pause = min(max(share, _WORK_PER_KEEPING * spent), _LONGEST_ROUND * share)
        self._kept_at = self._clock() - passed % pause

    def unsafe_from(self, partition: int) -> int | None:
        """The first offset that a slot's snapshot lacks."""
        known = self._partitions.get(partition)
        return min(known.changed.values(), default=None) if known else None

    async def keep(self) -> None:
        """Keep what changed."""
        await self._keep()

    def forget(self) -> None:
        """Forget all partitions."""
        self._partitions.clear()
        self._wiring.watcher.forgot()

    async def _keep(self, turns: Container[int] = range(TURNS)) -> None:
        """Keep the slots that changed, those of some turns or all."""
        states = [
            (number, SlotState(slot, partition.stage.taken(slot), partition.stage.snapshot(slot)))
            for number, partition in self._partitions.items()
            for slot in partition.changed
            if slot % TURNS in turns
        ]
        if not states:
            return
        await self._snapshots.save(states)
        self._wiring.kept(states)
        for number, state in states:
            del self._partitions[number].changed[state.slot]

    async def _restore(self, number: int) -> _Partition:
        stage = DetectStage(self._new_detector, remembered=REMEMBERED)
        states = await self._snapshots.load(number)
        for state in states:
            stage.restore(state.slot, state.body)
        self._wiring.restored(number, states)
        partition = self._partitions[number] = _Partition(stage)
        return partition
