"""Fixtures that every test may ask for."""

import pytest

from tests.testkit.services.fixtures import elasticsearch_server, kafka_server

__all__ = ["elasticsearch_server", "kafka_server"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, so that no process works alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
