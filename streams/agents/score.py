"""``score``: from intake messages to documents, sightings, figures and dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from monitor.campaigns.port import Sighting
from monitor.documents import Document, SourcePosition
from streams.agents.wiring import Stateless, Wiring, oldest
from streams.clocks import SourceMark, encode_mark
from streams.codec import EMPTY, cut
from streams.figure_events import Observed, observed, target_of
from streams.handling import Arrived
from streams.marks import source_marks
from streams.ordering import merged
from streams.places import CaughtUp
from streams.publishing import Outgoing
from streams.sources.adapters import SourceAdapter
from streams.stages import Incoming, Scored, ScoreStage, Sighted, flatten
from streams.topics import TopicKind

RECORDS_AT_ONCE = 2_000
_TOLD_SECONDS, _TOLD_AGAIN_SECONDS = 0.5, 5.0


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
        self._caught_up: CaughtUp = dict
        self._told: tuple[float, dict[str, bool]] = (0.0, {})

    def follow(self, caught_up: CaughtUp) -> None:
        """``caught_up`` says which sources were read to their end."""
        self._caught_up = caught_up

    async def tick(self) -> None:
        """Tell the readers of figures which sources were read to their end; again now and then."""
        told_at, told = self._told
        passed, caught_up = self._clock() - told_at, self._caught_up()
        if caught_up and passed >= (_TOLD_SECONDS if caught_up != told else _TOLD_AGAIN_SECONDS):
            self._told = (self._clock(), caught_up)
            queues: dict[int, Sequence[object]] = dict.fromkeys(
                range(self._wiring.topics["figures"].partitions), ()
            )
            mark = encode_mark(SourceMark(caught_up=caught_up))
            await self._wiring.publisher.publish(list(self._marked("figures", queues, 0, mark)))

    async def take(self, messages: Sequence[Arrived]) -> None:
        """Score and publish, in the order in which messages came to the broker."""
        for chunk in _chunks(merged(messages, _place, _came)):
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
        records = list(zip(scored.documents, scored.sightings, strict=True))
        sighted = [
            one
            for document, sightings in merged(records, _source, _written)
            for one in flatten(document, sightings)
        ]
        # What comes of sightings may rely on it that the documents are with the broker before them.
        await wiring.publisher.publish(
            [
                *wiring.outgoing("scored", scored.documents, lambda one: one.root, ingested),
                *wiring.one("dead-letter", scored.dead_letters, ingested),
            ]
        )
        await wiring.publisher.publish(
            [*self._sightings(sighted, ingested, upto), *self._figures(scored.documents, ingested)]
        )
        wiring.watcher.counted("scored", len(scored.documents))
        wiring.watcher.counted("dead_lettered", len(scored.dead_letters))

    def _figures(self, documents: Sequence[Document], ingested: int) -> Iterator[Outgoing]:
        """Messages with figure events; each partition has a last one that says how far event time is."""
        wiring = self._wiring
        times: dict[str, int] = {}
        for document in documents:
            source = document.position.source
            times[source] = max(document.created_at, times.get(source, -1))
        mark = SourceMark(times, self._caught_up())
        queues: dict[int, list[Observed]] = {
            number: [] for number in range(wiring.topics["figures"].partitions)
        }
        for event in observed(documents):
            queues[wiring.partition("figures", target_of(event))].append(event)
        yield from self._marked("figures", queues, ingested, encode_mark(mark))

    def _sightings(self, sighted: Sequence[Sighted], ingested: int, upto: bytes) -> Iterator[Outgoing]:
        """Messages with these sightings; each partition has a last one that says how far this goes."""
        wiring = self._wiring
        queues: dict[int, list[Sighted]] = {
            number: [] for number in range(wiring.topics["sightings"].partitions)
        }
        for one in sighted:
            queues[wiring.partition("sightings", one.sighting.object)].append(one)
        yield from self._marked("sightings", queues, ingested, upto)

    def _marked(
        self, kind: TopicKind, queues: Mapping[int, Sequence[object]], ingested: int, mark: bytes
    ) -> Iterator[Outgoing]:
        """Messages with these items, the last of each partition with the mark."""
        name = self._wiring.name(kind)
        for partition, queue in queues.items():
            messages = list(cut(queue)) or [EMPTY]
            for number, message in enumerate(messages, start=1):
                last = mark if number == len(messages) else b""
                yield Outgoing(name, partition, message, ingested_ms=ingested, upto=last)


def _place(message: Arrived) -> tuple[str, int]:
    return message.topic, message.partition


def _came(message: Arrived) -> int:
    return message.ingested_ms


def _source(record: tuple[Document, tuple[Sighting, ...]]) -> str:
    return record[0].position.source


def _written(record: tuple[Document, tuple[Sighting, ...]]) -> int:
    return record[0].created_at


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
