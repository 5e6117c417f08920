"""What a post's text is made of."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import (
    clean,
    fold,
    half_width,
    hashtags,
    links,
    mentions,
    own_words,
    replace_mentions,
    search_stretches,
    signatures,
)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("说得对//@某人:原来的话//@他:再前面", "说得对"),
        ("//@某人:原来的话", ""),
        ("说得对 // @某人 原话", "说得对"),
        ("RT @someone: what they wrote", ""),
        ("so true RT @someone: what they wrote", "so true"),
        ("ALERT @someone what now", "ALERT what now"),
        ("@甲 @乙 看看这个", "看看这个"),
        ("@甲@乙", ""),
        ("好文章 http://t.cn/abc123", "好文章"),
        ("http://t.cn/abc123", ""),
        ("转发微博", ""),
        ("轉發微博。", ""),
        ("Repost", ""),
        ("", ""),
        ("   \n ", ""),
        ("不错（分享自 @某网）", "不错"),
        ("不错(来自某客户端)", "不错"),
        ("#话题#我也来说", "#话题#我也来说"),
        ("[怒][怒]", "[怒][怒]"),
        ("回复@某人:说得对", "说得对"),
        ("回覆 @某人： 说得对//@某人:原话", "说得对"),
        ("回复@甲:回复@乙:说得对", "说得对"),
        ("回复@某人:", ""),
        ("回复@某人:转发微博", ""),
        ("请回复@某人", "请回复"),
        ("转发微博！！！！！！！！！！！！！！！！！！！！！！！！", ""),
        ("转发微博，说得好", "转发微博，说得好"),
        ("@n0123456789abcdef0123.gov 的通知", ".gov 的通知"),
        ("@n0123456789abcdef0123政策太离谱了", "政策太离谱了"),
        ("@ガンダム太郎 你好", "你好"),
        ("@अमिताभ hi", "hi"),
    ],
)
def test_own_words_are_what_the_author_wrote(text: str, own: str) -> None:
    assert own_words(text) == own


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_of_the_chain_is_own(own: str, chain: str) -> None:
    assert own_words(f"{own}//@某人:{chain}") == own_words(f"{own}//@")


def test_hashtags_are_folded_and_come_once() -> None:
    assert hashtags("#限购#说 ＃ＰＭ２.5＃ 又#限购# #") == ["限购", "pm2.5"]


def test_what_stands_between_two_open_hashtags_is_no_hashtag() -> None:
    assert hashtags("#One of us said that #two are enough") == []
    assert hashtags("#限购 #，说#楼市#") == ["限购", "楼市"]


def test_links_come_once_without_the_text_behind_them() -> None:
    assert links("见http://t.cn/a1B，再见https://x.cn/p?q=1 http://t.cn/a1B") == [
        "http://t.cn/a1B",
        "https://x.cn/p?q=1",
    ]


def test_mentions_are_those_of_the_own_words() -> None:
    assert mentions("@甲 说@乙-2//@丙:@丁") == ["甲", "乙-2"]


def test_a_mention_ends_alike_whether_its_name_or_a_pseudonym_stands_there() -> None:
    """Else what is found in words would depend on who is a registered official."""
    for rest in (".gov 的通知", "'fix the fares", " 你好", "·二", ".a.b.c", "：好", "政策" * 30, "x" * 50):
        text = f"@云州发布{rest}"
        (name,) = mentions(text)
        replaced = replace_mentions(text, lambda _: "n0123456789abcdef0123")
        assert mentions(replaced) == ["n0123456789abcdef0123"]
        assert own_words(replaced) == own_words(text)
        assert len(name) <= 40


def test_a_name_is_whole_with_the_marks_of_its_script() -> None:
    for name in ("ガンダム太郎", "अमिताभ", "བོད་"[:3], "พิมพ์ใจ", "Jose\u0301"):
        assert mentions(f"@{name} 你好") == [name]


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0323\u0301", "\u05b0\u0301"])
def test_a_flood_of_marks_costs_no_time(marks: str) -> None:
    text = "a" + marks * 10_000
    began = time.process_time()
    assert len(half_width(text)) <= 31
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize("length", [0, 1, 29, 30, 31, 400])
def test_few_marks_stay_wherever_they_stand(length: int) -> None:
    marks = "\u0301" * min(length, 30)
    text = marks + "字" * 500 + "e" + marks + "字" + marks
    assert half_width(text) == unicodedata.normalize("NFKC", text)
    many = "\u0301" * length + "字" * 500
    assert half_width(many) == marks + "字" * 500


def test_replacing_mentions_keeps_everything_else() -> None:
    assert replace_mentions("@甲：好//@乙:嗯", lambda name: f"<{name}>") == "@<甲>：好//@<乙>:嗯"


def test_cleaning_takes_out_what_nobody_sees() -> None:
    assert clean("a\0b\u200bc\u202ed\ufeffe\tf\ng\u3000h😀") == "abcde\tf\ng\u3000h😀"


@given(st.text())
def test_cleaning_and_folding_again_change_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert fold(fold(text)) == fold(text)


_WIDE = st.text(
    st.sampled_from("，！？：；（）～…　＂％－＜＝＞［］ＡｂＺ０９ｶﾞﾊﾟ①㈱ﬁÅ好a1<=>. ")
    | st.characters(categories=("Mn", "Lo", "Po"))
)


@given(_WIDE)
def test_half_width_is_the_unicode_form(text: str) -> None:
    assert half_width(text) == unicodedata.normalize("NFKC", text)


@given(_WIDE)
def test_full_width_forms_of_ascii_are_searched_as_ascii(text: str) -> None:
    narrow = text.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    assert search_stretches(text) == search_stretches(narrow)


LONG = "这家店的东西质量真不错下次还会再来推荐给大家"


def test_short_texts_have_no_signature() -> None:
    assert signatures("太短了") == ()
    assert signatures("！！！！！！！！！！！！！！！！") == ()


def test_punctuation_and_width_do_not_tell_texts_apart() -> None:
    assert signatures(f"{LONG}！！！") == signatures(f"【{LONG}】。") == signatures(LONG) != ()


def test_near_equal_texts_mostly_meet_and_others_do_not() -> None:
    variants = [LONG[:at] + "呀" + LONG[at + 1 :] for at in range(len(LONG))]
    meeting = sum(not set(signatures(variant)).isdisjoint(signatures(LONG)) for variant in variants)
    assert meeting / len(variants) > 0.6
    others = [f"第{number}个人今天去了{number * 7}号楼办理{number * 3}项业务" for number in range(200)]
    assert all(set(signatures(other)).isdisjoint(signatures(LONG)) for other in others)
