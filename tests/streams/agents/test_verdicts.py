"""What people judge is a topic's records with ids, and is indexed like the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from monitor.campaigns.judgements import Judgement
from monitor.errors import BrokerError
from monitor.scoring.corrections import Correction
from streams.agents.index import VerdictsHandler
from streams.publishing import Outgoing
from streams.topics import plan
from streams.verdicts import VerdictTopic, messages
from tests.testkit.documents import a_correction, a_judgement
from tests.testkit.log import Drive, MemoryLog


class Kept:
    """An engine's lists of what people judged, by id."""

    def __init__(self) -> None:
        self.judgements: dict[str, Judgement] = {}
        self.corrections: dict[str, Correction] = {}

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        for one in judgements:
            self.judgements.setdefault(one.id, one)

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        for one in corrections:
            self.corrections.setdefault(one.id, one)


def test_the_topic_keeps_the_last_message_of_each_id_for_ever() -> None:
    topic = plan("t.", 12)["verdicts"]
    assert (topic.partitions, topic.settings["cleanup.policy"]) == (1, "compact")
    keys = [one.key for one in messages(topic, [a_judgement("j1"), a_correction("k1")])]
    assert keys == [b"j1", b"k1"]


def test_verdicts_are_indexed_as_they_were_given_however_often_they_come() -> None:
    log, engine = MemoryLog(1), Kept()
    topic = VerdictTopic(log.topics["verdicts"], log, timeout_seconds=5)
    try:
        topic.put_judgements([a_judgement("j1"), a_judgement("j2", finding="ordinary")])
        topic.put_corrections([a_correction("k1")])
    finally:
        topic.close()

    async def index() -> None:
        drive = Drive(log, "verdicts", lambda: VerdictsHandler(engine, log.wiring()))  # type: ignore[arg-type]
        await drive.step(0, 2)
        drive.crash()
        drive.read = [0]
        await drive.finish()

    asyncio.run(index())
    assert list(engine.judgements.values()) == [a_judgement("j1"), a_judgement("j2", finding="ordinary")]
    assert list(engine.corrections.values()) == [a_correction("k1")]


def test_brokers_that_are_away_are_said_and_the_next_try_is_heard() -> None:
    class Away(MemoryLog):
        gone = True

        async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
            while self.gone:
                await asyncio.sleep(0.01)
            await super().publish(messages, ordered=ordered)

    log = Away(1)
    topic = VerdictTopic(log.topics["verdicts"], log, timeout_seconds=0.2)
    try:
        with pytest.raises(BrokerError, match="try again"):
            topic.put_judgements([a_judgement("j1")])
        log.gone = False
        topic.put_judgements([a_judgement("j2")])
    finally:
        topic.close()
    assert [one.key for one in log.messages["t.verdicts", 0]] == [b"j2"]
