"""A file that is fed twice adds nothing to figures, however long ago the first time was."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random

import msgspec
import pytest

from monitor.documents import Document, SourcePosition
from monitor.opinion.figures import Figure, FigureKey
from streams.agents.assess import FiguresHandler
from streams.figure_events import observed, target_of
from streams.stages import partial_figures
from tests.testkit.assessing import new_assessor
from tests.testkit.documents import NOON, a_document
from tests.testkit.log import Drive, MemoryLog, MemorySnapshots, Unwatched

RECORDS, REMEMBERED = 400, 40


class Engine:
    """Figures, and the first document of each record; it has ``indexed`` of those that came."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self.figures: dict[FigureKey, tuple[int, bytes]] = {}
        self.asked = 0
        self.fetched: list[int] = []
        self.indexed = len(documents)

    def positions(self, records: Mapping[str, int]) -> dict[str, SourcePosition]:
        self.asked += len(records)
        first: dict[str, SourcePosition] = {}
        for document in self._documents[: self.indexed]:
            first.setdefault(document.id, document.position)
        return {record: first[record] for record in records if record in first}

    def stored_figures(self, keys: Sequence[FigureKey]) -> Mapping[FigureKey, Figure]:
        self.fetched.append(len(set(keys)))
        return {key: Figure.decode(self.figures[key][1]) if key in self.figures else Figure() for key in keys}

    def put_figures(self, totals: Sequence[tuple[FigureKey, Figure, int]]) -> None:
        for key, figure, version in totals:
            if version > self.figures.get(key, (-1, b""))[0]:
                self.figures[key] = (version, figure.canonical())


def a_file() -> list[Document]:
    """Four posts a minute, every second of them on a watchlist."""
    return [
        msgspec.structs.replace(
            a_document(
                f"sina_weibo:{number}",
                at=NOON + 15_000 * number,
                author=f"p{number % 40}",
                watchlists=("rail",) if number % 2 else (),
            ),
            position=SourcePosition("posts/0", number, 0),
        )
        for number in range(RECORDS)
    ]


def again(documents: Sequence[Document]) -> list[Document]:
    """The same records behind those, as they lie on the topic when the file is fed again."""
    return [
        msgspec.structs.replace(one, position=SourcePosition("posts/0", RECORDS + number, 0))
        for number, one in enumerate(documents)
    ]


async def counted(sent: Sequence[Document], engine: Engine, random: Random, crashes: float) -> None:
    log, snapshots = MemoryLog(3), MemorySnapshots()
    for start in range(0, len(sent), 15):
        events = observed(sent[start : start + 15])
        await log.publish(list(log.wiring().outgoing("figures", events, target_of, 1)))
    drive = Drive(
        log,
        "figures",
        lambda: FiguresHandler(
            engine,
            snapshots,
            log.wiring(),
            new_assessor(),
            Unwatched(),
            snapshot_seconds=0.0005,
            remembered=REMEMBERED,
        ),
    )
    for _ in range(120):
        await drive.step(random.randrange(3), random.randint(1, 3))
        if random.random() < crashes:
            drive.crash()
    await drive.finish()


def figures_of(engine: Engine) -> dict[FigureKey, bytes]:
    return {key: content for key, (_, content) in engine.figures.items()}


@pytest.mark.parametrize("seed", range(4))
def test_a_file_that_is_fed_twice_counts_once_over_crashes(seed: int) -> None:
    documents = a_file()
    sent = [*documents, *again(documents)]
    engine = Engine(sent)
    asyncio.run(counted(sent, engine, Random(seed), 0.3 if seed else 0.0))
    assert figures_of(engine) == {key: one.canonical() for key, one in partial_figures(documents).items()}
    assert engine.asked >= RECORDS - 2 * REMEMBERED


def test_an_old_file_behind_a_newer_one_counts_whole() -> None:
    """Its records are asked of, and none is stored from elsewhere."""
    documents = a_file()
    swapped = documents[RECORDS // 2 :] + documents[: RECORDS // 2]
    sent = [
        msgspec.structs.replace(one, position=SourcePosition("posts/0", number, 0))
        for number, one in enumerate(swapped)
    ]
    engine = Engine(sent)
    asyncio.run(counted(sent, engine, Random(1), 0.2))
    assert figures_of(engine) == {key: one.canonical() for key, one in partial_figures(documents).items()}


def test_live_traffic_is_not_asked_of() -> None:
    documents = a_file()
    engine = Engine(documents)
    asyncio.run(counted(documents, engine, Random(1), 0.2))
    assert engine.asked == 0


def test_what_is_forgotten_before_it_is_indexed_counts_again() -> None:
    """The bound of it: the index lags by more records than are remembered, and they come again."""
    documents = a_file()
    sent = [*documents, *again(documents)]
    engine = Engine(sent)
    engine.indexed = 0
    asyncio.run(counted(sent, engine, Random(0), 0.0))
    everything = sum(
        Figure.decode(content).records
        for key, content in figures_of(engine).items()
        if key.watchlist == "all"
    )
    assert everything == 2 * RECORDS


def test_the_totals_that_many_messages_lack_are_fetched_in_one_request() -> None:
    documents = a_file()[:60]
    engine = Engine(documents)

    async def taken_at_once() -> None:
        log = MemoryLog(3)
        for start in range(0, len(documents), 15):
            events = observed(documents[start : start + 15])
            await log.publish(list(log.wiring().outgoing("figures", events, target_of, 1)))
        handler = FiguresHandler(
            engine, MemorySnapshots(), log.wiring(), new_assessor(), Unwatched(), snapshot_seconds=60.0
        )
        messages = [log.arrived("figures", number, 0, 100) for number in range(3)]
        await handler.take([message for queue in messages for message in queue])
        await handler.keep()

    asyncio.run(taken_at_once())
    assert engine.fetched == [len(partial_figures(documents))]
    assert figures_of(engine) == {key: one.canonical() for key, one in partial_figures(documents).items()}
