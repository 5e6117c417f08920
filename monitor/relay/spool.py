"""What the relay must not forget, in one SQLite file: wake-ups, what was told, and notices on their way.

A wake-up is on disk before Alertmanager is answered; a notice is on disk before its wake-up is dropped, and
marked before it is sent. So whatever dies when, nothing is lost, and only a notice that was being sent when
the relay died can come twice; it is marked then.

It stays small: of a channel that has been dead for weeks at most ``MAX_WAITING`` notices are kept in full;
beyond, the oldest about a subject is folded into the next about it, as its heat.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from monitor.alerts.notices import Notice
from monitor.errors import StoreBusyError, StoreError, StoreFullError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS wakes (
  team TEXT, fingerprint TEXT, status TEXT, until REAL, fresh INTEGER, body BLOB,
  PRIMARY KEY (team, fingerprint, status));
CREATE TABLE IF NOT EXISTS seen (
  team TEXT, fingerprint TEXT, starts_at TEXT, status TEXT, at REAL,
  PRIMARY KEY (team, fingerprint, starts_at, status));
CREATE TABLE IF NOT EXISTS told (team TEXT, event TEXT, at REAL, PRIMARY KEY (team, event));
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT, key TEXT, about TEXT, state TEXT, body BLOB,
  queued_at REAL, sent_at REAL, UNIQUE (channel, key));
CREATE INDEX IF NOT EXISTS waiting ON deliveries (channel, state, id);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""
PIPELINE = "firing:"
"""What begins so is told of the pipeline, and kept until it ends."""
MAX_WAITING = 10_000
"""Notices that wait for one channel; some 10 MB."""
_DAY_SECONDS = 86_400.0
_KEPT_SECONDS = 90 * _DAY_SECONDS
_AT_ONCE = 500
_BUSY_SECONDS = 2.0


class Wake(msgspec.Struct, frozen=True):
    """One alert that Alertmanager sent. ``starts_at`` is its text; labels and annotations as they came."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str
    fingerprint: str


class Waiting(msgspec.Struct, frozen=True):
    """A wake-up that is not answered for: ``fresh`` when it is not a repeat, ``until`` when to give up."""

    team: str
    wake: Wake
    until: float
    fresh: bool


class Delivery(msgspec.Struct, frozen=True):
    """A notice on its way to a channel; ``about`` its subject, ``queued_at`` in seconds since the epoch."""

    id: int
    about: str
    notice: Notice
    queued_at: float


