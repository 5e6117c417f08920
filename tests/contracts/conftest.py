"""The engines that the search port's contract suite runs on: add a factory, and every contract runs on it.

A factory gives a fresh, empty index in a directory of its own; what is written to it can be found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from monitor.index.port import OpinionReader, OpinionWriter
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore


class OpinionIndex(OpinionReader, OpinionWriter, Protocol):
    """Both sides of the port."""


@contextmanager
def sqlite_index(directory: Path) -> Iterator[OpinionIndex]:
    with SqliteStore(directory) as store:
        yield SqliteIndex(store)


FACTORIES: dict[str, Callable[[Path], AbstractContextManager[OpinionIndex]]] = {"sqlite": sqlite_index}


@pytest.fixture(params=FACTORIES, scope="module")
def new_index(request: pytest.FixtureRequest) -> Callable[[Path], AbstractContextManager[OpinionIndex]]:
    """How to open an index of one engine."""
    return FACTORIES[request.param]


@pytest.fixture
def index(
    new_index: Callable[[Path], AbstractContextManager[OpinionIndex]], tmp_path: Path
) -> Iterator[OpinionIndex]:
    """An empty index."""
    with new_index(tmp_path / "data") as opened:
        yield opened
