"""The console's own database: accounts, sessions, the audit log, saved searches.

``console.sqlite3`` lies in the data directory, apart from what the pipeline writes, so that the console needs
no write access to opinions, and can be kept when they are given up.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from monitor.errors import StoreError, StoreVersionError
from monitor.language import message

DATABASE_NAME = "console.sqlite3"
_BUSY_SECONDS = 10.0
_PRIVATE = 0o700

Value = str | int | float | bytes | None

_FIRST = (
    """CREATE TABLE users (
         name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL,
         created_at INTEGER NOT NULL) STRICT""",
    """CREATE TABLE sessions (
         hash BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
         began_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE tokens (
         id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE,
         user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
         label TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT""",
    "CREATE TABLE set_up (hash BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT",
    "CREATE TABLE failures (subject TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
    "CREATE INDEX failures_of ON failures (subject, at)",
    """CREATE TABLE audit (
         number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, user TEXT NOT NULL,
         action TEXT NOT NULL, subject TEXT NOT NULL, details TEXT NOT NULL) STRICT""",
    """CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
         BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_is_not_erased BEFORE DELETE ON audit
         BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END""",
    "CREATE INDEX audit_of_user ON audit (user, number)",
    """CREATE TABLE searches (
         id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
         name TEXT NOT NULL, state TEXT NOT NULL, shared INTEGER NOT NULL,
         created_at INTEGER NOT NULL) STRICT""",
)
_MIGRATIONS = (_FIRST,)


class ConsoleDatabase:
    """One connection that any thread may use; statements take turns.

    Made with mode 0600 in its directory, which is made too. Raises ``StoreError``.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / DATABASE_NAME
        self._turn = threading.RLock()
        try:
            directory.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                self.path, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                message(
                    "the console's database {path} cannot be opened ({cause}); give a --data directory that "
                    "this user may read and write"
                ),
                path=self.path,
                cause=error,
            ) from error
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        with self._explained():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
        with self.transaction():
            version: int = self.all("PRAGMA user_version")[0][0]
            if version > len(_MIGRATIONS):
                raise StoreVersionError(
                    message(
                        "{path} is of version {version}, this program knows version {wanted}; use the newer "
                        "program that wrote it"
                    ),
                    path=self.path,
                    version=version,
                    wanted=len(_MIGRATIONS),
                )
            for statements in _MIGRATIONS[version:]:
                for statement in statements:
                    self.run(statement)
            self.run(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written inside becomes lasting together, or not at all; other threads wait."""
        with self._turn, self._explained():
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Any]:
        """Every row of a statement, as tuples."""
        with self._turn, self._explained():
            return self._connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one statement; how many rows it changed."""
        with self._turn, self._explained():
            return self._connection.execute(sql, parameters).rowcount

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                message("the database {path} refused a statement: {cause}"), path=self.path, cause=error
            ) from error
