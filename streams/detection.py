"""Detection in one process: partitions of slots, the joiner, and what is written to continue exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.campaigns.port import CampaignDetector, CampaignJoiner, CampaignRevision
from streams.snapshots import SnapshotStore
from streams.stages import DetectStage, Revised, Sighted, join
from streams.topics import partition_of, slot_of


class EmbeddedDetection:
    """Spreads slots over partitions, as Kafka would, and keeps their state in the snapshot store.

    Every ``snapshot_batches`` batches each slot that changed is written once, a share of them per batch.
    """

    def __init__(
        self,
        snapshots: SnapshotStore,
        new_detector: Callable[[], CampaignDetector],
        joiner: CampaignJoiner,
        *,
        partitions: int,
        snapshot_batches: int,
    ) -> None:
        self._snapshots = snapshots
        self._joiner = joiner
        self._partitions = [DetectStage(new_detector) for _ in range(partitions)]
        self._snapshot_batches = snapshot_batches
        self._changed_since: dict[int, int] = {}
        self._batch = 0
        self._restore()

    def detect(self, sighted: Sequence[Sighted]) -> list[list[CampaignRevision]]:
        """See one batch, join what each record revises, write what a restart needs; the caller commits."""
        self._batch += 1
        joined = join(self._joiner, self._see(sighted))
        self._snapshots.append_journal(self._batch, sighted)
        if joined:
            self._snapshots.put_joiner(self._joiner.snapshot())
        self._write_due_slots()
        return joined

    def detectors(self) -> list[CampaignDetector]:
        """The detectors of all slots, for metrics."""
        return [detector for stage in self._partitions for detector in stage.detectors()]

    def _see(self, sighted: Sequence[Sighted]) -> list[Revised]:
        count = len(self._partitions)
        queues: list[list[Sighted]] = [[] for _ in range(count)]
        for one in sighted:
            slot = slot_of(one.sighting.object)
            self._changed_since.setdefault(slot, self._batch)
            queues[partition_of(slot, count)].append(one)
        return [
            revised
            for stage, queue in zip(self._partitions, queues, strict=True)
            for one in queue
            for revised in stage.detect(one)
        ]

    def _stage(self, slot: int) -> DetectStage:
        return self._partitions[partition_of(slot, len(self._partitions))]

    def _write_due_slots(self) -> None:
        turn = self._batch % self._snapshot_batches
        for slot in [slot for slot in self._changed_since if slot % self._snapshot_batches == turn]:
            self._snapshots.put_slot(slot, self._stage(slot).snapshot(slot))
            del self._changed_since[slot]
        self._snapshots.trim_journal(min(self._changed_since.values(), default=self._batch))

    def _restore(self) -> None:
        for slot, snapshot in self._snapshots.slots():
            self._stage(slot).restore(slot, snapshot)
        joiner = self._snapshots.joiner()
        if joiner is not None:
            self._joiner.restore(joiner)
        for batch, sighted in self._snapshots.journal():
            self._batch = batch
            self._see(sighted)
