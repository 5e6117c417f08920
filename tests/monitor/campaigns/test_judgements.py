"""Live precision by what people judged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.campaigns.judgements import Finding, Judgement, live_precision, wilson
from monitor.campaigns.port import Level


def judged(
    campaign: str, finding: Finding, *, at: int = 0, level: Level = "yellow", **signals: float
) -> Judgement:
    return Judgement(f"{campaign}@{at}", campaign, 1, finding, "", "li", at, level, 0.9, signals)


def test_the_last_judgement_of_a_campaign_holds() -> None:
    held = live_precision([judged("c1", "coordinated", at=1), judged("c1", "ordinary", at=2)]).overall
    assert (held.coordinated, held.judged) == (0, 1)


def test_who_cannot_tell_counts_for_neither() -> None:
    found = live_precision([judged("c1", "coordinated"), judged("c2", "cannot_tell")]).overall
    assert (found.share, found.undecided) == (1.0, 1)


def test_precision_is_by_level_and_by_signals_that_spoke() -> None:
    found = live_precision(
        [
            judged("c1", "coordinated", level="red", same_words=0.9, rush=0.1),
            judged("c2", "ordinary", level="blue", same_words=0.6),
        ]
    )
    assert found.by_level["red"].share == 1.0
    assert found.by_level["orange"].share is None
    assert (found.by_signal["same_words"].share, found.by_signal["rush"].judged) == (0.5, 0)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (1, 1, 0.2065, 1.0)],
)
def test_wilson_is_as_in_the_tables(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_interval_holds_the_share(counts: tuple[int, int]) -> None:
    successes, trials = counts
    interval = wilson(successes, trials)
    assert interval is not None
    assert 0.0 <= interval[0] <= successes / trials <= interval[1] <= 1.0


def test_nothing_judged_has_no_interval() -> None:
    assert wilson(0, 0) is None
