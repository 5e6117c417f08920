"""Where the HTTP intake puts what it has checked: the brokers, or the pipeline of this very process."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Protocol

import msgspec

from monitor.errors import MonitorError, StoreError
from monitor.records import Post
from streams.embedded import EmbeddedRunner
from streams.publishing import Outgoing, Publisher
from streams.sources.adapters import RecordAdapter
from streams.sources.replay import Line
from streams.topics import Topic, TopicKind, partition_of, slot_of

MESSAGE_BYTES = 512 * 1024
SOURCE = "http"
_LOGGER = logging.getLogger("streams.sources.takers")


class Checked(msgspec.Struct, frozen=True, gc=False):
    """A line that is a record."""

    raw: bytes
    post: Post


class Taker(Protocol):
    """Takes records for good."""

    async def take(self, records: Sequence[Checked]) -> None:
        """Return when these records cannot be lost any more.

        Raises ``MonitorError`` when they cannot be taken.
        """

    def missing(self) -> Sequence[str]:
        """What it waits for; nothing when it takes records."""


class KafkaTaker:
    """Puts records on the intake topics, each where its cascade lies."""

    def __init__(
        self,
        publisher: Publisher,
        topics: dict[TopicKind, Topic],
        waiting: Callable[[], bool] = lambda: False,
    ) -> None:
        """``waiting`` tells whether the brokers are away right now."""
        self._publisher = publisher
        self._topics = topics
        self._waiting = waiting

    async def take(self, records: Sequence[Checked]) -> None:
        """Return when the brokers have acknowledged every record."""
        queues: dict[tuple[TopicKind, int], list[bytes]] = {}
        for record in records:
            queues.setdefault(self._place(record.post), []).append(record.raw)
        await self._publisher.publish(
            [
                Outgoing(self._topics[kind].name, partition, content)
                for (kind, partition), lines in queues.items()
                for content in _joined(lines)
            ]
        )

    def missing(self) -> Sequence[str]:
        """Brokers that are away."""
        return ("an answer from Kafka",) if self._waiting() else ()

    def _place(self, post: Post) -> tuple[TopicKind, int]:
        kind: TopicKind = "comments" if post.kind == "comment" else "posts"
        return kind, partition_of(slot_of(post.cascade), self._topics[kind].partitions)


def _joined(lines: Sequence[bytes]) -> list[bytes]:
    """Lines joined to messages of up to ``MESSAGE_BYTES``."""
    contents: list[bytes] = []
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and size + len(line) > MESSAGE_BYTES:
            contents.append(b"\n".join(batch))
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    return [*contents, b"\n".join(batch)]


class _Request(msgspec.Struct):
    """Records that wait for a transaction; none where the sender no longer waits.

    ``done`` is called in the pipeline's thread.
    """

    records: Sequence[Checked]
    done: Callable[[MonitorError | None], None]


class PipelineTaker:
    """Runs the embedded pipeline in a thread of its own; what waits goes into one transaction together.

    A context manager: entering opens the pipeline, leaving commits what waits and closes it. A pipeline that
    fails meanwhile (the disk is full) is opened anew every ``retry_seconds``; until that is done, nothing is
    taken.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[EmbeddedRunner]],
        *,
        batch_records: int,
        between: Callable[[], None] = lambda: None,
        retry_seconds: float = 5.0,
    ) -> None:
        """``opened`` opens the pipeline; ``between`` is called before each batch. Both are called in the
        thread that uses it.
        """
        self._opened = opened
        self._between = between
        self._batch_records = batch_records
        self._retry_seconds = retry_seconds
        self._leaving = threading.Event()
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._open = threading.Event()
        self._fault: MonitorError | None = None
        self._thread = threading.Thread(target=self._work, name="pipeline", daemon=True)

    def __enter__(self) -> PipelineTaker:
        """Raises ``MonitorError`` when the pipeline cannot be opened."""
        self._thread.start()
        self._open.wait()
        if self._fault is not None:
            raise self._fault
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._requests.put(None)
        self._thread.join()

    async def take(self, records: Sequence[Checked]) -> None:
        """Return when the transaction with these records is committed.

        Records of a call that is cancelled before the pipeline took them in hand are dropped: who was not
        answered sends them again, and copies of them must not heap up behind a slow pipeline.
        """
        if self._fault is not None:
            raise self._fault
        loop = asyncio.get_running_loop()
        committed: asyncio.Future[None] = loop.create_future()

        def tell(fault: MonitorError | None) -> None:
            if committed.done():
                return
            if fault is None:
                committed.set_result(None)
            else:
                committed.set_exception(fault)

        def done(fault: MonitorError | None) -> None:
            # A loop that is closed has ended with its server: nobody waits for the answer any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, fault)

        request = _Request(records, done)
        self._requests.put(request)
        try:
            await committed
        except asyncio.CancelledError:
            request.records = ()
            raise

    def missing(self) -> Sequence[str]:
        """A pipeline that failed."""
        return () if self._fault is None else (f"a pipeline that works: {self._fault}",)

    def _work(self) -> None:
        try:
            while not self._run() and self._open.is_set():
                if self._leaving.wait(self._retry_seconds):
                    return
        finally:
            self._open.set()

    def _run(self) -> bool:
        """Work until the end; whether it came, and not a fault."""
        in_hand: list[_Request] = []
        try:
            with self._opened() as runner:
                start = runner.begin(SOURCE, rereadable=False)
                if self._fault is not None:
                    _LOGGER.warning("records are taken again")
                self._fault = None
                self._open.set()
                for _ in runner.run(start, self._batches(in_hand), RecordAdapter()):
                    _tell(in_hand, None)
        except MonitorError as fault:
            self._fail(fault, in_hand)
        except Exception as error:
            _LOGGER.exception("the pipeline failed")
            self._fail(StoreError(f"the pipeline failed ({type(error).__name__}); see the log"), in_hand)
        else:
            return True
        return False

    def _fail(self, fault: MonitorError, in_hand: list[_Request]) -> None:
        """Take nothing, and say why: to those who wait, and once in the log."""
        if self._open.is_set() and str(fault) != str(self._fault):
            _LOGGER.error("records are not taken, trying again every %g s: %s", self._retry_seconds, fault)
        self._fault = fault
        _tell(in_hand, fault)
        while not self._requests.empty():
            request = self._requests.get()
            if request is not None:
                request.done(fault)

    def _batches(self, in_hand: list[_Request]) -> Iterator[Sequence[Line]]:
        """What waits, up to a batch at a time; ends when it is told to."""
        number = 0
        ending = False
        while not ending:
            lines: list[Line] = []
            request = self._requests.get()
            while request is not None:
                records = request.records
                if records:
                    in_hand.append(request)
                for record in records:
                    number += 1
                    lines.append(Line(number, record.raw))
                if len(lines) >= self._batch_records or self._requests.empty():
                    break
                request = self._requests.get()
            ending = request is None
            if lines:
                self._between()
                yield lines


def _tell(requests: list[_Request], fault: MonitorError | None) -> None:
    for request in requests:
        request.done(fault)
    requests.clear()
