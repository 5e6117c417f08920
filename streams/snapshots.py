"""What the embedded runner must remember to go on exactly where it was, in the data directory's database.

Input positions, detection snapshots per slot, the joiner's snapshot and the journal of sightings are
written in the transaction of the documents they belong to. A slot is written once in a while; the journal
holds every sighting since the oldest slot that changed and was not written, so
``snapshots + journal = state``, as a compacted topic and the input topic are on Kafka.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from monitor.index.schema import Schema
from streams.stages import Sighted

STREAMS_SCHEMA = Schema(
    "streams",
    (
        (
            """CREATE TABLE inputs (
                 fingerprint TEXT PRIMARY KEY, reading INTEGER NOT NULL, line INTEGER NOT NULL,
                 finished INTEGER NOT NULL, checksum INTEGER) STRICT, WITHOUT ROWID""",
            "CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
            "CREATE TABLE journal (batch INTEGER PRIMARY KEY, sighted BLOB NOT NULL) STRICT",
            "CREATE TABLE slot_snapshots (slot INTEGER PRIMARY KEY, snapshot BLOB NOT NULL) STRICT",
            """CREATE TABLE joiner_snapshot (
                 one INTEGER PRIMARY KEY CHECK (one = 1), snapshot BLOB NOT NULL) STRICT""",
        ),
        # Detection is kept in another form since: it begins anew, without the campaigns that were open.
        (
            "DELETE FROM slot_snapshots",
            "DELETE FROM joiner_snapshot",
            "DELETE FROM journal",
            "DELETE FROM facts WHERE name = 'campaigns-told'",
        ),
    ),
)


class InputPosition(msgspec.Struct, frozen=True):
    """How far one input was taken in: its ``reading``-th pass from the start, up to ``line``.

    ``checksum`` is that of the last line taken. What cannot be read again (a pipe) is another input each
    time.
    """

    fingerprint: str
    reading: int
    line: int
    finished: bool
    checksum: int | None = None
    rereadable: bool = True

    @property
    def source(self) -> str:
        """The name of this pass in source positions."""
        return f"{self.fingerprint}{'#' if self.rereadable else '-'}{self.reading}"


class SnapshotStore:
    """Reads and writes the runner's memory on a connection whose transactions the caller opens."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._decoder = msgspec.msgpack.Decoder(list[Sighted])

    def input_position(self, fingerprint: str) -> InputPosition | None:
        """How far this input was taken in, if it was ever begun."""
        row = self._connection.execute(
            "SELECT reading, line, finished, checksum FROM inputs WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        return None if row is None else InputPosition(fingerprint, row[0], row[1], bool(row[2]), row[3])

    def put_input_position(self, position: InputPosition) -> None:
        """Remember how far an input was taken in."""
        self._connection.execute(
            "INSERT OR REPLACE INTO inputs VALUES (?, ?, ?, ?, ?)",
            (
                position.fingerprint,
                position.reading,
                position.line,
                int(position.finished),
                position.checksum,
            ),
        )

    def fact(self, name: str) -> bytes | None:
        """What was once written down about this directory."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def facts(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """What was written down under names that begin so, by the rest of the name."""
        for name, value in self._connection.execute("SELECT name, value FROM facts ORDER BY name"):
            if name.startswith(prefix):
                yield name.removeprefix(prefix), bytes(value)

    def put_fact(self, name: str, value: bytes) -> None:
        """Write something down about this directory."""
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def append_journal(self, batch: int, sighted: Sequence[Sighted]) -> None:
        """Write the sightings of one batch."""
        self._connection.execute(
            "INSERT INTO journal VALUES (?, ?)", (batch, msgspec.msgpack.encode(list(sighted)))
        )

    def trim_journal(self, first: int) -> None:
        """Forget the batches before ``first``, which every slot's snapshot covers."""
        self._connection.execute("DELETE FROM journal WHERE batch < ?", (first,))

    def journal(self) -> Iterator[tuple[int, list[Sighted]]]:
        """The batches of the journal in order."""
        for batch, sighted in self._connection.execute("SELECT batch, sighted FROM journal ORDER BY batch"):
            yield batch, self._decoder.decode(sighted)

    def put_slot(self, slot: int, snapshot: bytes) -> None:
        """Write the snapshot of one slot."""
        self._connection.execute("INSERT OR REPLACE INTO slot_snapshots VALUES (?, ?)", (slot, snapshot))

    def slots(self) -> Iterator[tuple[int, bytes]]:
        """The snapshot of every slot."""
        yield from self._connection.execute("SELECT slot, snapshot FROM slot_snapshots ORDER BY slot")

    def put_joiner(self, snapshot: bytes) -> None:
        """Write the joiner's snapshot."""
        self._connection.execute("INSERT OR REPLACE INTO joiner_snapshot VALUES (1, ?)", (snapshot,))

    def joiner(self) -> bytes | None:
        """The joiner's snapshot, if one was written."""
        row = self._connection.execute("SELECT snapshot FROM joiner_snapshot").fetchone()
        return None if row is None else bytes(row[0])
