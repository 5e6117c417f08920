"""``dead-letters replay`` on the engines: back onto the intake topics, from where the workers take them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

import msgspec

from monitor.brokers import at_servers, publisher_of, require_topics, topics_of
from monitor.documents import DeadLetter
from monitor.engine import open_engine
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.records import Post, RecordDecoder
from monitor.settings import LoadedSettings
from streams.sources.adapters import RecordAdapter
from streams.sources.takers import Checked, KafkaTaker

_AT_ONCE = 500


class Replayed(msgspec.Struct, frozen=True):
    """What became of dead letters: ``sent`` to the intake topics, or ``left`` as no records still."""

    sent: int = 0
    left: int = 0

    def __add__(self, other: Replayed) -> Replayed:
        return Replayed(self.sent + other.sent, self.left + other.left)


def replay_to_brokers(
    settings: LoadedSettings, url: str, servers: str | None, reason: str | None
) -> Replayed:
    """Send dead letters of the engine at ``url`` that are records now to the intake topics.

    They leave the list when the brokers have them. A crash between the two sends them again: one document.
    Letters of the pipeline's own messages (formats ``document`` and ``batch``) stay.

    Raises:
        BrokerError: Kafka cannot be reached, or its topics differ from the settings.
        StoreError: the engine cannot be used.
    """
    if servers is not None:
        settings = at_servers(settings, servers)
    require_topics(settings)
    engine = open_engine(settings, url)
    return asyncio.run(_replay(settings, engine, engine.dead_letters(reason=reason)))


async def _replay(
    settings: LoadedSettings, engine: ElasticsearchIndex, letters: Sequence[DeadLetter]
) -> Replayed:
    publisher = publisher_of(settings)
    taker = KafkaTaker(publisher, topics_of(settings.settings.kafka))
    decoder = RecordDecoder(frozenset(settings.settings.records.platforms))
    total = Replayed()
    try:
        for start in range(0, len(letters), _AT_ONCE):
            part = letters[start : start + _AT_ONCE]
            records = dict(_records(part, decoder))
            await taker.take(list(records.values()))
            await asyncio.to_thread(engine.remove_dead_letters, list(records))
            total += Replayed(len(records), len(part) - len(records))
    finally:
        await publisher.close()
    return total


def _records(letters: Sequence[DeadLetter], decoder: RecordDecoder) -> Iterator[tuple[str, Checked]]:
    now = time.time()
    for letter in letters:
        if letter.format == RecordAdapter.format:
            decoded = decoder.decode(letter.raw, now)
            if isinstance(decoded, Post):
                yield letter.id, Checked(letter.raw, decoded)
