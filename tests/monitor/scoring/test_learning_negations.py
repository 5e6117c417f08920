"""What n-grams learn from negations of our own; needs the ``train`` extra."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.scoring.labelled import EVERY, Answer
from monitor.scoring.model import default_model
from monitor.scoring.ngrams import slots_of
from monitor.scoring.weights import UNIT, companded, squared, with_added

pytest.importorskip("scipy", reason="the train extra is not installed: scipy is missing")

from monitor.scoring.learning import target_of
from monitor.scoring.learning_negations import _negating_slots, learn_negations

HAPPY = 2


def test_only_ngrams_with_a_negation_inside_of_three_sentences_are_learnt() -> None:
    slots = _negating_slots(["我不支持", "他不支持", "都不支持", "不赞成", "也不赞成", "支持"])
    assert len(slots) > 0
    assert not np.isin(slots, slots_of(["支持", "我", "他", "赞成"]).slots).any()
    assert np.isin(slots, slots_of(["不支持"]).slots).all()


def test_the_labelled_texts_that_have_an_ngram_keep_it_from_being_unlearnt() -> None:
    good, bad = Answer(frozenset({"happy"}), EVERY), Answer(frozenset({"disapproval"}), EVERY)
    model = default_model()

    def happiness(labelled: int) -> float:
        texts = ["真不寻常"] * labelled + ["寻常"]
        target = target_of([good] * labelled + [bad])
        counts = np.ones(len(texts), dtype=np.float32)
        own = ["不寻常", "并不寻常", "也不寻常"]
        return float(
            learn_negations(model, texts, target, counts, own, target_of([bad] * 3))[1][:, HAPPY].sum()
        )

    assert happiness(50) > happiness(0)


def test_what_is_added_to_some_weights_leaves_all_others_what_they_are() -> None:
    weights = np.random.default_rng(5).normal(size=(50, 8)).astype(np.float32)
    stored, largest = companded(weights)
    rows, others = np.array([3, 7]), np.delete(np.arange(50), [3, 7])

    def with_(added: float) -> NDArray[np.float32]:
        changed, now = with_added(stored, largest, rows, np.full((2, 8), added, dtype=np.float32))
        assert (now <= 2.5 * largest).all()
        return squared(changed) * now / np.float32(UNIT)

    assert np.abs(with_(0)[others] - weights[others]).max() < 0.05
    assert np.abs(with_(99)[others] - weights[others]).max() < 0.07
    assert np.abs(with_(0.5)[rows] - weights[rows] - 0.5).max() < 0.07
    assert (with_(99)[rows] == 2.5 * largest).all()
