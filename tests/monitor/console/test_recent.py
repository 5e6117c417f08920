"""Answers of the last seconds are shared, and never longer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.console.recent import MOST, Recent


def test_the_same_question_is_looked_up_once_within_its_seconds() -> None:
    now = 0.0
    looked_up: list[int] = []
    recent = Recent[int](5.0, lambda: now)

    def look_up() -> int:
        looked_up.append(1)
        return len(looked_up)

    assert [recent.ask(b"a", look_up), recent.ask(b"a", look_up), recent.ask(b"b", look_up)] == [1, 1, 2]
    now = 5.0
    assert recent.ask(b"a", look_up) == 3


def test_those_who_ask_while_one_waits_wait_along() -> None:
    recent = Recent[int](5.0)
    asked, go_on = threading.Event(), threading.Event()
    looked_up: list[int] = []

    def look_up() -> int:
        looked_up.append(1)
        asked.set()
        assert go_on.wait(10)
        return 7

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(recent.ask, b"a", look_up)
        assert asked.wait(10)
        others = [threads.submit(recent.ask, b"a", look_up) for _ in range(3)]
        go_on.set()
        assert [one.result(10) for one in (first, *others)] == [7] * 4
    assert looked_up == [1]


def test_a_failure_is_kept_for_nobody() -> None:
    recent = Recent[int](5.0)

    def fail() -> int:
        raise ValueError("away")

    with pytest.raises(ValueError, match="away"):
        recent.ask(b"a", fail)
    assert recent.ask(b"a", lambda: 1) == 1


def test_no_more_than_so_many_answers_are_kept() -> None:
    recent = Recent[int](5.0)
    for number in range(MOST + 1):
        recent.ask(str(number).encode(), lambda: 1)
    assert recent.ask(b"0", lambda: 2) == 2
    assert recent.ask(str(MOST).encode(), lambda: 2) == 1
