"""Fixtures that every test may ask for."""

from tests.testkit.services.fixtures import elasticsearch_server, kafka_server

__all__ = ["elasticsearch_server", "kafka_server"]
