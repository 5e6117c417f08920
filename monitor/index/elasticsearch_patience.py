"""Trying again for as long as it takes, with pauses that grow and one line of log a minute."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from elastic_transport import ConnectionTimeout, ObjectApiResponse, SerializationError, TransportError
from elasticsearch import ApiError, BadRequestError, NotFoundError

from monitor.errors import StoreError
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
        self.waiting_for = ""
        """Why the last request has to be tried again; empty when the engine took it."""
        self._stopping = stopping
        self._on_retry = on_retry
        self._clock = clock
        self._jitter = jitter
        self._longest = longest_pause_seconds
        self._tries = 0
        self._silent_until = -LOG_SECONDS
        self._unsaid = 0
        self._lock = threading.Lock()

    def progress(self) -> None:
        """The engine took something: the next pause is a short one again."""
        self._tries = 0
        self.waiting_for = ""

    def pause(self, cause: str, sentence: str) -> None:
        """Wait before the next try; ``cause`` is short and bounded (a metric label).

        Raises ``StoreError`` when the program is stopping: nothing is acknowledged, so it is replayed.
        """
        self.waiting_for = cause
        self._on_retry(cause)
        self._say(cause, sentence)
        whole = min(self._longest, _FIRST_PAUSE_SECONDS * 2 ** min(self._tries, 16))
        self._tries += 1
        if self._stopping.wait(whole * (0.5 + self._jitter() / 2)):
            raise StoreError(f"stopped while waiting for the engine: {sentence}")

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

    def insist(self, call: Callable[[], ObjectApiResponse[Any]]) -> object:
        """Ask until there is an answer; what the engine refuses for good (400, 404) is raised."""
        while True:
            try:
                answer = call()
            except (BadRequestError, NotFoundError):
                raise
            except (ApiError, TransportError, SerializationError) as error:
                self.pause(cause_of(error), str(explain(error, self.url)))
            else:
                self.progress()
                body: object = answer.body
                return body


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
