"""The engines that the search port's contract suite runs on: add a factory, and every contract runs on it.

A factory gives a fresh, empty index in a directory of its own; what is written to it can be found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import install
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
    """An index on templates that are installed once; what is written is deleted afterwards.

    The directory is not used: engines have none that a client can see.
    """
    with connect(url) as client:
        layout = Layout(prefix="contract-", replicas=0, codec="default")
        if not client.indices.exists_index_template(name=layout.alias("opinions")):
            install(client, url, layout)
        yield ElasticsearchIndex(client, url, layout, refresh_writes=True)
        names = client.indices.get(index=f"{layout.prefix}*", features="aliases").body
        if names:
            client.indices.delete(index=list(names))


Factory = Callable[[Path], AbstractContextManager[OpinionIndex]]
ENGINES = (
    pytest.param("sqlite", marks=pytest.mark.xdist_group("sqlite")),
    pytest.param("elasticsearch", marks=pytest.mark.xdist_group("servers")),
)


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
