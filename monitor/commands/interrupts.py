"""Stopping on Ctrl-C and SIGTERM: at once, or, while records are taken in, between two of them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TerminatedError(BaseException):
    """SIGTERM: leave as on Ctrl-C, with another exit code."""


def on_terminate(_number: int, _frame: FrameType | None) -> None:
    """Handler of SIGTERM outside ``between_records``."""
    raise TerminatedError


class Interrupts:
    """Whether the user asked to stop; ``check`` raises where stopping loses nothing."""

    def __init__(self) -> None:
        self._asked: int | None = None

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Remember the first signal; a second one stops at once."""
        if self._asked is not None:
            _raise(number)
        self._asked = number

    def check(self) -> None:
        """Raise what the signal means, if one came."""
        if self._asked is not None:
            _raise(self._asked)


@contextmanager
def between_records() -> Iterator[Interrupts]:
    """While inside, Ctrl-C and SIGTERM wait for the next ``check``, so that the batch in hand is kept."""
    interrupts = Interrupts()
    before = {number: signal.signal(number, interrupts.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise TerminatedError
