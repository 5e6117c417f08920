"""A name alone hardly moves the score."""

from __future__ import annotations

import pytest

from monitor.scoring.fairness import NAMES_OF_A_KIND, NameSwap, name_swap
from monitor.scoring.model import default_model
from monitor.scoring.names import NAME, listed_names, masked


@pytest.fixture(scope="module")
def swap() -> NameSwap:
    return name_swap(default_model())


def test_there_are_two_hundred_sentences(swap: NameSwap) -> None:
    assert swap.sentences == 200


def test_a_listed_name_does_not_move_it(swap: NameSwap) -> None:
    assert swap.listed <= 0.15


def test_a_name_never_listed_moves_it_little(swap: NameSwap) -> None:
    assert swap.unlisted <= 0.25


@pytest.mark.parametrize("kind", ["places", "platforms", "agencies", "people"])
def test_every_kind_has_names_enough(kind: str) -> None:
    assert len(set(listed_names()[kind])) >= NAMES_OF_A_KIND - 20


def test_the_longest_name_is_masked() -> None:
    assert masked("新浪微博不错") == f"{chr(NAME)}不错"


def test_a_text_without_names_stays() -> None:
    assert masked("今天不错") == "今天不错"
