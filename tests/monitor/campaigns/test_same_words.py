"""One text from many accounts: how many it takes in which time."""

from __future__ import annotations

import msgspec
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


LONG = "昨天楼下新开的餐厅味道真的很好值得大家都去试一试"


def _found_under_a_hashtag(accounts: int, hours: float, ends: str) -> float:
    """The signal after so many original posts with one long text, each with one of these ends."""
    window = ObjectWindow("#餐厅")
    gap = round(hours * 3_600_000 / accounts)
    values = []
    for at in range(accounts):
        name = f"sina_weibo:post{at}"
        own = LONG + ends[at % len(ends)]
        post = msgspec.structs.replace(a_sighting(own=own, at=at * gap, record=name), cascade=name)
        newest = window.add(post, Background({}))
        assert newest is not None
        found = same_words.measure(window, newest)
        values.append(0.0 if found is None else found.value)
    return max(values)


def test_over_hours_texts_that_are_nearly_equal_tell_too_but_less() -> None:
    equal = _found_under_a_hashtag(12, 5, "啊")
    varied = _found_under_a_hashtag(12, 5, "啊吧呀呢哦哈嘛")
    assert equal > 0.5 > varied
    assert _found_under_a_hashtag(24, 5, "啊吧呀呢哦哈嘛") > 0.5
    assert _found_under_a_hashtag(9, 5, "啊吧呀呢哦哈嘛") < 0.3
