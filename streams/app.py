"""The runner on Faust: one app (consumer group) per role, agents that lose nothing.

Faust is transport and life cycle only. An agent takes raw messages in batches, hands them to a ``Handler``
and acknowledges what the handler says is safe; nothing leaves its loop. When the guarantee cannot be kept
(an error of our own), the process ends at once with ``GUARANTEE_LOST`` and is replayed from the last commit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol

import faust
import msgspec
from faust.auth import SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT

from monitor.errors import InstanceTakenError, MonitorError, SnapshotVersionError, StoppedError
from streams import faust_patches
from streams.connection import Connection
from streams.consumer_groups import ConsumerGroup
from streams.faust_patches import Gathering
from streams.handling import Arrived, Handler
from streams.inbox import Inbox
from streams.log import say_less
from streams.places import FollowsPlaces, Places
from streams.watchdog import Place, Watchdog

GUARANTEE_LOST = 70
_LEAVE_SECONDS = 7.0
_STOP_SECONDS = 1.0
_LOGGER = logging.getLogger("streams.app")


class _QuietWorker(faust.Worker):
    """Says little from its first line on: a broker may be away before the app has joined its group."""

    def _setup_logging(self) -> None:
        super()._setup_logging()
        say_less()


class AppOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a role's app connects. ``instance`` is stable and unique in the installation.

    A batch is up to ``max_messages`` or ``max_bytes``, or what comes within ``within_seconds`` of the first:
    many small batches would cost broker and engine several times as much. ``gathering`` is how long
    the broker gathers before that.
    """

    group: str
    instance: str
    connection: Connection
    data: str
    max_messages: int = 500
    max_bytes: int = 2 * 1024 * 1024
    within_seconds: float = 0.15
    gathering: Gathering = Gathering()
    watchdog_seconds: float = 120.0
    session_seconds: float = 10.0


class Feed(msgspec.Struct, frozen=True):
    """An agent to be: the topics it reads and what it does with their messages."""

    name: str
    topics: tuple[str, ...]
    handler: Handler


class Meter(Protocol):
    """Told what a runner does, for metrics."""

    def took(self, feed: str, messages: int, seconds: float) -> None:
        """One batch was worked on."""

    def place(self, topic: str, partition: int, *, end: int, committed: int) -> None:
        """How far a partition reaches and how far it is done."""

    def left(self, topic: str, partition: int) -> None:
        """A partition went to another worker: nothing is known of it here any more."""


def refuse(error: MonitorError) -> None:
    """End the process at once with what an operator must mend: starting it again would not help."""
    _LOGGER.critical("%s", error)
    logging.shutdown()
    os._exit(error.exit_code)


def give_up(reason: str) -> None:
    """End the process at once: nothing more is acknowledged, so it is replayed."""
    _LOGGER.critical("%s; the process ends, and goes on from the last commit when started again", reason)
    logging.shutdown()
    os._exit(GUARANTEE_LOST)


