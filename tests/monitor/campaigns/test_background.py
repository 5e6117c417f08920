"""The model of ordinary phrases."""

from __future__ import annotations

import pytest

from monitor.campaigns.background import Background
from monitor.campaigns.words import read
from monitor.errors import ModelError


def test_a_long_text_nobody_says_is_rare() -> None:
    assert Background({}).rarity(read("柏临的面膜好得出奇谁用谁知道")) == 1.0


def test_a_phrase_of_ordinary_talk_is_not() -> None:
    words = read("真的假的怎么可能呢")
    assert Background({words.key: 4}).rarity(words) < 0.1


def test_the_shipped_model_knows_what_everybody_says() -> None:
    background = Background.shipped()
    assert background.rarity(read("真的假的")) < 0.05
    assert background.rarity(read("柏临的面膜好得出奇谁用谁知道")) == 1.0


def test_the_shipped_model_knows_which_grams_everybody_has() -> None:
    usual = Background.shipped().usual
    assert read("我们").grams <= usual
    assert not read("柏临的面膜好得出奇").grams & usual - read("的").grams
    assert 300 < len(usual) < 1_000


def test_a_model_is_read_as_it_was_written() -> None:
    texts = ("真的假的", "不会吧不会吧", "good morning all")
    background = Background({read(text).key: 2 for text in texts}, read("真的假的").grams)
    again = Background.from_bytes(background.to_bytes())
    assert again.to_bytes() == background.to_bytes()
    assert again.usual == background.usual == read("真的假的").grams
    assert again.rarity(read("不会吧不会吧")) == background.rarity(read("不会吧不会吧"))


@pytest.mark.parametrize(
    "broken", [b"", b"OMBG\x01\0\0\0\0", b"OMBG\x02\0\0\0\x05abc", b"OMBG\x02\0\0\0\0\0\0\0\x01"]
)
def test_what_is_no_model_is_refused(broken: bytes) -> None:
    with pytest.raises(ModelError):
        Background.from_bytes(broken)
