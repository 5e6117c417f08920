"""The database file of a data directory: opening, locking, migrations and transactions.

``opinion.db`` is an SQLite database in write-ahead mode with ``synchronous=NORMAL``: a process killed at
any moment loses nothing that was committed; after a power failure the last transactions before it may be
gone as a whole, never in part, and the input position that lies in the same transaction goes back
with them, so they are read again. Who has told a sender that a commit holds opens it ``durable``
(``synchronous=FULL``): every commit then waits for the disk.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from monitor.errors import StoreBusyError, StoreError, StoreFullError, StoreVersionError
from monitor.index.facts import author_key, reach_of, text_key, watchlist_names
from monitor.index.schema import INDEX_SCHEMA, VERSIONS_TABLE, Schema
from monitor.index.stored import (
    alert_facts,
    campaign_facts,
    decode_alert,
    decode_campaign,
    decode_document,
)
from monitor.language import message

DATABASE_NAME = "opinion.db"
LOCK_NAME = "writer.lock"
OLDEST_SQLITE = (3, 37, 0)
_PRIVATE = 0o700
_BUSY_SECONDS = 10.0
_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    "PRAGMA secure_delete = FAST",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()


FUNCTIONS: Mapping[str, Callable[[bytes], str | int]] = {
    "body_reach": lambda body: reach_of(decode_document(body)),
    "body_author_key": lambda body: author_key(decode_document(body)),
    "body_text_key": lambda body: text_key(decode_document(body)),
    "body_watchlists": lambda body: watchlist_names(decode_document(body)),
    "alerts_facts": lambda body: _json(alert_facts(decode_alert(body))),
    "campaigns_facts": lambda body: _json(campaign_facts(decode_campaign(body))),
}
"""SQL functions over stored bodies, for migrations."""

Value = str | int | float | bytes | None


class SqliteStore:
    """One connection to the database of a data directory, for one thread.

    A writer creates what is missing, holds the directory's lock until ``close``, and brings every schema up
    to date. A reader (``read_only=True``) changes nothing, takes no lock, and may read while another process
    writes. What a ``durable`` writer has committed survives a power failure, too. Raises ``StoreBusyError``,
    ``StoreVersionError``, ``StoreFullError`` or ``StoreError``.
    """

    def __init__(
        self,
        directory: Path,
        schemas: Sequence[Schema] = (),
        *,
        read_only: bool = False,
        durable: bool = False,
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreError(
                f"this Python uses SQLite {sqlite3.sqlite_version}; 3.37 or newer with FTS5 is needed, as in "
                "the Python of python.org or of a current system"
            )
        self.directory = directory
        self._lock: int | None = None
        self._connection: sqlite3.Connection | None = None
        try:
            if read_only:
                self._open_to_read((INDEX_SCHEMA, *schemas))
            else:
                self._open_to_write((INDEX_SCHEMA, *schemas), durable=durable)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, then give the directory back. May be called twice."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection, in autocommit mode outside ``transaction``."""
        if self._connection is None:
            raise StoreError(f"the store of {self.directory} is closed")
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside becomes lasting at the end, or, on any exception, nothing of it.

        Transactions do not nest.
        """
        with self.explained():
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            with self.explained():
                yield
                self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Any]:
        """Every row of a statement, as tuples."""
        with self.explained():
            return self.connection.execute(sql, parameters).fetchall()

    def write(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run a statement once for each row."""
        with self.explained():
            self.connection.executemany(sql, rows)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn errors of the database inside into errors that name the directory and the way out."""
        try:
            yield
        except sqlite3.Error as error:
            raise _explain(error, self.directory) from error
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise _full(self.directory) from error
            raise

    def _open_to_write(self, schemas: Sequence[Schema], *, durable: bool) -> None:
        with _reachable(self.directory), self.explained():
            self.directory.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            self._lock = _take_lock(self.directory)
            self._connection = sqlite3.connect(
                self.directory / DATABASE_NAME, isolation_level=None, timeout=_BUSY_SECONDS
            )
            self.connection.execute("PRAGMA journal_mode = WAL")
            for pragma in _PRAGMAS:
                self.connection.execute(pragma)
            if durable:
                self.connection.execute("PRAGMA synchronous = FULL")
            for name, function in FUNCTIONS.items():
                self.connection.create_function(name, 1, function, deterministic=True)
        with self.transaction():
            self.connection.execute(VERSIONS_TABLE)
            for schema in schemas:
                self._migrate(schema)

    @classmethod
    def beside_a_writer(cls, directory: Path) -> Self:
        """A connection that may write without the directory's lock, for small transactions that touch
        nothing of the pipeline's: they wait for its transactions, and it for them.
        """
        store = cls(directory, read_only=True)
        store.close()
        with store.explained():
            store._connection = sqlite3.connect(
                f"{(directory / DATABASE_NAME).resolve().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                timeout=_BUSY_SECONDS,
            )
        return store

    def _open_to_read(self, schemas: Sequence[Schema]) -> None:
        path = self.directory / DATABASE_NAME
        with _reachable(self.directory):
            exists = path.is_file()
        if not exists:
            raise _empty(self.directory)
        with self.explained():
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY_SECONDS
            )
            self.connection.execute("PRAGMA temp_store = MEMORY")
            self.connection.execute("PRAGMA cache_size = -16384")
            self.connection.execute("PRAGMA mmap_size = 1073741824")
            names = {name for (name,) in self.connection.execute("SELECT name FROM sqlite_master")}
            if not names:  # a first run found the disk full
                raise _empty(self.directory)
            if "schema_versions" not in names:
                raise StoreError(
                    message("{path} is not a database of this program; give another --data directory"),
                    path=path,
                )
        for schema in schemas:
            version = self._version(schema)
            if version < schema.version:
                raise StoreVersionError(
                    message(
                        "the data in {directory} ({part}) are of version {version}, this program reads "
                        "version {wanted}; 'opinion-monitor run' brings them up to date"
                    ),
                    directory=self.directory,
                    part=schema.name,
                    version=version,
                    wanted=schema.version,
                )

    def _version(self, schema: Schema) -> int:
        """The stored version, 0 when there is none. Raises when it is newer than this program."""
        rows: list[tuple[int]] = self.all(
            "SELECT version FROM schema_versions WHERE name = ?", (schema.name,)
        )
        version = rows[0][0] if rows else 0
        if version > schema.version:
            raise StoreVersionError(
                message(
                    "the data in {directory} ({part}) are of version {version}, this program knows version "
                    "{wanted}; use the newer program that wrote them, or another --data directory"
                ),
                directory=self.directory,
                part=schema.name,
                version=version,
                wanted=schema.version,
            )
        return version

    def _migrate(self, schema: Schema) -> None:
        version = self._version(schema)
        for statements in schema.migrations[version:]:
            for statement in statements:
                self.connection.execute(statement)
        if version < schema.version:
            self.connection.execute(
                "INSERT INTO schema_versions VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                (schema.name, schema.version),
            )


def _take_lock(directory: Path) -> int:
    """Lock the directory for one writer; the lock ends with the process, however that ends."""
    handle = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise StoreBusyError(
            message(
                "another process is writing to {directory}; wait for it to end, stop it, or give another "
                "--data directory (reading commands may run beside it)"
            ),
            directory=directory,
        ) from error
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextmanager
def _reachable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            message(
                "the data directory {directory} cannot be used: {cause}; give a directory that this user may "
                "read and write"
            ),
            directory=directory,
            cause=error.strerror,
        ) from error


def _empty(directory: Path) -> StoreError:
    return StoreError(
        message(
            "there are no data in {directory}; fill it first, for example with 'opinion-monitor run "
            "FILE --data {directory}'"
        ),
        directory=directory,
    )


def _full(directory: Path) -> StoreFullError:
    return StoreFullError(
        message(
            "no space is left for {directory}; what was committed is kept. Free some space and run again"
        ),
        directory=directory,
    )


def _explain(error: sqlite3.Error, directory: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    path = directory / DATABASE_NAME
    if code == sqlite3.SQLITE_FULL:
        return _full(directory)
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return StoreError(
            message(
                "{path} is damaged or not a database ({cause}); restore it from a copy, or give another "
                "--data directory"
            ),
            path=path,
            cause=error,
        )
    if code == sqlite3.SQLITE_READONLY:
        return StoreError(
            message("{path} cannot be written to ({cause}); see to the rights of its directory"),
            path=path,
            cause=error,
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusyError(
            message("{path} is locked by another program ({cause}); close what has it open and try again"),
            path=path,
            cause=error,
        )
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
        return StoreError(
            message("{path} cannot be read or written ({cause}); see to its disk, its space and its rights"),
            path=path,
            cause=error,
        )
    return StoreError(message("the database {path} refused a statement: {cause}"), path=path, cause=error)
