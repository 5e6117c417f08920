"""Filters by look-up answer as filters by multiplication would, and no text hears its neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.scoring.characters import spelled
from monitor.scoring.feelings import FEELINGS, Floats
from monitor.scoring.filters import FILTER_INPUT, FIRST_KNOWN, UNKNOWN, Filters, Network

WIDTHS = (1, 2, 4)
NUMBER = 3
KNOWN = np.array(sorted(map(ord, "好坏不是天气!")), dtype=np.int32)


def a_network(seed: int) -> Network:
    random = np.random.default_rng(seed)

    def drawn(*shape: int) -> Floats:
        return random.normal(0, 0.3, shape).astype(np.float32)

    embedding = drawn(FIRST_KNOWN + len(KNOWN), FILTER_INPUT)
    embedding[0] = 0
    filters = {width: (drawn(width * FILTER_INPUT, NUMBER), drawn(NUMBER)) for width in WIDTHS}
    return Network(embedding, filters, drawn(NUMBER * len(WIDTHS), len(FEELINGS)), drawn(len(FEELINGS)))


def multiplied(network: Network, text: str) -> Floats:
    rows = [
        FIRST_KNOWN + int(np.flatnonzero(code == KNOWN)[0]) if code in KNOWN else UNKNOWN
        for code in spelled([text]).tolist()
    ]
    strongest = []
    for width, (weights, bias) in network.filters.items():
        padded = network.embedding[rows + [0] * (width - 1)]
        answers = [padded[at : at + width].ravel() @ weights + bias for at in range(len(rows))]
        strongest.append(np.maximum(np.max(answers, axis=0), 0))
    logits: Floats = np.concatenate(strongest) @ network.output + network.offsets
    return logits


@pytest.mark.parametrize("text", ["好", "天气不好!", "坏坏坏是不是", "没有学过的字", ""])
def test_looking_up_is_multiplying(text: str) -> None:
    network = a_network(1)
    found = Filters(KNOWN, [network]).logits(spelled([text]), 1)[0]
    assert found == pytest.approx(multiplied(network, text), abs=0.1)


def test_several_networks_are_their_mean() -> None:
    one, other = a_network(1), a_network(2)
    codes = spelled(["天气不好!"])
    mean = (Filters(KNOWN, [one]).logits(codes, 1) + Filters(KNOWN, [other]).logits(codes, 1)) / 2
    assert Filters(KNOWN, [one, other]).logits(codes, 1)[0] == pytest.approx(mean[0], abs=1e-4)


@pytest.mark.parametrize("bias", [-9.0, 9.0])
def test_filters_that_never_answer_and_that_always_do_are_no_exception(bias: float) -> None:
    network = a_network(1)
    for width, (weights, offsets) in network.filters.items():
        network.filters[width] = weights, np.full_like(offsets, bias)
    found = Filters(KNOWN, [network]).logits(spelled(["天气不好!"]), 1)[0]
    assert found == pytest.approx(multiplied(network, "天气不好!"), abs=0.1)


SHARED = Filters(KNOWN, [a_network(seed) for seed in range(3)])


@given(st.lists(st.text(alphabet="好坏不是天气!", max_size=6), min_size=1, max_size=60))
def test_no_text_hears_its_neighbours(texts: list[str]) -> None:
    together = SHARED.logits(spelled(texts), len(texts))
    alone = [SHARED.logits(spelled([text]), 1)[0].tolist() for text in texts]
    assert together.tolist() == alone


def test_no_texts_have_no_log_odds() -> None:
    assert SHARED.logits(spelled([]), 0).shape == (0, len(FEELINGS))
