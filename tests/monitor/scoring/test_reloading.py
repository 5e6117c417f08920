"""A model is exchanged between batches, never within one, and a bad one is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.errors import ModelError
from monitor.scoring.port import NO_SENTIMENT, Sentiment
from monitor.scoring.reloading import ReloadableScorer


class Numbered:
    def __init__(self, number: int) -> None:
        self.model = f"model-{number}"

    def score(self, texts: Sequence[str]) -> list[Sentiment]:
        return [NO_SENTIMENT] * len(texts)


class Shelf:
    """Hands out the next model each time; after ``good`` of them it has none."""

    def __init__(self, good: int) -> None:
        self._good = good
        self._taken = 0

    def take(self) -> Numbered:
        self._taken += 1
        if self._taken > self._good:
            raise ModelError("the file is damaged")
        return Numbered(self._taken)


def test_nothing_changes_until_asked() -> None:
    scorer = ReloadableScorer(Shelf(2).take)
    assert not scorer.reload_if_requested()


def test_asking_alone_changes_nothing_yet() -> None:
    scorer = ReloadableScorer(Shelf(2).take)
    scorer.request_reload()
    assert scorer.model == "model-1"


def test_the_next_pause_exchanges_it() -> None:
    scorer = ReloadableScorer(Shelf(2).take)
    scorer.request_reload()
    assert scorer.reload_if_requested()
    assert scorer.model == "model-2"


def test_it_is_exchanged_once_for_each_request() -> None:
    scorer = ReloadableScorer(Shelf(2).take)
    scorer.request_reload()
    scorer.reload_if_requested()
    assert not scorer.reload_if_requested()


def test_a_damaged_model_leaves_the_old_one_in_use() -> None:
    scorer = ReloadableScorer(Shelf(1).take)
    scorer.request_reload()
    with pytest.raises(ModelError, match=r"stays model-1: the file is damaged"):
        scorer.reload_if_requested()
    assert scorer.model == "model-1"
