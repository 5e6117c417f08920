"""One text from many accounts: how many it takes in which time."""

from __future__ import annotations

import pytest

from monitor.campaigns.background import Background
from monitor.campaigns.signals import same_words
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.window import ObjectWindow
from tests.testkit.sightings import a_sighting

TEXT = "这款面膜真的特别好用推荐给大家"


def _found(accounts: int, minutes: float) -> Finding:
    """The signal after so many copies, evenly over so many minutes."""
    window = ObjectWindow("sina_weibo:root", is_cascade=True)
    gap = round(minutes * 60_000 / accounts)
    newest = None
    for at in range(accounts):
        newest = window.add(a_sighting(own=TEXT, at=at * gap), Background({}))
    assert newest is not None
    found = same_words.measure(window, newest)
    assert found is not None
    return found


@pytest.mark.parametrize(("accounts", "minutes"), [(9, 1.5), (10, 9), (12, 28), (14, 55)])
def test_fewer_accounts_suffice_in_less_time(accounts: int, minutes: float) -> None:
    assert _found(accounts, minutes).value > 0.5


@pytest.mark.parametrize(("accounts", "minutes"), [(5, 1.5), (5, 9), (7, 28), (8, 55)])
def test_a_few_copies_are_not_enough(accounts: int, minutes: float) -> None:
    assert _found(accounts, minutes).value < 0.5


def test_the_evidence_names_the_span_that_tells_most() -> None:
    assert _found(20, 1.5).figures == (20, 2)