class _Agent:
    """The loop of one agent, and what it has in hand.

    Messages wait in a queue of our own, marked with an epoch: what was fetched before partitions were
    taken away is dropped, since it comes again where they go. Faust's own buffers would hand it out after
    the partitions came back, in the middle of what comes again, and order would be lost.
    """

    def __init__(self, feed: Feed, app: faust.App, options: AppOptions, meter: Meter) -> None:
        self.feed = feed
        self._app = app
        self._options = options
        self._meter = meter
        self._queue = Inbox(options.max_messages, options.max_bytes)
        self._epoch = 0
        self._held: dict[tuple[str, int], deque[Any]] = {}
        self._lock = asyncio.Lock()
        self._places = Places(lambda: app.consumer, feed.topics)
        if isinstance(feed.handler, FollowsPlaces):
            feed.handler.follow(self._places)

    async def fetch(self, stream: Any) -> None:  # noqa: ANN401 - Faust's stream of raw bytes
        """Put what comes into the queue; Faust acknowledges nothing by itself."""
        async for event in stream.noack().events():
            await self._queue.put((self._epoch, event))

    async def work(self) -> None:
        """Take what waits, batch by batch, until the app stops."""
        while not self._app.should_stop:
            batch = [await self._queue.get()]
            if not self._queue.full():
                await asyncio.sleep(self._options.within_seconds)
            while len(batch) < self._options.max_messages and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._take(batch)
            except SnapshotVersionError as error:
                refuse(error)
            except StoppedError as error:
                _LOGGER.warning(
                    "agent %s ends with work in hand, which comes again: %s", self.feed.name, error
                )
                return
            except Exception:
                _LOGGER.exception("agent %s failed", self.feed.name)
                give_up(f"agent {self.feed.name} cannot keep its guarantee")

    async def _take(self, batch: Sequence[tuple[int, Any]]) -> None:
        async with self._lock:
            events = [event for epoch, event in batch if epoch == self._epoch]
            if not events:
                return
            began = time.perf_counter()
            await self.feed.handler.take([_arrived(event) for event in events])
            for event in events:
                place = (event.message.topic, event.message.partition)
                self._held.setdefault(place, deque()).append(event)
                self._places.took(*place, event.message.offset)
            self._acknowledge()
            self._meter.took(self.feed.name, len(events), time.perf_counter() - began)

    async def tick(self) -> None:
        """Let the handler keep what is due, unless it is at work."""
        if self._lock.locked():
            return
        try:
            async with self._lock:
                await self.feed.handler.tick()
                self._acknowledge()
        except StoppedError as error:
            _LOGGER.warning("agent %s ends with work in hand, which comes again: %s", self.feed.name, error)
        except Exception:
            _LOGGER.exception("agent %s failed", self.feed.name)
            give_up(f"agent {self.feed.name} cannot keep its guarantee")

    async def leave(self) -> None:
        """All partitions go: keep what can be kept, and forget the rest."""
        async with self._lock:
            try:
                await self.feed.handler.keep()
                self._acknowledge()
            finally:
                self._epoch += 1
                self.feed.handler.forget()
                self._held.clear()
                self._places.forget()

    def _acknowledge(self) -> None:
        """Acknowledge, in order, what the handler no longer needs."""
        for (_, partition), events in self._held.items():
            unsafe = self.feed.handler.unsafe_from(partition)
            while events and (unsafe is None or events[0].message.offset < unsafe):
                events.popleft().ack()

    def excuses(self, partition: int, offset: int) -> bool:
        """Whether it is for a good reason that a partition does not get beyond an offset."""
        unsafe = self.feed.handler.unsafe_from(partition)
        return self._lock.locked() or (unsafe is not None and unsafe <= offset)


