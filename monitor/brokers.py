"""Where settings become clients of Kafka: its topics, a publisher, and whether all is as it must be."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import msgspec

from monitor.addresses import HIGHEST_PORT, host_and_port
from monitor.errors import BrokerError, SettingsError
from monitor.settings import KafkaSettings, LoadedSettings
from streams.connection import Connection
from streams.publishing import KafkaPublisher
from streams.topic_admin import TopicAdmin
from streams.topics import Topic, TopicKind, plan


def topics_of(kafka: KafkaSettings) -> dict[TopicKind, Topic]:
    """The topics of the settings."""
    return plan(kafka.prefix, kafka.partitions)


def at_servers(settings: LoadedSettings, servers: str) -> LoadedSettings:
    """The settings with other brokers; all else as it is.

    Raises ``SettingsError`` when that is no list of HOST:PORT.
    """
    if not all(host_and_port(server) for server in servers.split(",")):
        raise SettingsError(
            f"--kafka {servers!r} is not HOST:PORT with a port up to {HIGHEST_PORT}, "
            "or several separated by commas"
        )
    replace = msgspec.structs.replace
    kafka = replace(settings.settings.kafka, servers=servers)
    return replace(settings, settings=replace(settings.settings, kafka=kafka))


def connection_of(settings: LoadedSettings) -> Connection:
    """How to reach the brokers of the settings.

    Raises ``SettingsError`` when the certificates cannot be used.
    """
    kafka = settings.settings.kafka
    connection = Connection(
        servers=kafka.servers,
        security_protocol=kafka.security_protocol,
        ca_certificates=settings.file(kafka.ca_certificates) if kafka.ca_certificates else None,
        mechanism=kafka.mechanism,
        user=kafka.user,
        password=kafka.password,
        timeout_seconds=kafka.timeout_seconds,
    )
    try:
        connection.trust()
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"kafka.ca_certificates = {kafka.ca_certificates!r} cannot be used ({error}); give a PEM file"
        ) from error
    return connection


def publisher_of(
    settings: LoadedSettings, on_retry: Callable[[str], None] = lambda _cause: None
) -> KafkaPublisher:
    """A publisher to the brokers of the settings; ``on_retry`` is told why a try has to be repeated."""
    chosen = settings.settings.kafka.compression
    compression = None if chosen == "none" else chosen
    return KafkaPublisher(connection_of(settings), compression=compression, on_retry=on_retry)


def require_topics(settings: LoadedSettings) -> None:
    """Raise ``BrokerError`` with the first difference between the cluster's topics and the settings."""
    admin = TopicAdmin(connection_of(settings))
    try:
        for difference in admin.differences(topics_of(settings.settings.kafka).values()):
            raise BrokerError(difference)
    finally:
        admin.close()
