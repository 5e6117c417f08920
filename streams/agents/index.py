"""``index``: documents, campaigns with their members, alerts, verdicts and dead letters into the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from monitor.alerts.port import Alert
from monitor.campaigns.port import CampaignRevision, Membership
from monitor.documents import DeadLetter, Document
from monitor.index.port import DocumentWeight, OpinionWriter
from monitor.opinion.figures import EVERYTHING
from streams.agents.wiring import Stateless, Wiring, oldest
from streams.codec import Batch
from streams.consumer_groups import Extent
from streams.figure_events import Weight, target_of
from streams.handling import Arrived
from streams.topics import Topic
from streams.verdicts import Verdict

_ASK_AGAIN_SECONDS = 0.5
_OVERDUE_SECONDS = 60.0
"""Of a membership that waits for so long it is asked, as often, whether its document can still come."""


class Engine(OpinionWriter, Protocol):
    """The engine that documents go to. Calls block until it has answered."""

    def weights(self, records: Sequence[str]) -> list[DocumentWeight]:
        """The campaign weights of stored documents, as of now."""


class Backlog(Protocol):
    """Knows how far documents have come on their way to the engine."""

    async def extent(self, topic: Topic) -> Extent | None:
        """How far the topic reaches and is done by all workers of the role; None while nobody knows."""


class Rejections:
    """Documents that the engine refuses for good; it is told of them in another thread."""

    def __init__(self) -> None:
        self._refused: list[tuple[Document, str]] = []

    def add(self, document: Document, cause: str) -> None:
        """Remember one, with the engine's name for the fault."""
        self._refused.append((document, cause))

    def letters(self) -> Iterator[DeadLetter]:
        """Dead letters of those remembered, which are forgotten."""
        refused, self._refused = self._refused, []
        for document, cause in refused:
            position = document.position
            yield DeadLetter(
                id=f"{position.source}:{position.offset}:{position.index}",
                reason="engine_refused",
                sentence=f"the engine refuses the document: {cause}",
                raw=msgspec.json.encode(document),
                position=position,
                format="document",
            )


class DocumentsHandler(Stateless):
    """Creates documents; a repeat is a duplicate."""

    def __init__(self, engine: Engine, rejections: Rejections, wiring: Wiring) -> None:
        self._engine = engine
        self._rejections = rejections
        self._wiring = wiring
        self._batch = Batch(Document)

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Index the documents of messages."""
        documents = [one for message in messages for one in await self._wiring.decode(self._batch, message)]
        outcomes = await asyncio.to_thread(self._engine.create, documents)
        letters = list(self._rejections.letters())
        ingested = oldest(messages)
        if letters:
            await self._wiring.publisher.publish(list(self._wiring.one("dead-letter", letters, ingested)))
        for outcome in ("created", "duplicate", "rejected"):
            self._wiring.watcher.counted(outcome, outcomes.count(outcome))
        self._wiring.watcher.reached("indexed", ingested)


class AlertsHandler(Stateless):
    """Stores alerts by id."""

    def __init__(self, engine: Engine, wiring: Wiring) -> None:
        self._engine = engine
        self._wiring = wiring
        self._batch = Batch(Alert)

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Store the alerts of messages."""
        alerts = [one for message in messages for one in await self._wiring.decode(self._batch, message)]
        await asyncio.to_thread(self._engine.put_alerts, alerts)


class VerdictsHandler(Stateless):
    """Stores what people judged, by id: one that the console has written through is there already."""

    def __init__(self, engine: Engine, wiring: Wiring) -> None:
        self._engine = engine
        self._wiring = wiring
        self._batch = Batch(Verdict)

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Store the verdicts of messages."""
        verdicts = [one for message in messages for one in await self._wiring.decode(self._batch, message)]
        judgements = [one.judgement for one in verdicts if one.judgement is not None]
        corrections = [one.correction for one in verdicts if one.correction is not None]
        await asyncio.to_thread(self._engine.put_judgements, judgements)
        await asyncio.to_thread(self._engine.put_corrections, corrections)


class DeadLettersHandler(Stateless):
    """Stores dead letters by id."""

    def __init__(self, engine: Engine, wiring: Wiring) -> None:
        self._engine = engine
        self._wiring = wiring
        self._batch = Batch(DeadLetter)

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Store the dead letters of messages."""
        for message in messages:
            letters = await self._wiring.decode(self._batch, message)
            await asyncio.to_thread(self._engine.put_dead_letters, letters)


