"""A membership waits for its document as long as that can come, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from monitor.campaigns.port import CampaignRevision, Membership
from monitor.index.port import MembershipsWritten
from streams.agents.index import CampaignsHandler
from streams.consumer_groups import Extent
from streams.topics import Topic
from tests.testkit.documents import a_campaign, a_membership
from tests.testkit.log import MemoryLog


class Engine:
    """Has the documents, or not yet."""

    ready = False

    def put_campaigns(self, revisions: Sequence[CampaignRevision]) -> None:
        """Nothing is looked at."""

    def update_memberships(self, memberships: Sequence[Membership]) -> MembershipsWritten:
        return MembershipsWritten((), () if self.ready else tuple(memberships))

    def weights(self, records: Sequence[str]) -> list[object]:
        return []


class Documents:
    """The topic of documents: two partitions, of which the group has done so much."""

    def __init__(self) -> None:
        self.extents: list[Extent | None] = []
        self.asked = 0

    def reach(self, *ends: int, done: Sequence[int]) -> None:
        self.extents.append(Extent(dict(enumerate(ends)), dict(enumerate(done))))

    async def extent(self, topic: Topic) -> Extent | None:
        assert topic.kind == "scored"
        self.asked += 1
        return self.extents.pop(0) if self.extents else None


class Waiting:
    """A handler with one membership that waits, and a clock that goes on by itself from tick to tick."""

    def __init__(self) -> None:
        self.engine, self.documents, self.now = Engine(), Documents(), 0.0
        self._log = MemoryLog(2)
        self.handler = CampaignsHandler(
            self.engine,  # type: ignore[arg-type] # what else an engine has is not asked for
            self._log.wiring(),
            self.documents,
            clock=lambda: self.now,
        )

    async def begin(self) -> None:
        revision = msgspec.structs.replace(a_campaign(), members=(a_membership(),))
        await self._log.publish(
            list(self._log.wiring().outgoing("joined", [revision], lambda one: one.id, 1))
        )
        for partition in range(2):
            await self.handler.take(self._log.arrived("joined", partition, 0, 1))

    async def pass_minutes(self, minutes: int) -> None:
        for _ in range(minutes):
            self.now += 61.0
            await self.handler.tick()

    @property
    def held(self) -> bool:
        return any(self.handler.unsafe_from(partition) == 0 for partition in range(2))


def test_a_membership_waits_for_its_document_and_holds_its_message_back() -> None:
    async def run() -> list[bool]:
        waiting = Waiting()
        await waiting.begin()
        held = [waiting.held]
        await waiting.pass_minutes(1)
        held.append(waiting.held)
        waiting.engine.ready = True
        await waiting.pass_minutes(1)
        return [*held, waiting.held]

    assert asyncio.run(run()) == [True, True, False]


def test_no_time_is_too_long_while_documents_before_it_wait_to_be_indexed() -> None:
    async def run() -> bool:
        waiting = Waiting()
        for _ in range(600):
            waiting.documents.reach(50, 900, done=(50, 899))
        await waiting.begin()
        await waiting.pass_minutes(600)
        waiting.engine.ready = True
        assert waiting.held
        await waiting.pass_minutes(1)
        return waiting.held

    assert asyncio.run(run()) is False


def test_it_is_given_up_when_all_documents_before_it_were_worked_on() -> None:
    async def run() -> list[bool]:
        waiting, held = Waiting(), []
        waiting.documents.reach(50, 900, done=(50, 899))
        waiting.documents.reach(70, 990, done=(60, 900))
        await waiting.begin()
        for _ in range(3):
            await waiting.pass_minutes(1)
            held.append(waiting.held)
        return held

    assert asyncio.run(run()) == [True, True, False]


def test_it_is_tried_once_more_after_the_last_document_before_it_was_worked_on() -> None:
    """The document may have come between the try and the question."""

    async def run() -> list[bool]:
        waiting = Waiting()
        waiting.documents.reach(1, 1, done=(1, 1))
        await waiting.begin()
        await waiting.pass_minutes(1)
        held = waiting.held
        waiting.engine.ready = True
        await waiting.pass_minutes(1)
        return [held, waiting.held]

    assert asyncio.run(run()) == [True, False]


def test_while_the_broker_does_not_answer_it_waits_and_asks_once_a_minute() -> None:
    async def run() -> int:
        waiting = Waiting()
        await waiting.begin()
        for _ in range(300):
            waiting.now += 1.0
            await waiting.handler.tick()
        assert waiting.held
        return waiting.documents.asked

    assert 3 <= asyncio.run(run()) <= 5
