"""What the console needs of an embedded index: a reader for each thread, and room for what people judge.

A pipeline may be writing to the same directory meanwhile: readers take no lock, and what is judged waits its
turn for the few milliseconds of a transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from monitor.campaigns.judgements import Judgement
from monitor.errors import StoreVersionError
from monitor.index import findings
from monitor.index.columns import Columns
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.scoring.corrections import Correction


class ThreadReaders:
    """Gives each thread an index of its own over one data directory; they end with their threads.

    Data that an older version of the program wrote are brought up to date first, unless a pipeline has
    them open. Raises ``StoreError`` when there is nothing to read.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._own = threading.local()
        self._columns = Columns()
        try:
            SqliteStore(directory, read_only=True).close()
        except StoreVersionError:
            SqliteStore(directory).close()
            SqliteStore(directory, read_only=True).close()

    def __call__(self) -> SqliteIndex:
        index: SqliteIndex | None = getattr(self._own, "index", None)
        if index is None:
            store = SqliteStore(self._directory, read_only=True)
            index = self._own.index = SqliteIndex(store, self._columns)
        return index


class VerdictStore:
    """Writes judgements and corrections into the index of a data directory, each call a transaction of its
    own.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Store judgements by id."""
        with closing(SqliteStore.beside_a_writer(self._directory)) as store, store.transaction():
            findings.put_judgements(store, judgements)

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Store corrections of labels by id."""
        with closing(SqliteStore.beside_a_writer(self._directory)) as store, store.transaction():
            findings.put_corrections(store, corrections)
