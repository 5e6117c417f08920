"""What this program changes in Faust; nothing else of it is touched.

``Consumer._new_offset`` (faust-streaming 0.15.3) may commit past a message that nobody has acknowledged: it
looks for no gap when nothing was committed yet, and its check is off by one otherwise. Here nothing is
committed while the smallest offset in hand is unacknowledged.

``Consumer._drain_messages`` makes four tasks for each message, so that it can be broken off when partitions
go. Here they are made for all that the broker handed out at once.

``AIOKafkaConsumerThread._create_worker_consumer`` has the broker answer with the first message there is.
Where many send single messages that is an answer for each; here ``Gathering`` says how long it gathers them.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

PATCHED = {
    "Consumer._new_offset": "c4735e1836cc03d7",
    "Consumer._drain_messages": "51f5d28b77953a29",
    "AIOKafkaConsumerThread._create_worker_consumer": "936e53aab137bb69",
}
"""What is patched, with a digest of the source it was written for."""
_HANDED_ON_AT_ONCE = 32
"""Messages after which their readers get a turn: half of what a stream's buffer holds."""

_original_offset: Callable[[Any, Any], int | None] = Consumer._new_offset
_original_drain: Callable[[Any, Any], Any] = Consumer._drain_messages
_original_consumer: Callable[[Any, Any], Any] = AIOKafkaConsumerThread._create_worker_consumer


class Gathering(msgspec.Struct, frozen=True):
    """The broker answers when it has so many bytes, or after so long. Waiting costs nothing, asking does."""

    least_bytes: int = 1
    longest_seconds: float = 0.5


def digest(patched: Callable[..., object]) -> str:
    """A digest of a function's source."""
    return blake2b(inspect.getsource(patched).encode(), digest_size=8).hexdigest()


def source_digests() -> dict[str, str]:
    """Digests of what is installed, to compare with ``PATCHED``."""
    return {
        "Consumer._new_offset": digest(_original_offset),
        "Consumer._drain_messages": digest(_original_drain),
        "AIOKafkaConsumerThread._create_worker_consumer": digest(_original_consumer),
    }


def _new_offset(self: Any, tp: Any) -> int | None:  # noqa: ANN401 - Faust's own, untyped to us
    acked = self._acked[tp]
    unacked = [message.offset for message in list(self._unacked_messages) if message.tp == tp]
    if acked and unacked and min(unacked) < min(acked):
        return None
    return _original_offset(self, tp)


async def _drain_messages(self: Any, fetcher: Any) -> None:  # noqa: ANN401 - Faust's own, untyped to us
    try:
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            await self.sleep(0)
            handed_out = [pair async for pair in self.getmany(timeout=1.0)]
            # What the wait above brought belongs to the share of partitions that there is after it.
            generation = self.app.consumer_generation_id
            if handed_out:
                await self.wait_first(_hand_on(self, handed_out, generation), self.suspend_flow.wait())
    except (*self.consumer_stopped_errors, asyncio.CancelledError):
        if not self.transport.app.should_stop:
            raise


async def _hand_on(
    consumer: Any,  # noqa: ANN401 - Faust's own, untyped to us
    handed_out: Sequence[tuple[Any, Any]],
    generation: int,
) -> None:
    """Give messages to their readers; those left when partitions go are read again where they go."""
    for number, (tp, message) in enumerate(handed_out, start=1):
        if not consumer.flow_active or consumer.app.consumer_generation_id != generation:
            return
        offset, read = message.offset, consumer._read_offset[tp]
        if read is not None and offset < read:
            continue
        if read and offset - read > 1 and consumer.app.topics.acks_enabled_for(message.topic):
            await consumer._add_gap(tp, read + 1, offset)
        await consumer.callback(message)
        consumer._read_offset[tp] = offset
        if number % _HANDED_ON_AT_ONCE == 0:
            await asyncio.sleep(0)


def _create_worker_consumer(gathering: Gathering) -> Callable[[Any, Any], Any]:
    def create(self: Any, transport: Any) -> Any:  # noqa: ANN401 - Faust's own, untyped to us
        consumer = _original_consumer(self, transport)
        settings = {
            "_fetch_min_bytes": gathering.least_bytes,
            "_fetch_max_wait_ms": round(gathering.longest_seconds * 1000),
        }
        for name, value in settings.items():
            getattr(consumer, name)  # aiokafka reads it when it starts; without it this is another version
            setattr(consumer, name, value)
        return consumer

    return create


def apply(gathering: Gathering) -> None:
    """Put the patches in place; the last ``gathering`` holds for consumers made from then on."""
    for owner, name, method in (
        (Consumer, "_new_offset", _new_offset),
        (Consumer, "_drain_messages", _drain_messages),
        (AIOKafkaConsumerThread, "_create_worker_consumer", _create_worker_consumer(gathering)),
    ):
        setattr(owner, name, method)
