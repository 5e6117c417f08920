"""Making topics, and saying how those of a running cluster differ from the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
)

from monitor.errors import BrokerAwayError, BrokerError
from streams.connection import Connection, greet
from streams.topics import Topic

MAKE_THEM = "run 'opinion-monitor topics create'"


class TopicAdmin:
    """A connection to a cluster for its topics."""

    def __init__(self, connection: Connection) -> None:
        """Raises ``BrokerError`` when no broker can be reached within the timeout, or it refuses us."""
        greet(connection)
        servers = self._servers = connection.servers
        timeout_ms = round(connection.timeout_seconds * 1000)
        try:
            self._client = KafkaAdminClient(
                **connection.options(),
                bootstrap_timeout_ms=timeout_ms,
                request_timeout_ms=timeout_ms,
            )
        except (KafkaError, OSError) as error:
            raise BrokerAwayError(
                f"Kafka at {servers} cannot be reached; start it, or correct kafka.servers "
                f"({type(error).__name__})"
            ) from error

    def create(self, topics: Iterable[Topic], replication: int) -> list[str]:
        """Make the topics that are not there yet; the names of those made."""
        made: list[str] = []
        present = set(self._names())
        for topic in topics:
            if topic.name in present:
                continue
            new = NewTopic(
                topic.name,
                num_partitions=topic.partitions,
                replication_factor=replication,
                topic_configs=topic.settings,
            )
            try:
                self._client.create_topics([new])
            except TopicAlreadyExistsError:
                continue
            except KafkaError as error:
                raise BrokerError(f"Kafka at {self._servers} does not make {topic.name}: {error}") from error
            made.append(topic.name)
        return made

    def differences(self, topics: Iterable[Topic]) -> list[str]:
        """What differs from the plan, a sentence each; empty when all is well."""
        topics = list(topics)
        try:
            found = {
                one["name"]: len(one["partitions"])
                for one in self._client.describe_topics([topic.name for topic in topics])
                if not one.get("error_code")
            }
            settings = self._settings([topic.name for topic in topics if topic.name in found])
        except KafkaError as error:
            raise BrokerError(f"Kafka at {self._servers} does not tell its topics: {error}") from error
        return [
            sentence
            for topic in topics
            for sentence in _differences(topic, found.get(topic.name), settings.get(topic.name, {}))
        ]

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()

    def _names(self) -> list[str]:
        try:
            return list(self._client.list_topics())
        except KafkaError as error:
            raise BrokerError(f"Kafka at {self._servers} does not tell its topics: {error}") from error

    def _settings(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        answer = self._client.describe_configs(wanted, config_filter="all")["topic"]
        return {
            topic: {name: str(one["value"]) for name, one in settings.items()}
            for topic, settings in answer.items()
        }


def _differences(topic: Topic, partitions: int | None, settings: Mapping[str, str]) -> Iterator[str]:
    if partitions is None:
        yield f"the topic {topic.name} is missing; {MAKE_THEM}"
        return
    if partitions != topic.partitions:
        yield (
            f"the topic {topic.name} has {partitions} partitions, the settings say {topic.partitions}; "
            "set kafka.partitions to what is there, or make the topics anew (docs/operations.md)"
        )
    for name, wanted in topic.settings.items():
        if name in settings and settings[name] != wanted:
            yield (
                f"the topic {topic.name} has {name} = {settings[name]}, it should be {wanted}; "
                "alter it with the broker's own tools"
            )
