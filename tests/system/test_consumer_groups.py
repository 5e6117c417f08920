"""What a real broker says of a group: how far it is done, and who holds a place in it."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.connection import Connection
from streams.consumer_groups import ConsumerGroup, Extent
from streams.topic_admin import TopicAdmin
from streams.topics import Topic, plan
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

    async def run() -> list[set[str] | None]:
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
        found = [await group.holders("score-1")]
        try:
            for consumer in consumers:
                await consumer.start()
            return [*found, *[await group.holders(name) for name in ("score-1", "score-11", "score-2")]]
        finally:
            for consumer in consumers:
                await consumer.stop()

    assert asyncio.run(run()) == [set(), {"client-of-score-1"}, {"client-of-score-11"}, set()]


def test_a_broker_that_is_away_knows_nothing() -> None:
    group = ConsumerGroup(Connection(servers="127.0.0.1:1"), "readers")
    assert asyncio.run(group.extent(plan("x.", 1)["scored"])) is None
    assert asyncio.run(group.holders("score-1")) is None
