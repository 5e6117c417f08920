"""``assess``: keeps the figures and judges watchlists by them; ``streams.agents.join`` is its other half."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from monitor.alerts.port import Alert
from monitor.opinion.figures import Figure, FigureKey
from monitor.opinion.last_hour import HOUR_SHOWN_SECONDS, opinion_of_hour
from streams.agents.wiring import Wiring, by_partition, oldest
from streams.assessment import Assessment, NewAssessor, OpinionWatcher
from streams.clocks import SourceClocks
from streams.codec import Batch
from streams.figure_book import NOTHING_STORED, REMEMBERED, FigureBook, Stored
from streams.figure_events import FigureEvent, target_of
from streams.handling import Arrived
from streams.slot_figures import HISTORY, SlotFigures
from streams.slot_snapshots import SlotSnapshots, SlotState
from streams.topics import INTAKE, SLOTS, slot_of

SHOWN_SECONDS = 1.0


class FigureStore(Protocol):
    """Where whole figures lie, and the documents they count. Calls block until the engine has answered."""

    def positions(self, records: Mapping[str, int]) -> Stored:
        """The positions of the documents that are stored, as of now, of records with their event times."""

    def stored_figures(self, keys: Sequence[FigureKey]) -> Mapping[FigureKey, Figure]:
        """The figures of these keys; an empty one where there is none yet."""

    def put_figures(self, totals: Sequence[tuple[FigureKey, Figure, int]]) -> None:
        """Store whole figures with versions; a lower version never replaces a higher one."""


class _Partition:
    """What one partition of the figures holds. ``changed``: the first offset a slot's snapshot lacks."""

    def __init__(self, slots: dict[int, SlotFigures], clocks: SourceClocks, taken: Mapping[int, int]) -> None:
        """``taken`` has, of each slot that was restored, how far its snapshot had come."""
        self.slots = slots
        self.clocks = clocks
        self._taken = taken
        self.changed: dict[int, int] = {}
        self.offset = 0
        self.reached = -1

    def taken(self, slot: int) -> int:
        """How many messages a slot has taken in: those up to here, or up to where it was restored.

        After a restart, messages that its snapshot covers come again.
        """
        return max(self.offset + 1, self._taken.get(slot, 0))

    def advance(self, now: float) -> list[Alert]:
        """Judge what event time has passed."""
        reached = self.clocks.reached(now)
        if reached <= self.reached:
            return []
        self.reached = reached
        alerts: list[Alert] = []
        for slot, figures in self.slots.items():
            found = figures.assessment.advance(reached)
            if found:
                self.changed.setdefault(slot, self.offset)
                alerts += found
        return alerts


class _Sorted(msgspec.Struct, frozen=True):
    """A message with its events by slot."""

    partition: _Partition
    message: Arrived
    slots: dict[int, list[FigureEvent]]


