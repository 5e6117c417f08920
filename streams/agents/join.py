"""``assess``, its other half: joins the campaigns of all slots and tells people of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import groupby

import msgspec

from monitor.alerts.campaigns import CampaignAlerts, ToldCampaign
from monitor.campaigns.port import CampaignJoiner, CampaignRevision
from monitor.errors import SnapshotVersionError
from streams.agents.wiring import Wiring, oldest
from streams.assessment import OpinionWatcher
from streams.codec import Batch
from streams.handling import Arrived
from streams.marks import Marks, Ordered
from streams.slot_snapshots import SlotSnapshots, SlotState
from streams.stages import Revised
from streams.topics import SLOTS

JOINER_SLOT = SLOTS
"""The joiner's snapshot lies beside those of the slots of partition 0."""
_MAX_KNOWN = 8_000
"""Campaigns of which the latest revision seen is known."""


class _JoinerSnapshot(msgspec.Struct, frozen=True, array_like=True):
    upto: int
    joiner: bytes
    latest: dict[str, int]
    told: dict[str, ToldCampaign]
    marks: Marks
    held: list[Revised]


class JoinHandler:
    """Joins the revisions of all slots and says what people should hear of; the one reader of its topic.

    It takes messages in the order of the topic, so what it makes of them can be made again, to the same
    revisions and alerts; revisions of one source in the order of its records (``streams.marks``).
    """

    def __init__(
        self,
        joiner: CampaignJoiner,
        snapshots: SlotSnapshots,
        wiring: Wiring,
        alerts: CampaignAlerts,
        opinion: OpinionWatcher,
        *,
        snapshot_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._joiner = joiner
        self._empty = joiner.snapshot()
        self._snapshots = snapshots
        self._wiring = wiring
        self._alerts = alerts
        self._opinion = opinion
        self._snapshot_seconds = snapshot_seconds
        self._clock = clock
        self._kept_at = clock()
        self._restored = False
        self._upto = -1
        self._changed_at: int | None = None
        self._latest: dict[str, int] = {}
        self._ordered = Ordered(wiring.topics["sightings"].partitions)
        self._batch = Batch(Revised)

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Join the revisions of messages and publish what they make."""
        if not self._restored:
            await self._restore()
        joined: list[list[CampaignRevision]] = []
        for message in messages:
            if message.offset <= self._upto:
                continue
            self._ordered.add(await self._wiring.decode(self._batch, message), message.upto)
            for _, record in groupby(self._ordered.release(), key=lambda one: one.position):
                joined.append([one for revised in record for one in self._join(revised.revision)])
            self._upto = message.offset
            self._changed_at = message.offset if self._changed_at is None else self._changed_at
        await self._tell(joined, oldest(messages))
        await self.tick()

    def _join(self, revision: CampaignRevision) -> Sequence[CampaignRevision]:
        """Join one revision; one that comes again (its detector was restarted) is skipped."""
        known = self._latest.pop(revision.id, -1)
        self._latest[revision.id] = max(known, revision.revision)
        if revision.revision <= known:
            return ()
        if len(self._latest) > _MAX_KNOWN:
            del self._latest[next(iter(self._latest))]
        return self._joiner.see(revision)

    async def _tell(self, joined: Sequence[Sequence[CampaignRevision]], ingested: int) -> None:
        alerts = [alert for record in joined for alert in self._alerts.see(record)]
        revisions = [revision for record in joined for revision in record]
        wiring = self._wiring
        await wiring.publisher.publish(
            [
                *wiring.outgoing("joined", revisions, lambda one: one.id, ingested),
                *wiring.one("alerts", alerts, ingested),
            ]
        )
        self._opinion.follow(alerts)

    async def tick(self) -> None:
        """Keep the state, when it is time."""
        if self._clock() - self._kept_at >= self._snapshot_seconds:
            await self._keep()

    def unsafe_from(self, partition: int) -> int | None:
        """The first offset that the snapshot lacks."""
        del partition
        return self._changed_at

    async def keep(self) -> None:
        """Keep the state."""
        await self._keep()

    def forget(self) -> None:
        """Forget everything."""
        self._restored, self._upto, self._changed_at = False, -1, None
        self._latest, self._alerts.told = {}, {}
        self._ordered = Ordered(self._wiring.topics["sightings"].partitions)
        self._joiner.restore(self._empty)
        self._wiring.watcher.forgot()
        self._opinion.leave(lambda rule, _: rule == "campaign")

    async def _keep(self) -> None:
        self._kept_at = self._clock()
        if self._changed_at is None:
            return
        snapshot = _JoinerSnapshot(
            self._upto,
            self._joiner.snapshot(),
            self._latest,
            self._alerts.told,
            self._ordered.marks,
            self._ordered.held,
        )
        state = SlotState(JOINER_SLOT, self._upto + 1, msgspec.msgpack.encode(snapshot))
        await self._snapshots.save([(0, state)])
        self._wiring.kept([(0, state)])
        self._changed_at = None

    async def _restore(self) -> None:
        for state in await self._snapshots.load(0):
            if state.slot == JOINER_SLOT:
                try:
                    stored = msgspec.msgpack.decode(state.body, type=_JoinerSnapshot)
                    self._joiner.restore(stored.joiner)
                except msgspec.ValidationError as error:
                    raise SnapshotVersionError("what is known of joined campaigns", error) from error
                self._upto, self._latest, self._alerts.told = stored.upto, stored.latest, stored.told
                partitions = self._wiring.topics["sightings"].partitions
                self._ordered = Ordered(partitions, stored.marks, stored.held)
                self._opinion.going_on(self._alerts.incidents())
        self._restored = True