class Spool:
    """The file. Safe to use from several threads; ``transaction`` makes several changes one."""

    def __init__(self, path: Path) -> None:
        """Open or make it; what was being sent when it was left waits again, marked.

        It is this relay's alone until it is closed: two on one file would both send.

        Raises:
            StoreError: the file cannot be used, or another relay uses it.
        """
        self._path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=_BUSY_SECONDS
            )
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)
            self._mark_unsure("SELECT id, body FROM deliveries WHERE state = 'sending'", ())
        except sqlite3.Error as error:
            self._connection.close()
            raise self._unusable(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside, or none; raises ``StoreError`` when they cannot be kept (a full disk)."""
        with self._lock:
            with self._explained():
                inside = self._connection.in_transaction
                if not inside:
                    self._connection.execute("BEGIN IMMEDIATE")
            if inside:
                yield
                return
            try:
                yield
                with self._explained():
                    self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have ended it already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> StoreError:
        place = f"the relay's spool {self._path} cannot be used ({error})"
        if "locked" in str(error):
            return StoreBusyError(f"{place}; end the other relay that uses it")
        if "full" in str(error):
            return StoreFullError(f"{place}; free the disk: nothing is lost meanwhile")
        return StoreError(f"{place}; free the disk or repair the file")

    def woken(self, team: str, wakes: Iterable[Wake], now: float, patience_seconds: float) -> None:
        """Keep wake-ups; of one alert the newest holds, and stays fresh until it is answered for."""
        with self.transaction():
            for wake in wakes:
                fresh = self._write(
                    "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)",
                    (team, wake.fingerprint, wake.starts_at, wake.status, now),
                )
                self._write(
                    "INSERT INTO wakes VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                    "body = excluded.body, fresh = max(fresh, excluded.fresh), "
                    "until = CASE WHEN excluded.fresh THEN excluded.until ELSE until END",
                    (
                        team, wake.fingerprint, wake.status, now + patience_seconds, fresh,
                        msgspec.json.encode(wake),
                    ),
                )  # fmt: skip

    def wakes(self) -> list[Waiting]:
        """Everything that is not answered for, what will be given up first first."""
        rows = self._all("SELECT team, body, until, fresh FROM wakes ORDER BY until, team, fingerprint")
        return [
            Waiting(str(team), msgspec.json.decode(body, type=Wake), float(until), bool(fresh))
            for team, body, until, fresh in rows
        ]

    def answered(self, waiting: Iterable[Waiting]) -> None:
        """Drop wake-ups."""
        with self.transaction():
            for one in waiting:
                self._write(
                    "DELETE FROM wakes WHERE team = ? AND fingerprint = ? AND status = ?",
                    (one.team, one.wake.fingerprint, one.wake.status),
                )

    def untold(self, team: str, events: Sequence[str], now: float) -> set[str]:
        """Those of some events that a team was not told of. Of the others it is kept that it was."""
        asked = msgspec.json.encode(list(events)).decode()
        rows = self._all(
            "SELECT event FROM told WHERE team = ? AND event IN (SELECT value FROM json_each(?))",
            (team, asked),
        )
        # Once a day is enough for what is kept for a season.
        self._write(
            "UPDATE told SET at = ? WHERE team = ? AND at < ? AND event IN (SELECT value FROM json_each(?))",
            (now, team, now - _DAY_SECONDS, asked),
        )
        return set(events) - {str(event) for (event,) in rows}

    def tell(self, team: str, events: Iterable[str], now: float) -> None:
        """A team counts as told of these events."""
        with self.transaction():
            for event in events:
                self._write("INSERT OR IGNORE INTO told VALUES (?, ?, ?)", (team, event, now))

    def forget(self, team: str, event: str) -> bool:
        """A team counts as not told of an event (again); whether it had been."""
        return bool(self._write("DELETE FROM told WHERE team = ? AND event = ?", (team, event)))

    def queue(self, channels: Iterable[str], notice: Notice, now: float) -> None:
        """Put a notice on its way; a channel that has or had one with its key gets none."""
        with self.transaction():
            for channel in channels:
                self._write(
                    "INSERT OR IGNORE INTO deliveries (channel, key, about, state, body, queued_at) "
                    "VALUES (?, ?, ?, 'waiting', ?, ?)",
                    (channel, notice.key, f"{notice.kind}:{notice.about}", msgspec.json.encode(notice), now),
                )
                while self._waits(channel) > MAX_WAITING and self._fold(channel):
                    pass

    def next(self, channel: str, without: Iterable[str] = ()) -> list[Delivery]:
        """The notices of the next message of a channel: the oldest, and what is about the same thing.

        Nothing about the subjects ``without`` (``Delivery.about``).
        """
        rows = self._all(
            "SELECT id, about, body, queued_at FROM deliveries WHERE channel = ?1 AND state = 'waiting' AND "
            "about = (SELECT about FROM deliveries WHERE channel = ?1 AND state = 'waiting' AND about NOT IN "
            "(SELECT value FROM json_each(?2)) ORDER BY id LIMIT 1) ORDER BY id LIMIT ?3",
            (channel, msgspec.json.encode(list(without)).decode(), _AT_ONCE),
        )
        return [
            Delivery(int(number), str(about), msgspec.json.decode(body, type=Notice), float(queued_at))
            for number, about, body, queued_at in rows
        ]

    def sending(self, deliveries: Iterable[Delivery]) -> None:
        """From now on they may have arrived."""
        self._move(deliveries, "sending", None)

    def sent(self, deliveries: Iterable[Delivery], now: float) -> None:
        """They have arrived."""
        self._move(deliveries, "sent", now)

    def failed(self, deliveries: Sequence[Delivery], *, unsure: bool) -> None:
        """They wait again; ``unsure``: they may have arrived, and say so next time."""
        with self.transaction():
            if unsure:
                ids = msgspec.json.encode([one.id for one in deliveries]).decode()
                self._mark_unsure(
                    "SELECT id, body FROM deliveries WHERE id IN (SELECT value FROM json_each(?))", (ids,)
                )
            else:
                self._move(deliveries, "waiting", None)

    def waiting(self, channel: str) -> tuple[int, float | None]:
        """How many notices wait, and since when the oldest does (seconds since the epoch)."""
        ((count, oldest),) = self._all(
            "SELECT count(*), min(queued_at) FROM deliveries WHERE channel = ? AND state != 'sent'",
            (channel,),
        )
        return int(count), None if oldest is None else float(oldest)

    def sent_at(self, channel: str, since: float) -> list[float]:
        """When a channel took messages since a moment, oldest first."""
        rows = self._all(
            "SELECT DISTINCT sent_at FROM deliveries WHERE channel = ? AND state = 'sent' AND sent_at >= ? "
            "ORDER BY sent_at",
            (channel, since),
        )
        return [float(at) for (at,) in rows]

    def sent_since(self, channel: str, since: float) -> int:
        """How many notices a channel has taken since a moment."""
        ((count,),) = self._all(
            "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'sent' AND sent_at >= ?",
            (channel, since),
        )
        return int(count)

    def fact(self, name: str) -> str | None:
        """A remembered value."""
        rows = self._all("SELECT value FROM facts WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def remember(self, name: str, value: str) -> None:
        """Remember a value."""
        self._write("INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    (name, value))  # fmt: skip

    def prune(self, now: float) -> None:
        """Forget what was seen and sent a season ago, and what was told of that nobody asked for since.

        What can be looked up (the newest events of a place that a team is woken for) is asked for each time,
        so that it is never told again; what goes on with the pipeline is kept until it ends.
        """
        with self.transaction():
            before = (now - _KEPT_SECONDS,)
            self._write("DELETE FROM seen WHERE at < ?", before)
            self._write("DELETE FROM deliveries WHERE state = 'sent' AND sent_at < ?", before)
            self._write("DELETE FROM told WHERE at < ? AND event NOT LIKE ? || '%'", (*before, PIPELINE))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _waits(self, channel: str) -> int:
        rows = self._all(
            "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'waiting'", (channel,)
        )
        return int(rows[0][0])

    def _fold(self, channel: str) -> bool:
        """Make the two oldest notices about one subject one; whether there were two."""
        rows = self._all(
            "SELECT id, body FROM deliveries WHERE channel = ?1 AND state = 'waiting' AND about = "
            "(SELECT about FROM deliveries WHERE channel = ?1 AND state = 'waiting' GROUP BY about "
            "HAVING count(*) > 1 ORDER BY min(id) LIMIT 1) ORDER BY id LIMIT 2",
            (channel,),
        )
        if len(rows) < 2:
            return False
        older, newer = (msgspec.json.decode(body, type=Notice) for _, body in rows)
        folded = msgspec.structs.replace(newer, heat=older.heat + newer.heat)
        self._write("DELETE FROM deliveries WHERE id = ?", (int(rows[0][0]),))
        self._write(
            "UPDATE deliveries SET body = ? WHERE id = ?", (msgspec.json.encode(folded), int(rows[1][0]))
        )
        return True

    def _move(self, deliveries: Iterable[Delivery], state: str, sent_at: float | None) -> None:
        with self.transaction():
            for one in deliveries:
                self._write(
                    "UPDATE deliveries SET state = ?, sent_at = ? WHERE id = ?", (state, sent_at, one.id)
                )

    def _mark_unsure(self, select: str, parameters: Sequence[str]) -> None:
        with self.transaction():
            for number, body in self._all(select, parameters):
                notice = msgspec.json.decode(body, type=Notice)
                marked = msgspec.json.encode(msgspec.structs.replace(notice, repeated=True))
                self._write(
                    "UPDATE deliveries SET state = 'waiting', body = ? WHERE id = ?",
                    (marked, int(number)),
                )

    def _write(self, statement: str, parameters: Sequence[str | float | bytes | None]) -> int:
        with self._lock, self._explained():
            return self._connection.execute(statement, parameters).rowcount

    def _all(self, statement: str, parameters: Sequence[str | float] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._explained():
            return self._connection.execute(statement, parameters).fetchall()