class _Waiting(msgspec.Struct):
    """Memberships whose documents are not stored yet.

    ``behind`` is where the documents ended when that was asked first, which is behind those waited for;
    ``passed`` whether all up to there have been worked on since.
    """

    partition: int
    offset: int
    since: float
    memberships: Sequence[Membership]
    behind: Mapping[int, int] | None = None
    passed: bool = False

    def learn(self, extent: Extent) -> None:
        """Take what is known of the documents now."""
        if self.behind is None:
            self.behind = extent.ends
        self.passed = all(extent.done.get(number, -1) >= end for number, end in self.behind.items())


class CampaignsHandler:
    """Stores campaigns, sets memberships, and says how documents weigh now.

    A membership whose document is not there yet is tried again until it is; its message is not safe before.
    It is given up only when the document can come no more: ``score`` has a document with the broker before
    its sightings, so it lies before the end of its topic when a membership speaks of it; when the role has
    worked on all up to there and it still is not stored, the engine has refused it, or it was deleted.
    Weights are told whole, also when a message comes again: so a crash between the two loses none.
    """

    def __init__(
        self, engine: Engine, wiring: Wiring, backlog: Backlog, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._wiring = wiring
        self._backlog = backlog
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._asked_at = self._looked_at = clock()
        self._batch = Batch(CampaignRevision)

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Store the campaigns of messages and their memberships."""
        fresh: list[_Waiting] = []
        for message in messages:
            revisions = await self._wiring.decode(self._batch, message)
            await asyncio.to_thread(self._engine.put_campaigns, revisions)
            members = [member for revision in revisions for member in revision.members]
            fresh.append(_Waiting(message.partition, message.offset, self._clock(), members))
        self._waiting += await self._set(fresh)

    async def tick(self) -> None:
        """Try again what waits."""
        if self._waiting and self._clock() - self._asked_at >= _ASK_AGAIN_SECONDS:
            waiting, self._waiting = self._waiting, []
            try:
                left = await self._set(waiting)
                await self._look(left)
            except BaseException:
                self._waiting = waiting
                raise
            self._waiting = left

    def unsafe_from(self, partition: int) -> int | None:
        """The first message with a membership that waits."""
        return min((one.offset for one in self._waiting if one.partition == partition), default=None)

    async def keep(self) -> None:
        """What waits cannot be hurried."""

    def forget(self) -> None:
        """Forget what waits: its message comes again."""
        self._waiting = []

    async def _set(self, waiting: Sequence[_Waiting]) -> list[_Waiting]:
        """Set memberships; what still waits."""
        memberships = [member for one in waiting for member in one.memberships]
        if not memberships:
            return []
        written = await asyncio.to_thread(self._engine.update_memberships, memberships)
        missing = set(written.missing)
        done = dict.fromkeys(member.record for member in memberships if member not in missing)
        weights = await asyncio.to_thread(self._engine.weights, list(done))
        wiring = self._wiring
        await wiring.publisher.publish(list(wiring.outgoing("figures", _events(weights), target_of, 0)))
        self._asked_at = self._clock()
        for one in waiting:
            one.memberships = [member for member in one.memberships if member in missing]
        left = [one for one in waiting if one.memberships]
        hopeless = sum(len(one.memberships) for one in left if one.passed)
        if hopeless:
            wiring.watcher.counted("membership_without_document", hopeless)
        return [one for one in left if not one.passed]

    async def _look(self, waiting: Sequence[_Waiting]) -> None:
        """Ask now and then how far documents have come; what is learnt counts after the next try."""
        now = self._clock()
        overdue = [one for one in waiting if now - one.since >= _OVERDUE_SECONDS]
        if not overdue or now - self._looked_at < _OVERDUE_SECONDS:
            return
        self._looked_at = now
        extent = await self._backlog.extent(self._wiring.topics["scored"])
        if extent is not None:
            for one in overdue:
                one.learn(extent)


def _events(weights: Iterable[DocumentWeight]) -> Iterator[Weight]:
    for one in weights:
        for watchlist in (EVERYTHING, *one.watchlists):
            yield Weight(
                one.record, watchlist, one.platform, one.author, one.created_at, one.weight_milli, one.version
            )