class FiguresHandler:
    """Counts figure events and judges watchlists; every few seconds: snapshot, write totals, acknowledge.

    Alerts are published before the snapshot that knows of them: a crash in between makes them again, under
    the same ids.
    """

    def __init__(
        self,
        store: FigureStore,
        snapshots: SlotSnapshots,
        wiring: Wiring,
        new_assessor: NewAssessor,
        opinion: OpinionWatcher,
        *,
        snapshot_seconds: float,
        remembered: int = REMEMBERED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._remembered = remembered
        self._store = store
        self._snapshots = snapshots
        self._wiring = wiring
        self._new_assessor = new_assessor
        self._opinion = opinion
        self._snapshot_seconds = snapshot_seconds
        self._clock = clock
        self._kept_at = self._shown_at = self._hour_shown_at = clock()
        self._partitions: dict[int, _Partition] = {}
        self._batch: Batch[FigureEvent] = Batch(FigureEvent)  # type: ignore[arg-type] # a union of structs

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Count the events of messages, and judge."""
        alerts: list[Alert] = []
        arrived = [
            await self._sorted(message) for queue in by_partition(messages).values() for message in queue
        ]
        await self._know(
            (one.partition.slots[slot].book, (event.key for event in events))
            for one in arrived
            for slot, events in one.slots.items()
        )
        for one in arrived:
            await self._count(one)
            alerts += one.partition.advance(self._clock())
        ingested = oldest(messages)
        await self._tell(alerts, ingested)
        self._wiring.watcher.reached("assessed", ingested)
        await self.tick()

    async def tick(self) -> None:
        """Judge what has become idle; show, keep and write what changed, when it is time."""
        now = self._clock()
        idle = [alert for partition in self._partitions.values() for alert in partition.advance(now)]
        await self._tell(idle, 0)
        if now - self._shown_at >= SHOWN_SECONDS:
            self._shown_at = now
            for partition in self._partitions.values():
                for figures in partition.slots.values():
                    self._opinion.watch(figures.assessment.watched())
        if now - self._hour_shown_at >= HOUR_SHOWN_SECONDS:
            self._hour_shown_at = now
            for partition in self._partitions.values():
                await self._show_hour(partition)
        if now - self._kept_at >= self._snapshot_seconds:
            await self._keep()

    def unsafe_from(self, partition: int) -> int | None:
        """The first offset that is not kept yet."""
        known = self._partitions.get(partition)
        return min(known.changed.values(), default=None) if known else None

    async def keep(self) -> None:
        """Keep and write what changed."""
        await self._keep()

    def forget(self) -> None:
        """Forget all partitions."""
        self._partitions.clear()
        self._wiring.watcher.forgot()
        self._opinion.leave(lambda rule, _: rule != "campaign")

    async def _sorted(self, message: Arrived) -> _Sorted:
        """The events of a message by slot; slots come into being with their first event."""
        partition = self._partitions.get(message.partition) or await self._restore(message.partition)
        slots: dict[int, list[FigureEvent]] = {}
        for event in await self._wiring.decode(self._batch, message):
            slots.setdefault(slot_of(target_of(event)), []).append(event)
        for slot in slots:
            if slot not in partition.slots:
                book = FigureBook(self._remembered, begun=time.time_ns() // 1_000)
                partition.slots[slot] = SlotFigures(book, Assessment(self._new_assessor))
        return _Sorted(partition, message, slots)

    async def _count(self, one: _Sorted) -> None:
        partition, message = one.partition, one.message
        partition.offset = message.offset
        stored = await self._stored(partition, one.slots)
        for slot, events in one.slots.items():
            self._opinion.count(
                (event.watchlist, event.seen)
                for event in partition.slots[slot].take(events, partition.clocks.times, stored)
            )
            partition.changed.setdefault(slot, message.offset)
        if message.upto:
            partition.clocks.hear(message.upto, self._clock())

    async def _show_hour(self, partition: _Partition) -> None:
        """Show what people think on the watchlists of a partition, as far as event time has come."""
        for figures in partition.slots.values():
            for watchlist, keys in figures.last_hour(partition.reached):
                await self._know([(figures.book, keys)])
                found = opinion_of_hour(figures.book.totals(keys), partition.reached)
                self._opinion.show_hour(watchlist, found)
                await asyncio.sleep(
                    0
                )  # Each takes milliseconds; the rest of the worker goes on between them.

    async def _know(self, wanted: Iterable[tuple[FigureBook, Iterable[FigureKey]]]) -> None:
        """Fetch what books lack of their figures, in one request: a hundred cost little more than one."""
        lacking = {key: book for book, keys in wanted for key in book.lacks(keys)}
        if lacking:
            found = await asyncio.to_thread(self._store.stored_figures, sorted(lacking))
            for key, total in found.items():
                lacking[key].know({key: total})

    async def _stored(self, partition: _Partition, slots: Mapping[int, Sequence[FigureEvent]]) -> Stored:
        """Where the documents are that one of the slots may have counted and forgotten."""
        doubted: dict[str, int] = {}
        for slot, events in slots.items():
            if slot in partition.slots:
                doubted |= partition.slots[slot].book.doubts(events)
        return await asyncio.to_thread(self._store.positions, doubted) if doubted else NOTHING_STORED

    async def _tell(self, alerts: Sequence[Alert], ingested: int) -> None:
        if alerts:
            await self._wiring.publisher.publish(list(self._wiring.one("alerts", alerts, ingested)))
            self._opinion.follow(alerts)

    async def _keep(self) -> None:
        self._kept_at = self._clock()
        states: list[tuple[int, SlotState]] = []
        histories: list[tuple[int, SlotState]] = []
        for number, partition in self._partitions.items():
            for slot in partition.changed:
                figures, version = partition.slots[slot], partition.taken(slot)
                history = figures.history(slot, version)
                histories += [(number, history)] if history else []
                states.append((number, figures.state(slot, version, partition.clocks.times)))
        if not states:
            return
        if histories:
            await self._snapshots.save(histories)
        await self._snapshots.save(states)
        self._wiring.kept([*states, *histories])
        await self._write([one.slots[slot].book for one in self._partitions.values() for slot in one.changed])
        for partition in self._partitions.values():
            partition.changed.clear()

    async def _write(self, books: Sequence[FigureBook]) -> None:
        totals = [total for book in books for total in book.unwritten()]
        if totals:
            await asyncio.to_thread(self._store.put_figures, totals)
        for book in books:
            book.written()

    async def _restore(self, number: int) -> _Partition:
        states = {state.slot: state for state in await self._snapshots.load(number)}
        self._wiring.restored(number, states.values())
        clocks = SourceClocks(self._sources())
        slots: dict[int, SlotFigures] = {}
        for slot in (slot for slot in states if slot < SLOTS):
            slots[slot], times = SlotFigures.restored(
                states[slot], states.get(slot + HISTORY), self._new_assessor, self._remembered
            )
            clocks.learn(times)
        await self._write([figures.book for figures in slots.values()])
        self._opinion.going_on(
            incident for figures in slots.values() for incident in figures.assessment.incidents()
        )
        partition = self._partitions[number] = _Partition(
            slots, clocks, {slot: states[slot].taken for slot in slots}
        )
        return partition

    def _sources(self) -> list[str]:
        """Every partition of the intake."""
        topics = [self._wiring.topics[kind] for kind in INTAKE]
        return [f"{topic.name}/{number}" for topic in topics for number in range(topic.partitions)]
