"""Boolean rules over keywords, hashtags and accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SettingsError
from monitor.scoring.watchlists import Watchlist, WatchlistMatcher, load_watchlists


def a_watchlist(name: str = "w", **terms: tuple[str, ...]) -> Watchlist:
    return Watchlist(name=name, title_zh="题", title_en="title", **terms)


def match(watchlist: Watchlist, text: str, accounts: tuple[str, ...] = ()) -> bool:
    return WatchlistMatcher([watchlist], {"sina_weibo:42": "sina_weibo:u42"}).match(text, accounts) == ("w",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("房价又涨了", True),
        ("ＰＭ２．５ 爆表", True),
        ("pm2.5", True),
        ("好天气", False),
        ("", False),
        ("转//@某人:房价", True),
    ],
)
def test_any_keyword_is_found_folded_and_along_the_chain(text: str, expected: bool) -> None:
    assert match(a_watchlist(any=("房价", "PM2.5")), text) is expected


@pytest.mark.parametrize("term", ["台湾", "臺灣", "台灣"])
def test_a_keyword_or_tag_is_the_same_word_in_either_script(term: str) -> None:
    for text in ("台湾的天气", "台灣的天氣", "臺灣的天氣"):
        assert match(a_watchlist(any=(term,)), text)
        assert match(a_watchlist(any=(f"#{term}",)), f"#{text[:2]}# 天气")
        assert not match(a_watchlist(any=("天气",), none=(term,)), text)
    assert not match(a_watchlist(any=(term,)), "北京的天氣")


def test_a_keyword_given_in_both_scripts_is_one() -> None:
    assert match(a_watchlist(all=("房价", "房價")), "房價")


@pytest.mark.parametrize(
    ("one", "other", "text"), [("台风", "臺風", "臺風来了"), ("干", "幹", "乾"), ("侭", "儘", "尽")]
)
def test_what_a_watchlist_finds_does_not_depend_on_the_words_of_others(
    one: str, other: str, text: str
) -> None:
    both = [a_watchlist("a", any=(one,)), a_watchlist("b", any=(other,))]
    for watchlists in (both, both[::-1]):
        together = WatchlistMatcher(watchlists, {}).match(text)
        alone = [watchlist.name for watchlist in watchlists if WatchlistMatcher([watchlist], {}).match(text)]
        assert list(together) == alone


@pytest.mark.parametrize("mark", ["@", "＠", "//@ "])
def test_no_keyword_is_found_in_a_pseudonym(mark: str) -> None:
    text = f"{mark}n0c31526c07ac033108bf 早上好"
    assert not match(a_watchlist(any=("315", "3d", "0c3")), text)
    assert match(a_watchlist(any=("315",)), text + "315晚会")
    assert match(a_watchlist(all=("早上",), none=("315",)), text)


def test_all_must_hold_and_none_must_not() -> None:
    watchlist = a_watchlist(any=("地铁", "公交"), all=("晚点",), none=("演习",))
    assert match(watchlist, "地铁又晚点")
    assert not match(watchlist, "地铁很快")
    assert not match(watchlist, "晚点")
    assert not match(watchlist, "公交晚点演习")


def test_overlapping_keywords_are_all_found() -> None:
    assert match(a_watchlist(all=("人民医院", "医院排队")), "人民医院排队")


def test_a_hashtag_term_is_no_keyword() -> None:
    watchlist = a_watchlist(any=("#限购#",))
    assert match(watchlist, "今天说说#限购#")
    assert not match(watchlist, "今天说说限购")


def test_an_account_term_finds_author_and_mention_by_what_stands_for_it() -> None:
    watchlist = a_watchlist(any=("@sina_weibo:42",))
    assert match(watchlist, "早安", ("sina_weibo:u42",))
    assert not match(watchlist, "早安", ("sina_weibo:42",))


def test_watchlists_come_in_the_order_of_the_file() -> None:
    lists = [a_watchlist("b", any=("房",)), a_watchlist("a", any=("房",))]
    assert WatchlistMatcher(lists, {}).match("房") == ("b", "a")


@given(
    st.lists(st.text("甲乙丙丁", min_size=1, max_size=3), min_size=1, max_size=6),
    st.text("甲乙丙丁 ", max_size=12),
)
def test_keywords_match_as_plain_search_would(keywords: list[str], text: str) -> None:
    assert match(a_watchlist(any=tuple(keywords)), text) is any(one in text for one in keywords)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[watchlist]\n", "not TOML"),
        (
            '[[watchlist]]\nname = "Housing"\ntitle_zh = ""\ntitle_en = ""\nany = ["x"]\n',
            "watchlist 'Housing': name: ",
        ),
        ('[[watchlists]]\nname = "w"\n', "unknown key watchlists; allowed here: watchlist$"),
        ("watchlist = 1\n", "Expected `array`, got `int`"),
        ("watchlist = [1]\n", "watchlist number 1: Expected `object`"),
        ('[[watchlist]]\nname = "w"\n', "watchlist 'w': Object missing required field `title_zh`"),
        ('[[watchlist]]\nname = "w"\ntitle_zh = ""\ntitle_en = ""\nany = [1]\n', "watchlist 'w': any: "),
        (
            '[[watchlist]]\nname = "w"\ntitle_zh = ""\ntitle_en = ""\nanyof = ["x"]\n',
            "'w': unknown key anyof; allowed here: name, .*any",
        ),
        ('[[watchlist]]\nname = "w"\ntitle_zh = ""\ntitle_en = ""\nnone = ["x"]\n', "match everything"),
        (
            '[[watchlist]]\nname = "all"\ntitle_zh = ""\ntitle_en = ""\nany = ["x"]\n',
            "stands for every record",
        ),
        ('[[watchlist]]\nname = "w"\ntitle_zh = ""\ntitle_en = ""\nany = ["@x"]\n', "@platform:id"),
        ('[[watchlist]]\nname = "w"\ntitle_zh = ""\ntitle_en = ""\nany = [" "]\n', "empty"),
        ('[[watchlist]]\nname = "w"\ntitle_zh = ""\ntitle_en = ""\nany = ["x"]\n' * 2, "there twice"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "watchlists.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(SettingsError, match=message):
        load_watchlists(path)
