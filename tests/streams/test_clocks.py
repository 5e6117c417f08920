"""Event time is that of the slowest source that still has records, a moment after it was said."""

from __future__ import annotations

from streams.clocks import SETTLED_SECONDS, SourceClocks, SourceMark, encode_mark

LATER = SETTLED_SECONDS


def heard(clocks: SourceClocks, now: float, **times: int) -> None:
    clocks.hear(encode_mark(SourceMark(times)), now)


def at_its_end(clocks: SourceClocks, now: float, **sources: bool) -> None:
    clocks.hear(encode_mark(SourceMark(caught_up=sources)), now)


def test_nothing_is_known_while_a_source_has_said_nothing() -> None:
    clocks = SourceClocks(["a", "b"])
    heard(clocks, 0.0, a=100)
    assert clocks.reached(LATER) == -1


def test_the_slowest_source_holds() -> None:
    clocks = SourceClocks(["a", "b"])
    heard(clocks, 0.0, a=100, b=40)
    assert clocks.reached(LATER) == 40


def test_a_source_that_was_read_to_its_end_does_not_hold() -> None:
    clocks = SourceClocks(["a", "b"])
    heard(clocks, 0.0, a=100, b=40)
    at_its_end(clocks, 0.1, b=True)
    assert clocks.reached(LATER) == 100


def test_what_was_said_counts_a_moment_later() -> None:
    clocks = SourceClocks(["a"])
    heard(clocks, 0.0, a=100)
    assert clocks.reached(LATER / 2) == -1
    assert clocks.reached(LATER) == 100


def test_the_first_source_of_new_traffic_waits_for_the_others() -> None:
    clocks = SourceClocks(["a", "b"])
    heard(clocks, 0.0, a=10, b=10)
    at_its_end(clocks, 0.0, a=True, b=True)
    assert clocks.reached(LATER) == 10
    heard(clocks, 10.0, a=900)
    heard(clocks, 10.5, b=20)
    at_its_end(clocks, 10.6, b=False)
    assert clocks.reached(10.0 + LATER) == 10
    assert clocks.reached(10.5 + LATER) == 20


def test_it_never_goes_back() -> None:
    clocks = SourceClocks(["a"])
    heard(clocks, 0.0, a=100)
    assert clocks.reached(LATER) == 100
    heard(clocks, 5.0, b=5)
    assert clocks.reached(5.0 + LATER) == 100


def test_when_all_were_read_to_their_end_the_newest_counts() -> None:
    clocks = SourceClocks(["a", "b"])
    heard(clocks, 0.0, a=100, b=40)
    at_its_end(clocks, 0.0, a=True, b=True)
    assert clocks.reached(LATER) == 100
