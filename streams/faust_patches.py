"""What this program changes in Faust; nothing else of it is touched.

``Consumer._new_offset`` (faust-streaming 0.15.3) may commit past a message that nobody has acknowledged: it
looks for no gap when nothing was committed yet, and its check is off by one otherwise. Here nothing is
committed while the smallest offset in hand is unacknowledged.

``AIOKafkaConsumerThread._create_worker_consumer`` has the broker answer with the first message there is.
Where many send single messages that is an answer for each; here it gathers them for a moment.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

PATCHED = {
    "Consumer._new_offset": "c4735e1836cc03d7",
    "AIOKafkaConsumerThread._create_worker_consumer": "936e53aab137bb69",
}
"""What is patched, with a digest of the source it was written for."""
GATHERED_BYTES, GATHERED_MS = 65_536, 100
"""The broker answers when it has so much, or after so long."""

_original_offset: Callable[[Any, Any], int | None] = Consumer._new_offset
_original_consumer: Callable[[Any, Any], Any] = AIOKafkaConsumerThread._create_worker_consumer


def digest(patched: Callable[..., object]) -> str:
    """A digest of a function's source."""
    return blake2b(inspect.getsource(patched).encode(), digest_size=8).hexdigest()


def source_digests() -> dict[str, str]:
    """Digests of what is installed, to compare with ``PATCHED``."""
    return {
        "Consumer._new_offset": digest(_original_offset),
        "AIOKafkaConsumerThread._create_worker_consumer": digest(_original_consumer),
    }


def _new_offset(self: Any, tp: Any) -> int | None:  # noqa: ANN401 - Faust's own, untyped to us
    acked = self._acked[tp]
    unacked = [message.offset for message in list(self._unacked_messages) if message.tp == tp]
    if acked and unacked and min(unacked) < min(acked):
        return None
    return _original_offset(self, tp)


def _create_worker_consumer(self: Any, transport: Any) -> Any:  # noqa: ANN401 - Faust's own, untyped to us
    consumer = _original_consumer(self, transport)
    for setting, value in (("_fetch_min_bytes", GATHERED_BYTES), ("_fetch_max_wait_ms", GATHERED_MS)):
        getattr(consumer, setting)  # aiokafka reads them when it starts; one without them is another version.
        setattr(consumer, setting, value)
    return consumer


def apply() -> None:
    """Put the patches in place; again does nothing."""
    for owner, method in (
        (Consumer, _new_offset),
        (AIOKafkaConsumerThread, _create_worker_consumer),
    ):
        setattr(owner, method.__name__, method)
