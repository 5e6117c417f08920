"""``score``: from intake messages to documents, sightings, figures and dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from monitor.documents import SourcePosition
from streams.agents.wiring import Stateless, Wiring, oldest
from streams.codec import EMPTY, cut
from streams.figure_events import observed, target_of
from streams.handling import Arrived
from streams.marks import source_marks
from streams.publishing import Outgoing
from streams.sources.adapters import SourceAdapter
from streams.stages import Incoming, Scored, ScoreStage, Sighted, flatten

RECORDS_AT_ONCE = 2_000


class ScoreHandler(Stateless):
    """Scores messages and publishes what came of them, one batch after the other.

    The next batch is not published before the one before is with the broker: readers skip positions that
    are not above the highest they know, so order must hold.
    """

    def __init__(
        self,
        stage: ScoreStage,
        adapter: SourceAdapter,
        wiring: Wiring,
        clock: Callable[[], float],
        *,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """``clock`` gives seconds since the epoch; ``between`` is called before each batch is scored."""
        self._stage = stage
        self._adapter = adapter
        self._wiring = wiring
        self._clock = clock
        self._between = between

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Score and publish."""
        for chunk in _chunks(messages):
            ingested = oldest(chunk)
            incoming = [
                Incoming(
                    SourcePosition(f"{message.topic}/{message.partition}", message.offset, 0), message.value
                )
                for message in chunk
            ]
            self._between()
            scored = self._stage.score(incoming, self._adapter, self._clock())
            await self._publish(scored, ingested, source_marks(chunk))
            self._wiring.watcher.reached("scored", ingested)

    async def _publish(self, scored: Scored, ingested: int, upto: bytes) -> None:
        wiring = self._wiring
        sighted = [
            one
            for document, sightings in zip(scored.documents, scored.sightings, strict=True)
            for one in flatten(document, sightings)
        ]
        await wiring.publisher.publish(
            [
                *wiring.outgoing("scored", scored.documents, lambda one: one.root, ingested),
                *self._sightings(sighted, ingested, upto),
                *wiring.outgoing("figures", observed(scored.documents), target_of, ingested),
                *wiring.one("dead-letter", scored.dead_letters, ingested),
            ]
        )
        wiring.watcher.counted("scored", len(scored.documents))
        wiring.watcher.counted("dead_lettered", len(scored.dead_letters))

    def _sightings(self, sighted: Sequence[Sighted], ingested: int, upto: bytes) -> Iterator[Outgoing]:
        """Messages with these sightings; each partition has a last one that says how far this goes."""
        wiring = self._wiring
        queues: dict[int, list[Sighted]] = {
            number: [] for number in range(wiring.topics["sightings"].partitions)
        }
        for one in sighted:
            queues[wiring.partition("sightings", one.sighting.object)].append(one)
        for partition, queue in queues.items():
            messages = list(cut(queue)) or [EMPTY]
            for number, message in enumerate(messages, start=1):
                mark = upto if number == len(messages) else b""
                yield Outgoing(wiring.name("sightings"), partition, message, ingested_ms=ingested, upto=mark)


def _chunks(messages: Sequence[Arrived]) -> Iterator[list[Arrived]]:
    """Cut messages so that each part holds about ``RECORDS_AT_ONCE`` records."""
    chunk: list[Arrived] = []
    records = 0
    for message in messages:
        chunk.append(message)
        records += 1 + message.value.count(b"\n")
        if records >= RECORDS_AT_ONCE:
            yield chunk
            chunk, records = [], 0
    if chunk:
        yield chunk
