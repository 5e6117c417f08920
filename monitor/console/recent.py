"""Answers of the last seconds, shared by all who ask the same: turning a page counts nothing anew, and many
who open the console at once ask the engine once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 128


@dataclass(frozen=True)
class _Asked(Generic[T]):
    at: float
    answer: Future[T]


class Recent(Generic[T]):
    """Answers by what was asked, each at most ``seconds`` old. Any thread may ask.

    Who asks while another waits for the same answer waits along. A failure is told to those who waited and
    kept for nobody else.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[bytes, _Asked[T]] = OrderedDict()

    def ask(self, question: bytes, look_up: Callable[[], T]) -> T:
        """The answer to a question; ``look_up`` finds it where it is not known. Raises what that raises."""
        with self._lock:
            asked = self._answers.get(question)
            if asked is not None and self._clock() - asked.at < self._seconds:
                known = asked.answer
                ours = None
            else:
                ours = Future[T]()
                self._answers[question] = _Asked(self._clock(), ours)
                self._answers.move_to_end(question)
                while len(self._answers) > MOST:
                    self._answers.popitem(last=False)
        if ours is None:
            return known.result()
        try:
            ours.set_result(look_up())
        except BaseException as error:
            with self._lock:
                self._answers.pop(question, None)
            ours.set_exception(error)
            raise
        return ours.result()
