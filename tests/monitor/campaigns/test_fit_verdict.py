"""The weights of the verdict are fitted: what the fit can and cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fit_verdict import IN_USE, NAMES, Examples, Floats, fit, probabilities, quality
from monitor.campaigns import verdict
from monitor.campaigns.signals.finding import Finding

TRUE = np.full(len(NAMES), 3.0)


def _drawn(weights: Floats, count: int = 4_000) -> Examples:
    """Examples whose truth is drawn by these weights."""
    chance = np.random.default_rng(5)
    values = chance.random((count, len(NAMES))) * (chance.random((count, len(NAMES))) < 0.2)
    data = Examples(chance.normal(1.0, 1.0, count), values, np.zeros(count))
    return Examples(data.odds, values, (chance.random(count) < probabilities(data, weights)).astype(float))


def test_weights_are_found_again() -> None:
    assert fit(_drawn(TRUE), np.ones(len(NAMES)), spread=10.0, cost=1.0) == pytest.approx(TRUE, abs=1.0)


def test_what_no_example_tells_stays_as_it_is() -> None:
    silent = Examples(np.zeros(8), np.zeros((8, len(NAMES))), np.ones(8))
    assert fit(silent, IN_USE, spread=1.0, cost=1.0) == pytest.approx(IN_USE)


def test_no_counter_signal_ever_speaks_for_a_campaign() -> None:
    wrong = _drawn(np.zeros(len(NAMES)))
    against = Examples(wrong.odds, wrong.values, (wrong.values[:, -1] > 0).astype(float))
    assert fit(against, IN_USE, spread=10.0, cost=1.0).min() >= 0.0


def test_fitted_weights_tell_better_than_wrong_ones() -> None:
    data = _drawn(TRUE)
    assert quality(data, fit(data, IN_USE, spread=10.0, cost=1.0), 1.0)[0] < quality(data, IN_USE, 1.0)[0]


def test_the_dearer_a_false_alarm_the_more_counter_signals_weigh() -> None:
    data = _drawn(TRUE)
    cheap, dear = (fit(data, np.ones(len(NAMES)), spread=10.0, cost=cost) for cost in (1.0, 10.0))
    assert dear.sum() > cheap.sum()


def test_the_fit_and_the_verdict_compute_the_same() -> None:
    main, support = [Finding("same_words", 0.8)], [Finding("rhythm", 0.9), Finding("alike_accounts", 0.9)]
    said = {"first_wave": 0.7, "breaking_news": 0.4}
    against = [Finding(name, value) for name, value in said.items()]
    values = np.array([[said.get(name, 0.0) for name in NAMES]])
    data = Examples(np.array([verdict.odds_for(main, support)]), values, np.zeros(1))
    assert probabilities(data, IN_USE)[0] == pytest.approx(verdict.score(main, support, against))
