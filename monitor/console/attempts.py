"""How often signing in may fail: few times for one name, some more for one address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from monitor.console.database import ConsoleDatabase
from monitor.errors import AccessError
from monitor.language import message

WINDOW_SECONDS = 300
MOST_OF_NAME = 5
MOST_OF_ADDRESS = 20


class TooManyAttemptsError(AccessError):
    """Signing in failed too often lately; ``wait_seconds`` says when it may be tried again."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(message("Too many failed attempts. Try again in {seconds} s."), seconds=wait_seconds)
        self.wait_seconds = wait_seconds


class Attempt:
    """One try to sign in: a failure unless it is said to have succeeded."""

    def __init__(self) -> None:
        self.failed = True

    def succeeded(self) -> None:
        """The password was right."""
        self.failed = False


class SignInAttempts:
    """Failures of the last five minutes, by name and by address.

    A try counts as a failure from its beginning on, so that many at once gain nothing.
    """

    def __init__(self, database: ConsoleDatabase, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def counted(self, name: str, address: str) -> Iterator[Attempt]:
        """Count what happens inside. Raises ``TooManyAttemptsError`` before it begins."""
        subjects = {f"name:{name}": MOST_OF_NAME, f"address:{address}": MOST_OF_ADDRESS}
        now = int(self._clock())
        with self._database.transaction():
            self._database.run("DELETE FROM failures WHERE at <= ?", (now - WINDOW_SECONDS,))
            for subject, most in subjects.items():
                self._check(subject, most, now)
            rows = [self._note(subject, now) for subject in subjects]
        attempt = Attempt()
        yield attempt
        if not attempt.failed:
            with self._database.transaction():
                self._database.run("DELETE FROM failures WHERE subject = ?", (f"name:{name}",))
                for row in rows:
                    self._database.run("DELETE FROM failures WHERE rowid = ?", (row,))

    def _check(self, subject: str, most: int, now: int) -> None:
        times = self._database.all("SELECT at FROM failures WHERE subject = ? ORDER BY at", (subject,))
        if len(times) >= most:
            raise TooManyAttemptsError(max(1, times[len(times) - most][0] + WINDOW_SECONDS - now))

    def _note(self, subject: str, now: int) -> int:
        self._database.run("INSERT INTO failures VALUES (?, ?)", (subject, now))
        number: int = self._database.all("SELECT last_insert_rowid()")[0][0]
        return number
