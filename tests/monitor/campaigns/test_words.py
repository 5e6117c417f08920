"""How texts are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from monitor.campaigns.words import overlap, read, signatures, telling

NOTHING: frozenset[int] = frozenset()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("这款面膜真的很好用！", "这款面膜，真的很好用[good]"),
        ("Works BETTER than before", "works better than before!!"),
        ("#推荐#这款面膜真的很好用", "这款面膜真的很好用"),
        ("哈哈哈哈哈哈哈太好笑了", "哈哈哈太好笑了"),
    ],
)
def test_dress_does_not_tell_texts_apart(one: str, other: str) -> None:
    assert read(one).key == read(other).key


def test_emoticons_alone_are_compared_but_weigh_nothing() -> None:
    assert read("[good][good]").key != read("[怒]").key
    assert read("[good][good]").size == 0


def test_a_word_of_a_spaced_script_weighs_like_two_characters() -> None:
    assert read("очень хорошо").size == read("非常好的").size


@given(some.text(max_size=300))
def test_every_text_can_be_read(text: str) -> None:
    words = read(text)
    assert words.size >= 0
    assert words.key == read(text).key


@given(some.text(max_size=60), some.text(max_size=60))
def test_overlap_is_symmetric_and_at_most_one(one: str, other: str) -> None:
    grams, others = read(one).grams, read(other).grams
    assert overlap(grams, others) == overlap(others, grams)
    assert 0.0 <= overlap(grams, others)[1] <= 1.0 + 1e-9


def test_a_paraphrase_shares_a_signature_with_its_text() -> None:
    text = "这款新出的面膜真的特别好用大家都应该去买来试一试"
    near = "这款新出的面膜真的非常好用大家都应该去买来试一试"
    assert set(signatures(read(text), NOTHING)) & set(signatures(read(near), NOTHING))


def test_a_short_text_has_no_signature() -> None:
    assert signatures(read("支持"), NOTHING) == ()


def test_texts_do_not_meet_under_what_everybody_says() -> None:
    text, other = "今天我们去看了柏临河边的龙舟", "今天我们在家里学做琛筠面条"
    usual = read("今天我们").grams
    for salt_sees_them_first in (NOTHING, read(text).grams - usual):
        assert telling(read(text).grams, usual | salt_sees_them_first)
    met = set(signatures(read(text), usual)) & set(signatures(read(other), usual))
    assert not met
    assert telling(read(text).grams, usual) == read(text).grams - usual


def test_a_text_of_usual_grams_alone_is_told_by_them() -> None:
    grams = read("今天我们去看了").grams
    assert telling(grams, grams) == grams
