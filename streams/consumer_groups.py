"""What the brokers know of a consumer group: how far it has come in a topic, and who holds a place in it.

Asked now and then, over a connection of its own, by those who must not guess.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.connection import Connection
from streams.topics import Topic

_PATIENCE_SECONDS = 10.0
_PATIENCE_IN_REBALANCE_SECONDS = 3.0
"""While partitions are shared out anew the others of the group wait for the one who asks."""
_LOGGER = logging.getLogger("streams.consumer_groups")


class Extent(msgspec.Struct, frozen=True):
    """A topic by partition: where it ends now, and up to where nobody of the group will read it again.

    What retention took away will not be read either.
    """

    ends: Mapping[int, int]
    done: Mapping[int, int]


class Holder(msgspec.Struct, frozen=True):
    """Who holds a place in a group, by member id and by client id.

    Of one that came back within its session after a crash brokers go on telling the client id of before.
    """

    member: str
    client: str


class ConsumerGroup:
    """A group, as the brokers see it. Answers are None while they cannot be asked."""

    def __init__(self, connection: Connection, group: str) -> None:
        self._connection = connection
        self._group = group

    async def extent(self, topic: Topic) -> Extent | None:
        """How far the topic reaches, and how far the whole group (not one worker) is done with it."""
        places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        try:
            return await asyncio.wait_for(self._extent(places), _PATIENCE_SECONDS)
        except (KafkaError, OSError, TimeoutError) as error:
            _LOGGER.debug("the group %s cannot be asked about (%s)", self._group, type(error).__name__)
            return None

    async def holders(self, instance: str) -> set[Holder] | None:
        """Who holds the place of an instance (``group.instance.id``)."""
        try:
            return await asyncio.wait_for(self._holders(instance), _PATIENCE_IN_REBALANCE_SECONDS)
        except (KafkaError, OSError, TimeoutError) as error:
            _LOGGER.debug("the group %s cannot be asked about (%s)", self._group, type(error).__name__)
            return None

    async def _extent(self, places: list[TopicPartition]) -> Extent:
        consumer = AIOKafkaConsumer(**self._connection.options(), enable_auto_commit=False)
        admin = AIOKafkaAdminClient(**self._connection.options())
        try:
            await consumer.start()
            ends = await consumer.end_offsets(places)
            begins = await consumer.beginning_offsets(places)
            await admin.start()
            committed = await admin.list_consumer_group_offsets(self._group, partitions=places)
        finally:
            await consumer.stop()
            await admin.close()
        done = {
            place.partition: max(begins[place], committed[place].offset if place in committed else -1)
            for place in places
        }
        return Extent({place.partition: ends[place] for place in places}, done)

    async def _holders(self, instance: str) -> set[Holder]:
        admin = AIOKafkaAdminClient(**self._connection.options())
        try:
            await admin.start()
            answers = await admin.describe_consumer_groups([self._group])
        finally:
            await admin.close()
        # Brokers name a static member by its instance and a UUID of 36 characters.
        return {
            Holder(member[0], member[1])
            for answer in answers
            for group in answer.groups
            for member in group[5]
            if member[0][:-37] == instance
        }
