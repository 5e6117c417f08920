"""What people judge as records of a topic: verdicts on campaigns and corrections of labels.

Each has a message of its own whose key is its id, in a compacted topic: so the topic keeps all of them for
ever, and the index can be filled from it anew.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from monitor.campaigns.judgements import Judgement
from monitor.errors import BrokerError
from monitor.language import message
from monitor.scoring.corrections import Correction
from streams.codec import cut
from streams.publishing import Outgoing, Publisher
from streams.topics import Topic


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the two."""

    judgement: Judgement | None = None
    correction: Correction | None = None


def messages(topic: Topic, judged: Iterable[Judgement | Correction]) -> Iterator[Outgoing]:
    """A message for each."""
    for one in judged:
        verdict = Verdict(one) if isinstance(one, Judgement) else Verdict(correction=one)
        for value in cut([verdict]):
            yield Outgoing(topic.name, 0, value, one.id.encode())


class ClosingPublisher(Publisher, Protocol):
    """A publisher that can leave its brokers."""

    async def close(self) -> None:
        """Leave the brokers."""


class VerdictTopic:
    """Publishes from any thread; a call returns when the brokers have what it was given.

    Raises ``BrokerError`` when they have not taken it in time; it may reach them later all the same, and
    whoever tries again makes another verdict, of which the last holds.
    """

    def __init__(self, topic: Topic, publisher: ClosingPublisher, *, timeout_seconds: float) -> None:
        self._topic = topic
        self._publisher = publisher
        self._timeout_seconds = timeout_seconds
        self._turn = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="verdicts", daemon=True)
        self._thread.start()

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Publish verdicts on campaigns."""
        self._publish(messages(self._topic, judgements))

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Publish corrections of labels."""
        self._publish(messages(self._topic, corrections))

    def _publish(self, outgoing: Iterable[Outgoing]) -> None:
        waiting = asyncio.run_coroutine_threadsafe(self._in_turn(list(outgoing)), self._loop)
        try:
            waiting.result(self._timeout_seconds)
        except TimeoutError as error:
            waiting.cancel()
            raise BrokerError(
                message("Kafka has not taken it within {seconds} s; nothing is kept, try again"),
                seconds=f"{self._timeout_seconds:g}",
            ) from error

    async def _in_turn(self, outgoing: Sequence[Outgoing]) -> None:
        async with self._turn:
            await self._publisher.publish(outgoing)

    def close(self) -> None:
        """Leave the brokers and end the thread."""
        asyncio.run_coroutine_threadsafe(self._publisher.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
