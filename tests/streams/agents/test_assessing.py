"""Watchlists are judged alike in one process and on Kafka, whatever is killed."""

from __future__ import annotations

import asyncio
from random import Random

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from monitor.alerts.port import Alert
from monitor.alerts.rules import HistoryRules, Rules
from monitor.documents import Document, SourcePosition
from monitor.opinion.figures import EVERYTHING, author_hash
from monitor.opinion.last_hour import HOUR_SHOWN_SECONDS, hour_until
from monitor.opinion_metrics import OpinionMetrics
from streams.agents.assess import FiguresHandler
from streams.assessment import Assessment, NewAssessor
from streams.clocks import SETTLED_SECONDS, SourceMark, encode_mark
from streams.codec import EMPTY, Batch, cut
from streams.figure_events import observed, target_of
from streams.publishing import Outgoing
from streams.stages import observe
from streams.topics import INTAKE
from tests.streams.agents.test_redelivery import MemoryFigures
from tests.testkit.assessing import new_assessor
from tests.testkit.documents import NOON, a_document
from tests.testkit.log import Drive, MemoryLog, MemorySnapshots

HOUR = 3_600_000
START = NOON - NOON % (24 * HOUR)
RULES = Rules(history=HistoryRules(days=0.25))


def sources_of(partitions: int) -> list[str]:
    return [f"t.{kind}/{number}" for kind in INTAKE for number in range(partitions)]


def story(partitions: int) -> list[Document]:
    """Thirteen hours of quiet talk, then two hundred people within ten minutes; each in its source."""
    random = Random(3)
    quiet = [START + 60_000 * minute + random.randrange(60_000) for minute in range(14 * 60)]
    burst = [START + 13 * HOUR + random.randrange(10 * 60_000) for _ in range(200)]
    sources = sources_of(partitions)
    offsets = dict.fromkeys(sources, -1)
    documents = []
    for number, at in enumerate(sorted([*quiet, *burst])):
        source = random.choice(sources)
        offsets[source] += 1
        one = a_document(
            f"sina_weibo:{number}",
            at=at,
            author=f"p{number}",
            watchlists=("housing",) if number % 3 else (),
        )
        documents.append(msgspec.structs.replace(one, position=SourcePosition(source, offsets[source], 0)))
    return documents


def in_one_process(documents: list[Document], new: NewAssessor) -> dict[str, Alert]:
    assessment = Assessment(new)
    alerts: list[Alert] = []
    for document in documents:
        seen = observe(document)
        for watchlist in (EVERYTHING, *seen.watchlists):
            assessment.observe(watchlist, seen, author_hash(seen.author))
        alerts += assessment.advance(seen.at)
    return {alert.id: alert for alert in alerts}


async def publish(log: MemoryLog, documents: list[Document], random: Random) -> None:
    """As ``score`` does, each source in batches in its order; some sources come three times as fast."""
    queues: dict[str, list[Document]] = {}
    for document in documents:
        queues.setdefault(document.position.source, []).append(document)
    batches = [
        (start * speed, source, queue[start : start + 20])
        for source, queue in queues.items()
        for speed in (random.uniform(1.0, 3.0),)
        for start in range(0, len(queue), 20)
    ]
    topic = log.topics["figures"]
    for _, source, batch in sorted(batches, key=lambda one: one[0]):
        mark = encode_mark(SourceMark({source: max(one.created_at for one in batch)}))
        for partition in range(topic.partitions):
            events = [
                one
                for one in observed(batch)
                if log.wiring().partition("figures", target_of(one)) == partition
            ]
            value = next(iter(cut(events)), EMPTY)
            await log.publish([Outgoing(topic.name, partition, value, upto=mark)])


class Bench:
    """A figures handler on a broker in memory, with gauges and a clock that is moved by hand."""

    def __init__(self, partitions: int, new: NewAssessor) -> None:
        self.log, self.now = MemoryLog(partitions), 0.0
        self.registry = CollectorRegistry()
        self.snapshots, store = MemorySnapshots(), MemoryFigures()
        opinion = OpinionMetrics(self.registry)
        self.drive = Drive(
            self.log,
            "figures",
            lambda: FiguresHandler(
                store,
                self.snapshots,
                self.log.wiring(),
                new,
                opinion,
                snapshot_seconds=0.0,
                clock=lambda: self.now,
            ),
        )

    async def crash_now_and_then(self, steps: int, random: Random) -> None:
        """Take messages of one partition or another, a second apart."""
        for _ in range(steps):
            await self.drive.step(
                random.randrange(self.log.topics["figures"].partitions), random.randint(1, 3)
            )
            self.now += 1.0
            if random.random() < 0.2:
                self.drive.crash()

    async def finish(self) -> dict[str, Alert]:
        """Take all that is left and a batch without records, then let the sources become idle; the alerts."""
        topic = self.log.topics["figures"]
        ended = encode_mark(SourceMark(caught_up=dict.fromkeys(sources_of(topic.partitions), True)))
        for partition in range(topic.partitions):
            await self.log.publish([Outgoing(topic.name, partition, EMPTY, upto=ended)])
        await self.drive.finish()
        self.now += SETTLED_SECONDS + 1
        await self.drive.handler.tick()
        batch = Batch(Alert)
        return {one.id: one for value in self.log.values("alerts") for one in batch.decode(value)}

    def active(self) -> list[str]:
        return self.shown("opinion_alert_active")

    def shown(self, name: str) -> list[str]:
        lines = generate_latest(self.registry).decode().splitlines()
        return sorted(line for line in lines if line.startswith(name + "{"))


