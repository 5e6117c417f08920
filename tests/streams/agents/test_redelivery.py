"""Workers that crash anywhere and go on from the last acknowledged offset find what undisturbed ones find."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest

from monitor.alerts.campaigns import CampaignAlerts
from monitor.campaigns.joiner import CampaignsJoiner
from monitor.campaigns.port import CampaignRevision
from monitor.composition import detector_factory
from monitor.documents import SourcePosition
from monitor.opinion.figures import Figure, FigureKey
from streams.agents.assess import FiguresHandler
from streams.agents.detect import DetectHandler
from streams.agents.join import JoinHandler
from streams.codec import Batch, cut
from streams.figure_book import FigureBook
from streams.figure_events import Observed, Weight, observed, target_of
from streams.marks import source_marks
from streams.publishing import Outgoing
from streams.stages import Sighted, observe, partial_figures
from streams.topics import partition_of, slot_of
from tests.testkit.assessing import new_assessor
from tests.testkit.documents import NOON, a_document
from tests.testkit.log import Drive, MemoryLog, MemorySnapshots, Unwatched
from tests.testkit.sightings import a_sighting

WORDS = ("这家店真的很好大家快去", "支持国货从我做起转发", "已经下单了质量不错哦")


def sighted_traffic(seed: int, count: int = 600) -> list[Sighted]:
    """Three bursts on six objects, each record seen from two of them."""
    random = Random(seed)
    traffic: list[Sighted] = []
    for number in range(count):
        words = random.choice(WORDS)
        for ordinal, target in enumerate(random.sample([f"sina_weibo:{one}" for one in range(6)], 2)):
            sighting = a_sighting(
                words, 1_000 * number, target, author=f"a{number % 90}", record=f"sina_weibo:x{number}"
            )
            sighting = msgspec.structs.replace(sighting, cascade=target)
            traffic.append(Sighted(SourcePosition("posts/0", number, 0), ordinal, sighting))
    return traffic


async def publish_sightings(log: MemoryLog, traffic: Sequence[Sighted]) -> None:
    """As ``score`` does: batches of records, with a mark in every partition."""
    topic = log.topics["sightings"]
    for start in range(0, len(traffic), 40):
        batch = traffic[start : start + 40]
        upto = msgspec.json.encode({"posts/0": batch[-1].position.offset})
        for partition in range(topic.partitions):
            mine = [
                one
                for one in batch
                if partition_of(slot_of(one.sighting.object), topic.partitions) == partition
            ]
            value = next(iter(cut(mine)), b"\x90")
            await log.publish([Outgoing(topic.name, partition, value, upto=upto)])


async def joined(partitions: int, seed: int, crashes: float) -> list[CampaignRevision]:
    log, random = MemoryLog(partitions), Random(seed)
    await publish_sightings(log, sighted_traffic(1))
    snapshots, others = MemorySnapshots(), MemorySnapshots()
    detect = Drive(
        log,
        "sightings",
        lambda: DetectHandler(detector_factory(), snapshots, log.wiring(), snapshot_seconds=0.0005),
    )
    join = Drive(
        log,
        "campaigns",
        lambda: JoinHandler(
            CampaignsJoiner(),
            others,
            log.wiring(),
            CampaignAlerts(ZoneInfo("UTC"), lambda _: "all"),
            Unwatched(),
            snapshot_seconds=0.0005,
        ),
    )
    for _ in range(80):
        await detect.step(random.randrange(partitions), random.randint(1, 4))
        await join.step(0, random.randint(1, 6))
        for drive in (detect, join):
            if random.random() < crashes:
                drive.crash()
    await detect.finish()
    await join.finish()
    batch = Batch(CampaignRevision)
    told = {(one.id, one.revision): one for value in log.values("joined") for one in batch.decode(value)}
    return [told[key] for key in sorted(told)]


def test_crashes_and_partitions_change_no_revision() -> None:
    undisturbed = asyncio.run(joined(1, 0, 0.0))
    assert len(undisturbed) > 20
    assert any(one.state == "merged" for one in undisturbed)
    for seed in range(6):
        assert asyncio.run(joined([1, 3, 12][seed % 3], seed, 0.3)) == undisturbed


class MemoryFigures:
    """A ``FigureStore`` that never takes a lower version."""

    def __init__(self) -> None:
        self.stored: dict[FigureKey, tuple[int, bytes]] = {}

    def positions(self, records: Mapping[str, int]) -> Mapping[str, SourcePosition]:
        return {}

    def stored_figures(self, keys: Sequence[FigureKey]) -> Mapping[FigureKey, Figure]:
        return {key: Figure.decode(self.stored[key][1]) if key in self.stored else Figure() for key in keys}

    def put_figures(self, totals: Sequence[tuple[FigureKey, Figure, int]]) -> None:
        for key, figure, version in totals:
            if version > self.stored.get(key, (-1, b""))[0]:
                self.stored[key] = (version, figure.canonical())


def test_what_comes_under_another_prefix_is_added_to_what_is_stored() -> None:
    """A new installation begins without snapshots, over an index that has figures."""
    store = MemoryFigures()
    for begun, records in ((1_000, 40), (2_000, 7)):
        book = FigureBook(begun=begun)
        for number in range(records):
            event = Observed(
                SourcePosition(f"{begun}.posts/0", number, 0),
                0,
                f"sina_weibo:{begun}-{number}",
                "housing",
                observe(a_document(author=f"p{number}")),
            )
            lacking = book.lacks([event.key])
            book.know(store.stored_figures(sorted(lacking)))
            assert book.take(event)
            store.put_figures(book.unwritten())
            book.written()
    ((version, body),) = store.stored.values()
    assert (version, Figure.decode(body).records) == (2_007, 47)


@pytest.mark.parametrize("seed", range(4))
def test_figures_count_each_record_once_over_crashes_repeats_and_redeliveries(seed: int) -> None:
    random = Random(seed)
    documents = [
        msgspec.structs.replace(
            a_document(
                f"sina_weibo:{number}",
                at=NOON + 7_000 * number,
                author=f"p{number % 40}",
                watchlists=("rail",) if number % 3 else (),
            ),
            position=SourcePosition("posts/0", number, 0),
        )
        for number in range(300)
    ]
    sent = list(documents)
    for number in range(0, 300, 20):
        again = SourcePosition("posts/0", 1_000 + number, 0)
        sent.append(msgspec.structs.replace(documents[number], position=again))
    expected = partial_figures(documents)
    weighed = documents[10]
    for watchlist in ("all", *weighed.watchlists):
        key = FigureKey(watchlist, "sina_weibo", weighed.created_at - weighed.created_at % 60_000)
        expected[key].weigh(weighed.author, 700)

    async def run() -> dict[FigureKey, bytes]:
        log, snapshots, store = MemoryLog(3), MemorySnapshots(), MemoryFigures()
        topic = log.topics["figures"].name
        weights = [
            Weight(weighed.id, watchlist, "sina_weibo", weighed.author, weighed.created_at, milli, version)
            for version, milli in ((1, 900), (2, 700), (1, 900))
            for watchlist in ("all", *weighed.watchlists)
        ]
        for start in range(0, len(sent), 15):
            events = [*observed(sent[start : start + 15]), *(weights if start == 150 else ())]
            await log.publish(list(log.wiring().outgoing("figures", events, target_of, 1)))
        assert any(log.messages[topic, number] for number in range(3))
        drive = Drive(
            log,
            "figures",
            lambda: FiguresHandler(
                store, snapshots, log.wiring(), new_assessor(), Unwatched(), snapshot_seconds=0.0005
            ),
        )
        for _ in range(60):
            await drive.step(random.randrange(3), random.randint(1, 3))
            if random.random() < 0.3:
                drive.crash()
        await drive.finish()
        return {key: content for key, (_, content) in store.stored.items()}

    assert asyncio.run(run()) == {key: figure.canonical() for key, figure in expected.items()}


def test_the_marks_of_a_batch_name_the_last_offset_of_each_source() -> None:
    log = MemoryLog(1)
    asyncio.run(log.publish([Outgoing("t.posts", 0, b"a"), Outgoing("t.posts", 0, b"b")]))
    assert msgspec.json.decode(source_marks(log.arrived("posts", 0, 0, 9))) == {"t.posts/0": 1}
