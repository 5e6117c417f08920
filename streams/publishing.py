"""Publishing to Kafka: what was given is with the broker when the call returns, however long that takes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from streams.connection import Connection

_LOGGER = logging.getLogger("streams.publishing")
_LARGEST_REQUEST_BYTES = 5 * 1024 * 1024
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_DRAW = random.SystemRandom().random


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """One message to publish.

    ``ingested_ms`` is when its oldest record came in, for latencies; ``upto`` a mark of ``streams.marks``.
    """

    topic: str
    partition: int
    value: bytes | None
    key: bytes | None = None
    ingested_ms: int = 0
    upto: bytes = b""


class Publisher(Protocol):
    """Publishes batches."""

    async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
        """Return when the broker has acknowledged every message.

        Messages of one partition arrive in the order given, unless that is said not to matter.
        """


class KafkaPublisher:
    """A ``Publisher`` that tries for ever what is transient.

    The next message of a partition is not sent before the one before is acknowledged: readers skip what is
    not above the highest position they know, so order must hold over retries, too.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        compression: str | None,
        on_retry: Callable[[str], None] = lambda _cause: None,
    ) -> None:
        self._connection = connection
        self._compression = compression
        self._on_retry = on_retry
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self.waiting = False
        """Whether the broker is away right now."""

    async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
        """Return when the broker has acknowledged every message.

        Raises ``MessageSizeTooLargeError`` for a message that no broker of ours takes.
        """
        queues: defaultdict[object, deque[Outgoing]] = defaultdict(deque)
        for number, message in enumerate(messages):
            queues[(message.topic, message.partition) if ordered else number].append(message)
        tries = 0
        while queues:
            failure = await self._round(queues)
            if failure is None:
                tries = 0
                continue
            self.waiting = True
            cause = type(failure).__name__
            self._on_retry(cause)
            _LOGGER.warning(
                "nothing is lost, it will be tried again: Kafka does not take messages (%s)", cause
            )
            pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(tries, 10))
            tries += 1
            await asyncio.sleep(pause * (0.5 + _DRAW() / 2))
        self.waiting = False

    async def close(self) -> None:
        """Leave the broker."""
        if self._producer is not None:
            await self._drop(self._producer)

    async def _round(self, queues: dict[object, deque[Outgoing]]) -> Exception | None:
        """Send the first message of every queue; the first failure, if any."""
        try:
            producer = await self._connected()
        except (KafkaError, OSError) as error:
            return error
        firsts = [(place, queue[0]) for place, queue in queues.items()]
        sent = await asyncio.gather(
            *(self._send(producer, message) for _, message in firsts), return_exceptions=True
        )
        failure: Exception | None = None
        for (place, _), outcome in zip(firsts, sent, strict=True):
            if outcome is None:
                queues[place].popleft()
                if not queues[place]:
                    del queues[place]
            elif isinstance(outcome, MessageSizeTooLargeError) or not isinstance(
                outcome, KafkaError | OSError
            ):
                raise outcome
            else:
                failure = outcome
        if failure is not None:
            await self._drop(producer)
        return failure

    async def _send(self, producer: AIOKafkaProducer, message: Outgoing) -> None:
        headers = [("ingested", str(message.ingested_ms).encode())] if message.ingested_ms else []
        if message.upto:
            headers.append(("upto", message.upto))
        await producer.send_and_wait(
            message.topic, message.value, message.key, partition=message.partition, headers=headers
        )

    async def _connected(self) -> AIOKafkaProducer:
        """The producer that all calls share: one that comes while another connects waits for it."""
        async with self._connecting:
            if self._producer is None:
                self._producer = await self._started()
            return self._producer

    async def _started(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._connection.options(),
            acks="all",
            enable_idempotence=True,
            compression_type=self._compression,
            max_request_size=_LARGEST_REQUEST_BYTES,
            request_timeout_ms=10_000,
            linger_ms=0,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _drop(self, producer: AIOKafkaProducer) -> None:
        """Leave the broker, unless another call has done so: its new producer is not the one that failed."""
        ours = self._producer is producer
        if not ours:
            return
        self._producer = None
        try:
            await asyncio.wait_for(producer.stop(), 5)
        except (KafkaError, OSError, TimeoutError):
            _LOGGER.debug("the producer did not leave in order")
