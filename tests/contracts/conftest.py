"""The engines that the search port's contract suite runs on: add a factory, and every contract runs on it.

A factory gives a fresh, empty index in a directory of its own; what is written to it can be found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import install, uninstall
from monitor.index.port import OpinionReader, OpinionWriter
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.services import ElasticsearchServer


class OpinionIndex(OpinionReader, OpinionWriter, Protocol):
    """Both sides of the port."""


@contextmanager
def sqlite_index(directory: Path) -> Iterator[OpinionIndex]:
    with SqliteStore(directory) as store:
        yield SqliteIndex(store)


@contextmanager
def elasticsearch_index(url: str, directory: Path) -> Iterator[OpinionIndex]:
    """An index whose names begin with a prefix of its own; the directory only lends its name to it."""
    prefix = f"{directory.parent.name}-{uuid4().hex[:8]}-".lower().replace("_", "-")
    layout = Layout(prefix=prefix, replicas=0)
    with connect(url) as client:
        install(client, url, layout)
        yield ElasticsearchIndex(client, url, layout, refresh_writes=True)
        uninstall(client, url, layout)


Factory = Callable[[Path], AbstractContextManager[OpinionIndex]]
ENGINES = ("sqlite", "elasticsearch")


@pytest.fixture(params=ENGINES, scope="module")
def new_index(request: pytest.FixtureRequest) -> Factory:
    """How to open an index of one engine."""
    if request.param == "sqlite":
        return sqlite_index
    server: ElasticsearchServer = request.getfixturevalue("elasticsearch_server")
    return partial(elasticsearch_index, server.address)


@pytest.fixture
def index(new_index: Factory, tmp_path: Path) -> Iterator[OpinionIndex]:
    """An empty index."""
    with new_index(tmp_path / "data") as opened:
        yield opened
