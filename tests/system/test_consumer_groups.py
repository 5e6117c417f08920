"""What a real broker says of a group, and what becomes of two workers of one name."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams import publishing
from streams.connection import Connection
from streams.consumer_groups import ConsumerGroup, Extent, Holder
from streams.publishing import KafkaPublisher, Outgoing
from streams.slot_snapshots import SlotState, TopicSnapshots
from streams.topic_admin import TopicAdmin
from streams.topics import Topic, plan
from tests.testkit.program import ROOT, command, environment
from tests.testkit.services import KafkaServer

pytestmark = pytest.mark.system


@pytest.fixture
def scored(kafka_server: KafkaServer) -> tuple[Connection, Topic]:
    connection = Connection(servers=kafka_server.address)
    topic = plan(f"groups-{uuid4().hex[:8]}.", 2)["scored"]
    admin = TopicAdmin(connection)
    admin.create([topic], 1)
    admin.close()
    return connection, topic


async def produce(connection: Connection, topic: Topic, partition: int, count: int) -> None:
    async with AIOKafkaProducer(**connection.options()) as producer:
        for _ in range(count):
            await producer.send_and_wait(topic.name, b"x", partition=partition)


def test_a_group_has_done_what_all_of_it_has_committed(scored: tuple[Connection, Topic]) -> None:
    connection, topic = scored

    async def run() -> Extent | None:
        await produce(connection, topic, 0, 5)
        await produce(connection, topic, 1, 3)
        consumer = AIOKafkaConsumer(**connection.options(), group_id="readers", enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic.name, 1)])
            await consumer.commit({TopicPartition(topic.name, 1): 2})
        finally:
            await consumer.stop()
        return await ConsumerGroup(connection, "readers").extent(topic)

    assert asyncio.run(run()) == Extent({0: 5, 1: 3}, {0: 0, 1: 2})


def test_the_holder_of_a_place_is_known_by_its_client(scored: tuple[Connection, Topic]) -> None:
    connection, topic = scored

    async def clients(group: ConsumerGroup, name: str) -> set[str]:
        return {one.client for one in await group.holders(name) or ()}

    async def run() -> list[set[str]]:
        group = ConsumerGroup(connection, topic.name)
        consumers = [
            AIOKafkaConsumer(
                topic.name,
                **connection.options(),
                group_id=topic.name,
                group_instance_id=instance,
                client_id=f"client-of-{instance}",
            )
            for instance in ("score-1", "score-11")
        ]
        found = [await clients(group, "score-1")]
        try:
            for consumer in consumers:
                await consumer.start()
            return [*found, *[await clients(group, name) for name in ("score-1", "score-11", "score-2")]]
        finally:
            for consumer in consumers:
                await consumer.stop()

    assert asyncio.run(run()) == [set(), {"client-of-score-1"}, {"client-of-score-11"}, set()]


def test_a_broker_that_is_away_knows_nothing() -> None:
    group = ConsumerGroup(Connection(servers="127.0.0.1:1"), "readers")
    assert asyncio.run(group.extent(plan("x.", 1)["scored"])) is None
    assert asyncio.run(group.holders("score-1")) is None


def test_of_two_workers_of_one_name_one_ends_with_a_sentence_and_one_goes_on(
    kafka_server: KafkaServer, tmp_path: Path
) -> None:
    prefix = f"named-{uuid4().hex[:8]}."
    admin = TopicAdmin(Connection(servers=kafka_server.address))
    admin.create(plan(prefix, 2).values(), 1)
    admin.close()
    variables = {
        "OPINION_MONITOR__KAFKA__SERVERS": kafka_server.address,
        "OPINION_MONITOR__KAFKA__PREFIX": f'"{prefix}"',
        "OPINION_MONITOR__KAFKA__PARTITIONS": "2",
        "OPINION_MONITOR__KAFKA__SESSION_SECONDS": "6",
    }
    workers: dict[Path, subprocess.Popen[bytes]] = {}
    try:
        for number in range(2):
            path = tmp_path / f"{number}.log"
            arguments = [
                "worker",
                "detect",
                "--instance",
                "same",
                "--data",
                str(tmp_path),
                "--metrics",
                "off",
            ]
            with path.open("wb") as log:
                workers[path] = subprocess.Popen(
                    command(*arguments), stdout=log, stderr=log, cwd=ROOT, env=environment(variables)
                )
            time.sleep(4)
        end = time.monotonic() + 60
        while not (ended := [path for path, worker in workers.items() if worker.poll() is not None]):
            assert time.monotonic() < end, "they take each other's place for ever"
            time.sleep(0.2)
        (loser,) = ended
        assert workers[loser].returncode == 2
        assert f"another worker has taken the place of same in the group {prefix}detect" in loser.read_text()
        assert "Traceback" not in loser.read_text()
        time.sleep(8)
        assert [worker.poll() for worker in workers.values()].count(None) == 1
    finally:
        for worker in workers.values():
            worker.kill()
            worker.wait()


def test_a_killed_worker_comes_back_at_once(kafka_server: KafkaServer, tmp_path: Path) -> None:
    """Its place is held by the one that was killed until the session ends, and that is no other worker."""
    prefix = f"back-{uuid4().hex[:8]}."
    connection = Connection(servers=kafka_server.address)
    admin = TopicAdmin(connection)
    admin.create(plan(prefix, 2).values(), 1)
    admin.close()
    variables = {
        "OPINION_MONITOR__KAFKA__SERVERS": kafka_server.address,
        "OPINION_MONITOR__KAFKA__PREFIX": f'"{prefix}"',
        "OPINION_MONITOR__KAFKA__PARTITIONS": "2",
        "OPINION_MONITOR__KAFKA__SESSION_SECONDS": "60",
    }
    group = ConsumerGroup(connection, f"{prefix}detect")
    logs = [tmp_path / f"{number}.log" for number in range(3)]
    workers: list[subprocess.Popen[bytes]] = []
    holders: set[Holder] = set()

    def begin(instance: str) -> None:
        """Start a worker, and wait until the place is its own."""
        log = logs[len(workers)]
        arguments = ("worker", "detect", "--instance", instance, "--data", str(tmp_path), "--metrics", "off")
        with log.open("wb") as out:
            workers.append(
                subprocess.Popen(
                    command(*arguments), stdout=out, stderr=out, cwd=ROOT, env=environment(variables)
                )
            )
        end = time.monotonic() + 40
        while not (found := asyncio.run(group.holders(instance))) or found & holders:
            assert workers[-1].poll() is None, log.read_text()
            assert time.monotonic() < end
            time.sleep(0.2)
        holders.update(found)

    try:
        begin("one")
        workers[0].kill()
        workers[0].wait()
        begin("one")
        begin("two")  # All join anew.
        time.sleep(5)
        assert [worker.poll() for worker in workers[1:]] == [None, None], logs[1].read_text()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def test_calls_at_the_same_time_share_one_producer(
    scored: tuple[Connection, Topic], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, topic = scored
    made: list[Any] = []

    def counted(**options: Any) -> object:
        made.append(AIOKafkaProducer(**options))
        return made[-1]

    monkeypatch.setattr(publishing, "AIOKafkaProducer", counted)

    async def run() -> None:
        publisher = KafkaPublisher(connection, compression=None)
        await asyncio.gather(*[publisher.publish([Outgoing(topic.name, 0, b"x")]) for _ in range(20)])
        await publisher.close()

    asyncio.run(run())
    assert [producer._closed for producer in made] == [True]


def test_a_broker_keeps_the_snapshots_of_slots_also_beside_one_that_comes_late(
    kafka_server: KafkaServer,
) -> None:
    connection = Connection(servers=kafka_server.address)
    topic = plan(f"snapshots-{uuid4().hex[:8]}.", 1)["assess-snapshots"]
    admin = TopicAdmin(connection)
    admin.create([topic], 1)
    admin.close()

    class HeldUp:
        """A publisher whose broker is away for a while."""

        def __init__(self) -> None:
            self.messages: list[Outgoing] = []

        async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
            self.messages += messages

    async def run() -> list[list[SlotState]]:
        publisher, held_up = KafkaPublisher(connection, compression=None), HeldUp()
        found = []
        try:
            late = TopicSnapshots(connection, topic.name, held_up)
            found.append(await late.load(0))
            await late.save([(0, SlotState(1, 20, b"late"))])
            for taken in (30, 40):
                owner = TopicSnapshots(connection, topic.name, publisher)
                found.append(await owner.load(0))
                for more in range(3):
                    await owner.save([(0, SlotState(1, taken + more, b"x" * (taken + more) * 50_000))])
                if held_up.messages:
                    await publisher.publish(held_up.messages)
                    held_up.messages = []
            found.append(await TopicSnapshots(connection, topic.name, publisher).load(0))
        finally:
            await publisher.close()
        return found

    found = [[(state.taken, len(state.body)) for state in states] for states in asyncio.run(run())]
    assert found == [[], [], [(32, 32 * 50_000)], [(42, 42 * 50_000)]]