@pytest.mark.parametrize(("partitions", "seed"), [(1, 0), (3, 1), (3, 2)])
def test_crashes_partitions_and_sources_that_are_apart_change_no_alert(partitions: int, seed: int) -> None:
    new, random = new_assessor(RULES), Random(seed)
    documents = story(partitions)
    expected = in_one_process(documents, new)
    assert {(one.watchlist, one.rule, one.state) for one in expected.values()} >= {
        ("all", "surge", "opened"),
        ("housing", "surge", "opened"),
        ("housing", "surge", "resolved"),
    }

    async def run() -> dict[str, Alert]:
        bench = Bench(partitions, new)
        await publish(bench.log, documents, random)
        await bench.crash_now_and_then(60, random)
        return await bench.finish()

    assert asyncio.run(run()) == expected


def test_a_worker_that_loses_its_partitions_takes_its_gauges_away_and_the_next_shows_them() -> None:
    new = new_assessor(RULES)
    documents = [one for one in story(1) if one.created_at < START + 13 * HOUR + 9 * 60_000]

    async def run() -> tuple[list[str], list[str], list[str]]:
        bench = Bench(1, new)
        await publish(bench.log, documents, Random(0))
        await bench.finish()
        shown = bench.active()
        await bench.drive.handler.keep()
        bench.drive.handler.forget()
        lost = bench.active()
        bench.drive.crash()
        bench.drive.read = [0]
        await bench.drive.step(0, 1)
        return shown, lost, bench.active()

    shown, lost, again = asyncio.run(run())
    assert any('rule="surge",watchlist="housing"' in line for line in shown), shown
    assert (lost, again) == ([], shown)


def test_a_snapshot_says_what_its_slot_has_taken_also_while_messages_come_again() -> None:
    """Else one of before would hold against it, and what time brought about since would be forgotten."""
    bench = Bench(1, new_assessor(RULES))

    def taken() -> dict[tuple[int, int], int]:
        return {place: state.taken for place, state in bench.snapshots.states.items()}

    async def run() -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
        await publish(bench.log, story(1), Random(0))
        await bench.finish()
        before = taken()
        bench.drive.crash()
        bench.drive.read = [0]
        await bench.drive.step(0, 3)
        await bench.drive.handler.keep()
        return before, taken()

    before, after = asyncio.run(run())
    assert max(before.values()) > 20
    assert {place: number for place, number in after.items() if number < before[place]} == {}


@pytest.mark.parametrize(("partitions", "seed"), [(1, 0), (3, 1)])
def test_the_opinion_of_the_last_hour_is_that_of_its_records_whatever_is_killed(
    partitions: int, seed: int
) -> None:
    new, random = new_assessor(RULES), Random(seed)
    documents = story(partitions)
    reached = max(one.created_at for one in documents)
    start, end = hour_until(reached)
    of_the_hour = [one for one in documents if start <= one.created_at < end]
    expected = {
        watchlist: len([one for one in of_the_hour if watchlist in (EVERYTHING, *one.watchlists)])
        for watchlist in (EVERYTHING, "housing")
    }
    assert min(expected.values()) > 20

    async def run() -> tuple[list[str], list[str]]:
        bench = Bench(partitions, new)
        await publish(bench.log, documents, random)
        await bench.crash_now_and_then(40, random)
        await bench.finish()
        bench.now += HOUR_SHOWN_SECONDS
        await bench.drive.handler.tick()
        heard = bench.shown("opinion_hour_organic_people")
        bench.drive.handler.forget()
        return heard, bench.shown("opinion_hour_organic_people")

    heard, lost = asyncio.run(run())
    # Each of the story's people wrote one certain text of an own.
    assert heard == [
        f'opinion_hour_organic_people{{watchlist="{watchlist}"}} {float(expected[watchlist])}'
        for watchlist in sorted(expected)
    ]
    assert lost == []