class Runner:
    """One role: a Faust app with its agents."""

    def __init__(
        self,
        options: AppOptions,
        feeds: Sequence[Feed],
        meter: Meter,
        *,
        on_stop: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        faust_patches.apply(options.gathering)
        self._options = options
        self._client = f"{options.instance}-{secrets.token_hex(8)}"
        self._group = ConsumerGroup(options.connection, options.group)
        self._meter = meter
        self._on_stop = on_stop
        self._watchdog = Watchdog(options.watchdog_seconds)
        self._shown: set[tuple[str, int]] = set()
        self.app = _app(options, self._client)
        self.agents = [_Agent(feed, self.app, options, meter) for feed in feeds]
        for agent in self.agents:
            topic = self.app.topic(
                *agent.feed.topics,
                key_type=bytes,
                value_type=bytes,
                key_serializer="raw",
                value_serializer="raw",
            )
            self.app.agent(topic, name=agent.feed.name, concurrency=1)(agent.fetch)
            self.app.task(agent.work)
        self._member = ""
        given: Any = self._assigned
        revoked: Any = self._revoked
        stopping: Any = self._stopping
        self.app.on_partitions_assigned.connect(given, weak=False)
        self.app.on_partitions_revoked.connect(revoked, weak=False)
        self.app.on_before_shutdown.connect(stopping, weak=False)
        self.app.timer(0.25, name="tick")(self._tick)
        self.app.timer(5.0, name="watch")(self._watch)

    def run(self) -> None:
        """Work until SIGTERM; what is in hand is made safe first, for at most ten seconds."""
        worker = _QuietWorker(self.app, loglevel=logging.WARNING, redirect_stdouts=False, quiet=True)
        worker.spinner = None
        worker.execute_from_commandline()

    def missing(self) -> list[str]:
        """What this worker waits for before it takes messages; nothing when it does."""
        if not self.app.in_worker or not self.app.consumer.assignment():
            return [f"a place in the consumer group {self._options.group}"]
        if self.app.rebalancing:
            return [f"its share of the partitions: the group {self._options.group} shares them out anew"]
        return []

    async def _tick(self) -> None:
        if not self.app.rebalancing:
            for agent in self.agents:
                await agent.tick()

    async def _watch(self) -> None:
        consumer: Any = self.app.consumer
        places = list(assigned(consumer, self.agents))
        self._show(places)
        stuck = self._watchdog.look(places)
        if stuck is not None:
            give_up(stuck)

    def _show(self, places: Sequence[Place]) -> None:
        """Tell the meter of the partitions this worker has, and of those that it has no more."""
        for place in places:
            self._meter.place(place.topic, place.partition, end=place.end, committed=place.committed)
        shown = {(place.topic, place.partition) for place in places}
        for gone in self._shown - shown:
            self._meter.left(*gone)
        self._shown = shown

    async def _assigned(self, _app: object, _places: object, **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        self._member = _member_id(self.app.consumer)

    async def _revoked(self, _app: object, revoked: Any, **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        await self._refuse_another_of_our_name()
        # Faust takes all partitions away, even those that come back, and reads on from the last commit.
        if revoked and not await self._leave():
            give_up("partitions went to another worker before what they hold was kept")

    async def _refuse_another_of_our_name(self) -> None:
        """End, before this worker joins again, when a living one of its name has taken its place.

        What the brokers say to one who was pushed out is what they say after a long pause, too; so they are
        asked who is there now. Of two that push each other out the first to ask ends. One that was no member
        yet does not ask: who held its place before may have been killed, and holds it until the session ends.
        """
        if not self._member:
            return
        holders = await self._group.holders(self._options.instance)
        if holders and not any(one.member == self._member or one.client == self._client for one in holders):
            refuse(InstanceTakenError(self._options.instance, self._options.group))

    async def _stopping(self, _app: object, **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        if not await self._leave():
            _LOGGER.warning("not all in hand could be kept in time; it is worked on again")
        if self._on_stop is not None:
            await _in_time(self._on_stop(), _STOP_SECONDS)

    async def _leave(self) -> bool:
        """Whether every agent left in time; they share it, since all may wait for the same engine."""
        return all(await asyncio.gather(*[_in_time(agent.leave(), _LEAVE_SECONDS) for agent in self.agents]))


def assigned(consumer: Any, agents: Sequence[_Agent]) -> Iterator[Place]:  # noqa: ANN401 - Faust's consumer
    """The partitions that this worker has and that have moved before."""
    of_topic = {topic: agent for agent in agents for topic in agent.feed.topics}
    for place in consumer.assignment():
        end, committed = consumer.highwater(place), consumer._committed_offset[place]
        if end is not None and committed is not None and place.topic in of_topic:
            excused = of_topic[place.topic].excuses(place.partition, committed)
            yield Place(place.topic, place.partition, end, committed, excused)


def _member_id(consumer: Any) -> str:  # noqa: ANN401 - Faust's consumer
    """What the brokers call this member of the group."""
    member: str = consumer._thread._consumer._coordinator.member_id
    return member


async def _in_time(work: Coroutine[Any, Any, None], seconds: float) -> bool:
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        return False
    return True


def _arrived(event: Any) -> Arrived:  # noqa: ANN401 - Faust's event
    message = event.message
    headers = dict(message.headers or ())
    ingested = int(headers.get("ingested", 0))
    return Arrived(
        message.topic,
        message.partition,
        message.offset,
        event.value if event.value is not None else b"",
        ingested or round(message.timestamp * 1000),
        headers.get("upto", b""),
    )


def _credentials(connection: Connection) -> CredentialsT | None:
    trust = connection.trust()
    if connection.authenticated:
        return SASLCredentials(
            username=connection.user,
            password=connection.password,
            ssl_context=trust,
            mechanism=connection.mechanism,
        )
    return None if trust is None else SSLCredentials(trust)


def _app(options: AppOptions, client: str) -> faust.App:
    return faust.App(
        options.group,
        broker=f"kafka://{options.connection.servers.replace(',', ';kafka://')}",
        broker_credentials=_credentials(options.connection),
        broker_client_id=client,
        datadir=options.data,
        store="memory://",
        consumer_group_instance_id=options.instance,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * 1024 * 1024,
        broker_session_timeout=options.session_seconds,
        broker_heartbeat_interval=min(1.0, options.session_seconds / 4),
        broker_rebalance_timeout=20.0,
        broker_request_timeout=max(30.0, options.session_seconds + 1),
        broker_max_poll_records=2_000,
        broker_commit_interval=0.5,
        stream_buffer_maxsize=64,
        stream_wait_empty=False,
        producer_request_timeout=20.0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        web_tables_enabled=False,
        agent_supervisor="mode.CrashingSupervisor",
        worker_redirect_stdouts=False,
    )
