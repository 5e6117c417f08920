"""Organic opinion: one person one voice, campaigns out, with an interval that holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.campaigns.background import Background
from monitor.opinion.figures import Figure, Observation
from monitor.opinion.intervals import wilson
from monitor.opinion.organic import SETTLED_MS, Opinion, opinion
from monitor.presentation import organic_row, organic_sentence
from monitor.scoring.port import Label
from tests.testkit.organic_world import Place, a_world, by_detector, noticing


def written(figure: Figure, author: str, label: Label, times: int = 1, *, uncertain: bool = False) -> None:
    polarity = {"negative": -0.8, "neutral": 0.0, "positive": 0.8}[label]
    for _ in range(times):
        figure.add(Observation("sina_weibo", 0, author, "post", label, polarity, True, uncertain, None, ()))


def of(figure: Figure, reached: int = SETTLED_MS) -> Opinion:
    return opinion(figure, end=0, reached=reached)


def a_public(negative: int, positive: int) -> Figure:
    figure = Figure()
    for number in range(negative):
        written(figure, f"n{number}", "negative")
    for number in range(positive):
        written(figure, f"p{number}", "positive")
    return figure


def test_who_writes_much_has_one_voice() -> None:
    figure = a_public(20, 20)
    written(figure, "n0", "negative", times=500)
    found = of(figure)
    assert found.raw_negative == pytest.approx(520 / 540)
    assert found.negative is not None
    assert found.negative.value == pytest.approx(0.5)


def test_campaigns_are_taken_out_by_probability() -> None:
    figure = a_public(30, 30)
    for number in range(30):
        figure.weigh(f"p{number}", 1_000)
    found = of(figure)
    assert found.negative is not None
    assert found.negative.value == pytest.approx(1.0)
    assert found.people == pytest.approx(30)


def test_uncertain_texts_are_told_apart() -> None:
    figure = a_public(20, 20)
    for number in range(40):
        written(figure, f"u{number}", "negative", uncertain=True)
    found = of(figure)
    assert found.uncertain == pytest.approx(0.5)
    assert found.people == pytest.approx(40)


def test_few_people_say_too_little() -> None:
    found = of(a_public(5, 5))
    assert (found.negative, found.polarity) == (None, None)
    assert found.raw_negative == pytest.approx(0.5)
    assert organic_row(found)["enough"] is False
    assert "too few people" in organic_sentence(found)


def test_it_is_provisional_until_no_campaign_can_claim_the_window() -> None:
    assert of(a_public(20, 20), reached=SETTLED_MS - 1).provisional
    assert not of(a_public(20, 20)).provisional


@settings(max_examples=30, deadline=None)
@given(st.integers(10, 120), st.integers(10, 120))
def test_without_campaigns_it_is_the_share_of_people(negative: int, positive: int) -> None:
    found = of(a_public(negative, positive)).negative
    assert found is not None
    assert found.value == pytest.approx(negative / (negative + positive))
    assert found.low <= found.value <= found.high


def test_its_interval_holds_the_truth_where_campaigns_push_the_other_way() -> None:
    outcomes = [a_world(seed, noticing(0.9)) for seed in range(40)]
    held = raw = 0
    for one in outcomes:
        found = one.found.negative
        assert found is not None
        assert one.found.raw_negative is not None
        held += found.low <= one.truth <= found.high
        raw += abs(one.found.raw_negative - one.truth) > abs(found.value - one.truth)
    assert held >= 37
    assert raw >= 30


def test_where_nothing_is_noticed_a_small_campaign_may_still_be_hidden() -> None:
    found = of(a_public(100, 100)).negative
    assert found is not None
    low, high = wilson(0.5, 200)
    assert found.low == pytest.approx(low - 15 / 185 / 2)
    assert found.high == pytest.approx(high + 15 / 185 / 2)


def test_no_share_lies_beyond_what_a_share_can_be() -> None:
    figure = a_public(40, 0)
    for number in range(30):
        written(figure, f"x{number}", "positive")
        figure.weigh(f"x{number}", 950)
    found = of(figure).negative
    assert found is not None
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


@pytest.mark.parametrize("place", ["hashtag", "cascade", "nothing"])
def test_waves_after_waves_are_noticed_by_the_detector(place: Place) -> None:
    noticed = by_detector(Background.shipped())
    outcomes = [a_world(seed, noticed, campaign_part=0.5, place=place) for seed in range(3)]
    assert sum(one.found.campaigns for one in outcomes) > 0.8 * sum(one.campaign_part for one in outcomes)
