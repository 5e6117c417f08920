"""Every text has its n-grams, whatever stands beside it in the batch."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.scoring.characters import spelled
from monitor.scoring.ngrams import SLOTS, length_factors, located, slots_of

SENTENCES = st.lists(st.text(alphabet="好坏不是天气[]怒!? ab", max_size=30), min_size=1, max_size=6)


def slots_by_text(texts: list[str]) -> list[set[int]]:
    found = slots_of(texts)
    return [
        set(found.slots[found.starts[place] : found.starts[place + 1]].tolist())
        for place in range(len(texts))
    ]


@given(SENTENCES)
def test_a_text_has_the_same_slots_in_any_batch(texts: list[str]) -> None:
    assert slots_by_text(texts) == [slots_by_text([text])[0] for text in texts]


@given(SENTENCES)
def test_located_ngrams_are_those_counted(texts: list[str]) -> None:
    assert {ngram.slot for ngram in located(spelled(texts[:1]))} == slots_by_text(texts[:1])[0]


def test_a_repeated_ngram_counts_once() -> None:
    found = slots_of(["好好好"])
    assert len(found.slots) == len(set(found.slots.tolist()))


def test_slots_fit_their_number() -> None:
    assert slots_of(["今天天气真好" * 30]).slots.max() < SLOTS


def test_how_a_text_ends_is_a_sign_of_its_own() -> None:
    assert slots_by_text(["好不"]) != slots_by_text(["不好"])


def test_what_only_the_chain_says_is_context() -> None:
    found = slots_of(["好//@某人:坏"])
    alone = slots_by_text(["坏"])[0]
    context = set(found.slots[found.context].tolist())
    assert context & alone


def test_what_the_author_says_too_is_not_context() -> None:
    found = slots_of(["坏//@某人:坏"])
    single = next(ngram.slot for ngram in located(spelled(["坏"])) if ngram.length == 1)
    assert single not in set(found.slots[found.context].tolist())


def test_ngrams_of_longer_texts_weigh_less_each() -> None:
    short, long = length_factors(slots_of(["今天", "今天天气真好我们去公园走走吧"])).tolist()
    assert short > long


def test_no_texts_have_no_slots() -> None:
    assert np.array_equal(slots_of([]).starts, [0])
