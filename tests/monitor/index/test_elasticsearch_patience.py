"""Trying again: pauses grow, differ between workers, and are said once a minute."""

from __future__ import annotations

import logging
import threading

import pytest

from monitor.errors import StoreError
from monitor.index.elasticsearch_patience import Patience, unread


class Waits(threading.Event):
    """An event that only notes how long it would have been waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Return at once."""
        assert timeout is not None
        self.seconds.append(timeout)
        return self.is_set()


class Clock:
    """A clock that stands where it is put."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def a_patience(waits: Waits, clock: Clock, jitter: float = 1.0) -> Patience:
    return Patience(
        "http://engine", stopping=waits, on_retry=lambda _cause: None, clock=clock, jitter=lambda: jitter
    )


def test_pauses_double_up_to_the_longest() -> None:
    waits = Waits()
    patience = a_patience(waits, Clock())
    for _ in range(8):
        patience.pause("connection", "it is away")
    assert waits.seconds == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0])


def test_no_pause_is_shorter_than_half_of_the_longest_one_of_its_turn() -> None:
    waits = Waits()
    patience = a_patience(waits, Clock(), jitter=0.0)
    patience.pause("connection", "it is away")
    assert waits.seconds == [0.05]


def test_progress_makes_the_next_pause_short_again() -> None:
    waits = Waits()
    patience = a_patience(waits, Clock())
    for _ in range(5):
        patience.pause("connection", "it is away")
    patience.progress()
    patience.pause("connection", "it is away")
    assert waits.seconds[-1] == pytest.approx(0.1)


def test_a_thousand_tries_in_three_minutes_make_three_lines_that_count_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    patience = a_patience(Waits(), clock)
    with caplog.at_level(logging.WARNING):
        for number in range(1_000):
            clock.now = number * 0.179
            patience.pause("connection", "it is away")
    assert len(caplog.messages) == 3
    assert "335 more tries since the last line" in caplog.messages[1]


def test_one_thread_waits_on_though_the_engine_answers_another() -> None:
    waits = Waits()
    patience = a_patience(waits, Clock())
    for _ in range(3):
        patience.pause("blocked", "its disk is full")
        other = threading.Thread(target=patience.progress)
        other.start()
        other.join()
    assert patience.waiting_for == "blocked"
    assert waits.seconds == pytest.approx([0.1, 0.2, 0.4])


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ([{"_id": "1", "found": True}, {"_id": "2", "found": False}], ""),
        ([{"_id": "1", "error": {"type": "index_not_found_exception", "reason": "none yet"}}], ""),
        (
            [
                {"_id": "1", "found": True},
                {"_id": "2", "error": {"type": "no_shard_available", "reason": "x"}},
            ],
            "no_shard_available: x",
        ),
    ],
)
def test_what_could_not_be_read_is_not_taken_for_what_is_not_there(
    answers: list[dict[str, object]], fault: str
) -> None:
    assert unread({"docs": answers}) == fault


def test_stopping_ends_the_waiting() -> None:
    waits = Waits()
    waits.set()
    with pytest.raises(StoreError, match="stopped while waiting for the engine: it is away"):
        a_patience(waits, Clock()).pause("connection", "it is away")


def test_it_is_known_what_is_waited_for_until_the_engine_takes_something() -> None:
    patience = a_patience(Waits(), Clock())
    said = [patience.waiting_for]
    patience.pause("connection", "it is away")
    said.append(patience.waiting_for)
    patience.progress()
    assert [*said, patience.waiting_for] == ["", "connection", ""]
