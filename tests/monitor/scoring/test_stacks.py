"""Stacked texts keep every place of every text, once, in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.scoring.stacks import stacks

LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=120)
BEHIND = -1


def columns(lengths: list[int], below: int) -> dict[int, list[int]]:
    """For each text the places that its stack has for it."""
    found: dict[int, list[int]] = {}
    starts = np.cumsum([0, *lengths], dtype=np.int64)
    for stack in stacks(starts[:-1], np.diff(starts), BEHIND, below=below):
        found |= dict(zip(stack.texts.tolist(), stack.places.T.tolist(), strict=True))
    return found


@given(LENGTHS, st.integers(0, 3))
def test_each_text_has_its_places_in_order(lengths: list[int], below: int) -> None:
    found = columns(lengths, below)
    kept = [place for text, length in enumerate(lengths) for place in found[text][:length]]
    assert kept == [*range(sum(lengths))]


@given(LENGTHS, st.integers(0, 3))
def test_below_a_text_there_is_nothing_of_its_neighbours(lengths: list[int], below: int) -> None:
    for text, places in columns(lengths, below).items():
        assert set(places[lengths[text] :]) <= {BEHIND}
        assert len(places) >= lengths[text] + below


def test_no_texts_make_no_stacks() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert list(stacks(nothing, nothing, BEHIND)) == []
