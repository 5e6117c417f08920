"""One line a minute from each place that repeats itself while a broker is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

SILENCE_SECONDS = 60.0
_TALKATIVE = ("aiokafka", "faust", "mode", "kafka", "streams.publishing")


class OnceAMinute(logging.Filter):
    """Lets one line of each call site through in a minute, and says how many were held back."""

    def __init__(self, seconds: float = SILENCE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line may be written."""
        if not record.name.startswith(_TALKATIVE) or record.levelno >= logging.CRITICAL:
            return True
        place = (record.pathname, record.lineno)
        now = self._clock()
        since, held = self._seen.get(place, (now - self._seconds, 0))
        if now - since < self._seconds:
            self._seen[place] = (since, held + 1)
            return False
        self._seen[place] = (now, 0)
        if held:
            record.msg = f"{record.getMessage()} ({held} more such lines in the last minute)"
            record.args = ()
        return True


def say_less() -> None:
    """Filter what every handler of the root logger writes, now and later."""
    quiet = OnceAMinute()
    for handler in logging.getLogger().handlers:
        handler.addFilter(quiet)
