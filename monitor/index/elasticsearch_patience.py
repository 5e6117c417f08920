"""Trying again for as long as it takes, with pauses that grow and one line of log a minute."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from threading import get_ident
from typing import Any

import msgspec
from elastic_transport import ConnectionTimeout, ObjectApiResponse, SerializationError, TransportError
from elasticsearch import ApiError, BadRequestError, NotFoundError

from monitor.errors import StoppedError
from monitor.index.elasticsearch_client import explain

LOG_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_LOGGER = logging.getLogger("monitor.index")
_DRAW = random.SystemRandom().random


class Patience:
    """Decides how long to wait before the next try, and says once a minute why.

    The pause doubles with each try without progress, up to 5 s, and is drawn from its upper half, so that
    workers do not all come back at once. Waiting ends when ``stopping`` is set.
    """

    def __init__(
        self,
        url: str,
        *,
        stopping: threading.Event,
        on_retry: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = _DRAW,
        longest_pause_seconds: float = _LONGEST_PAUSE_SECONDS,
    ) -> None:
        self.url = url
        self._stopping = stopping
        self._on_retry = on_retry
        self._clock = clock
        self._jitter = jitter
        self._longest = longest_pause_seconds
        self._tries: dict[int, int] = {}
        self._waiting: dict[int, str] = {}
        self._silent_until = -LOG_SECONDS
        self._unsaid = 0
        self._lock = threading.Lock()

    @property
    def waiting_for(self) -> str:
        """Why a request has to be tried again, whichever waits longest; empty when the engine takes all."""
        with self._lock:
            return next(iter(self._waiting.values()), "")

    def progress(self) -> None:
        """The engine took something of this thread: its next pause is a short one again.

        What one thread waits for is not over because the engine answers another.
        """
        with self._lock:
            self._tries.pop(get_ident(), None)
            self._waiting.pop(get_ident(), None)

    def pause(self, cause: str, sentence: str) -> None:
        """Wait before the next try; ``cause`` is short and bounded (a metric label).

        Raises ``StoppedError`` when the program is stopping: nothing is acknowledged, so it is replayed.
        """
        with self._lock:
            self._waiting[get_ident()] = cause
            tries = self._tries.get(get_ident(), 0)
            self._tries[get_ident()] = tries + 1
        self._on_retry(cause)
        self._say(cause, sentence)
        whole = min(self._longest, _FIRST_PAUSE_SECONDS * 2 ** min(tries, 16))
        if self._stopping.wait(whole * (0.5 + self._jitter() / 2)):
            self.progress()
            raise StoppedError(f"stopped while waiting for the engine: {sentence}")

    def _say(self, cause: str, sentence: str) -> None:
        with self._lock:
            now = self._clock()
            if now < self._silent_until:
                self._unsaid += 1
                return
            self._silent_until = now + LOG_SECONDS
            unsaid, self._unsaid = self._unsaid, 0
        _LOGGER.warning(
            "nothing is lost, it will be tried again: %s (%s; %d more tries since the last line)",
            sentence,
            cause,
            unsaid,
        )

    def insist(
        self, call: Callable[[], ObjectApiResponse[Any]], lacking: Callable[[object], str] = lambda _: ""
    ) -> object:
        """Ask until there is an answer; what the engine refuses for good (400, 404) is raised.

        ``lacking`` says what is not in an answer because the engine could not read it; such a one is none.
        """
        while True:
            try:
                answer = call()
            except (BadRequestError, NotFoundError):
                self.progress()
                raise
            except (ApiError, TransportError, SerializationError) as error:
                self.pause(cause_of(error), str(explain(error, self.url)))
            else:
                body: object = answer.body
                fault = lacking(body)
                if not fault:
                    self.progress()
                    return body
                self.pause("unreadable", f"Elasticsearch at {self.url} cannot read what it holds ({fault})")


class _Fault(msgspec.Struct):
    type: str = ""
    reason: str = ""


class _Got(msgspec.Struct):
    error: _Fault | None = None


class _GotAnswer(msgspec.Struct):
    docs: list[_Got]


def unread(answer: object) -> str:
    """Why some of the documents that were asked for by id could not be read; empty when all were looked for.

    Where there is no index yet there is no document. Any other fault says nothing of whether there is one: a
    shard that is away must not look like a document that was never written.
    """
    for got in msgspec.convert(answer, _GotAnswer).docs:
        if got.error is not None and got.error.type != "index_not_found_exception":
            return f"{got.error.type}: {got.error.reason}"
    return ""


def cause_of(error: Exception) -> str:
    """A short name for why a request failed."""
    if isinstance(error, ConnectionTimeout):
        return "timeout"
    if isinstance(error, ApiError):
        return cause_of_status(error.meta.status)
    return "connection"


def cause_of_status(status: int) -> str:
    """A short name for an HTTP status that is tried again."""
    if status in {401, 403}:
        return "refused"
    if status == 429:
        return "too_many_requests"
    return "server_error" if status >= 500 else "engine_fault"
