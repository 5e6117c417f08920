"""Fixtures that every test may ask for."""

import os
import signal
import sys

import pytest
from _pytest.nodeid import NodeId
from hypothesis import settings

from tests.testkit.services.fixtures import (
    certificate,
    elasticsearch_server,
    kafka_server,
    secure_broker,
)

# As the program has it; read when numpy is imported, which is after this.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A run starts a hundred processes of the program; none of them has to compile it again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Whoever is started in the background of a script ignores Ctrl-C, and so would every process started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A law holds however long a busy machine takes for an example.
settings.register_profile("anywhere", parent=settings.default, deadline=None)
settings.load_profile("anywhere")

__all__ = ["certificate", "elasticsearch_server", "kafka_server", "secure_broker"]


_SERVERS = {"kafka_server", "elasticsearch_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest tests first, so that no process works alone at the end; one process has the servers."""
    for item in items:
        asks = not _SERVERS.isdisjoint(getattr(item, "fixturenames", ()))
        if asks and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("servers"))
    items.sort(key=lambda item: item.get_closest_marker("system") is None)
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
    if getattr(config.option, "loadgroup", False):
        for item in items:
            group = item.get_closest_marker("xdist_group")
            if group is not None:
                # pytest-xdist 3.8 writes the group where pytest 9.2 no longer looks.
                item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")
