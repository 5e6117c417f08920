"""SIGHUP exchanges the model between two batches, never within one, and stops nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence

import pytest

from monitor.commands.hangup import reloading_on_hangup, with_newest_model
from monitor.errors import ModelError
from monitor.scoring.port import NO_SENTIMENT, Sentiment
from monitor.scoring.reloading import ReloadableScorer


class Numbered:
    def __init__(self, number: int) -> None:
        self.model = f"model-{number}"

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        return [NO_SENTIMENT] * len(texts)


def one_after_the_other(good: int) -> ReloadableScorer:
    """A scorer whose file holds another model each time it is read, and after ``good`` of them none."""
    numbers = iter(range(1, good + 1))

    def load() -> Numbered:
        try:
            return Numbered(next(numbers))
        except StopIteration:
            raise ModelError("own.bin is damaged") from None

    return ReloadableScorer(load)


def hung_up_before_the_third() -> Iterator[int]:
    yield 1
    yield 2
    os.kill(os.getpid(), signal.SIGHUP)
    yield 3


def test_the_batch_after_a_hangup_is_scored_by_the_new_model() -> None:
    scorer = one_after_the_other(2)
    with reloading_on_hangup(scorer.request_reload):
        batches = with_newest_model(hung_up_before_the_third(), scorer, lambda _: None)
        assert [scorer.model for _ in batches] == ["model-1", "model-1", "model-2"]


def test_who_asks_is_told_the_new_models_name(capsys: pytest.CaptureFixture[str]) -> None:
    scorer = one_after_the_other(2)
    told: list[str] = []
    with reloading_on_hangup(scorer.request_reload):
        list(with_newest_model(hung_up_before_the_third(), scorer, told.append))
    assert told == ["model-2"]
    assert "scoring model is now model-2" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_leaves_the_old_model_at_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scorer = one_after_the_other(1)
    with reloading_on_hangup(scorer.request_reload):
        batches = with_newest_model(hung_up_before_the_third(), scorer, lambda _: None)
        assert [scorer.model for _ in batches] == ["model-1"] * 3
    assert "stays model-1: own.bin is damaged" in capsys.readouterr().err


def test_the_meaning_of_a_hangup_is_given_back() -> None:
    before = signal.getsignal(signal.SIGHUP)
    with reloading_on_hangup(one_after_the_other(1).request_reload):
        pass
    assert signal.getsignal(signal.SIGHUP) == before
