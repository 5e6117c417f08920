"""In which order ``score`` hands over what it makes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from monitor.desk.officials import OfficialAccounts
from monitor.privacy import Pseudonymizer
from monitor.records import RecordDecoder
from monitor.scoring.none import NoScorer
from monitor.scoring.watchlists import WatchlistMatcher
from streams.agents.score import ScoreHandler
from streams.codec import Batch
from streams.handling import Arrived
from streams.publishing import Outgoing
from streams.sources.adapters import LinesAdapter
from streams.stages import ScoreStage, Sighted
from tests.testkit.log import MemoryLog
from tests.testkit.records import a_line

NOW = 1_900_000_000.0


class Crashing(MemoryLog):
    """A broker that takes ``left`` calls; at the next one who publishes crashes."""

    def __init__(self, left: int) -> None:
        super().__init__(3)
        self._left = left

    async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
        if not self._left:
            raise ConnectionError
        self._left -= 1
        await super().publish(messages, ordered=ordered)

    def count(self, kind: str) -> int:
        return sum(len(queue) for (topic, _), queue in self.messages.items() if topic == f"t.{kind}")


def handler_into(log: MemoryLog) -> ScoreHandler:
    officials = OfficialAccounts([])
    stage = ScoreStage(
        RecordDecoder(frozenset({"sina_weibo"})),
        Pseudonymizer(bytes(32), officials),
        officials,
        NoScorer(),
        WatchlistMatcher([], {}),
    )
    return ScoreHandler(stage, LinesAdapter(), log.wiring(), lambda: NOW)


def scored_into(log: MemoryLog) -> None:
    lines = b"\n".join([*(a_line() for _ in range(20)), b"garbage"])
    asyncio.run(handler_into(log).take([Arrived("t.posts", 0, 0, lines, 1)]))


def test_documents_are_with_the_broker_before_anything_speaks_of_their_sightings() -> None:
    """A membership whose document is not behind it in its topic could be given up too early."""
    for left in range(3):
        log = Crashing(left)
        try:
            scored_into(log)
        except ConnectionError:
            assert left < 2
        assert (log.count("scored") > 0) is (left > 0)
        assert (log.count("sightings") > 0) is (left > 1)
        assert (log.count("figures") > 0) is (left > 1)
        assert log.count("dead-letter") == (left > 0)


def test_sightings_of_a_batch_come_by_time_though_partitions_came_one_after_the_other() -> None:
    """What comes out of order is seen twice."""
    minutes = [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    messages = [
        Arrived(
            "t.posts",
            partition,
            offset,
            a_line(
                id=f"r{minute}", kind="repost", root_id="1", created_at=f"2012-03-01T09:{minute:02}:00+08:00"
            ),
            10 * minute,
        )
        for partition, written in enumerate(minutes)
        for offset, minute in enumerate(written)
    ]
    log = MemoryLog(1)
    asyncio.run(handler_into(log).take(messages))
    batch = Batch(Sighted)
    sighted = [one for message in log.values("sightings") for one in batch.decode(message)]
    seen = [one.sighting.record for one in sighted if one.sighting.object == "sina_weibo:1"]
    assert seen == [f"sina_weibo:r{minute}" for minute in range(9)]
