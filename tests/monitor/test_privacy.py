"""Nothing behind pseudonymising names a person."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.desk.officials import OfficialAccount, OfficialAccounts, load_officials
from monitor.errors import SettingsError
from monitor.privacy import Pseudonymizer, load_or_create_key, parse_key
from monitor.records import Post
from tests.testkit.records import a_line

KEY = bytes(range(32))
OFFICIALS = OfficialAccounts([OfficialAccount("sina_weibo", "42", "云州发布", "云州市")])


def a_post(**fields: object) -> Post:
    return msgspec.json.decode(a_line(**fields), type=Post)


def test_author_id_and_name_are_gone() -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(author={"id": "10086", "name": "张三"}))
    assert b"10086" not in msgspec.json.encode(applied)
    assert "张三" not in msgspec.json.encode(applied).decode()


def test_an_official_account_keeps_its_name() -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(
        a_post(author={"id": "42", "name": "old name"}, text="@云州发布 好")
    )
    assert (applied.author.id, applied.author.name, applied.text) == ("42", "云州发布", "@云州发布 好")


def test_an_official_id_of_another_platform_is_a_person() -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(platform="tencent_weibo", author="42"))
    assert applied.author.id != "42"


def test_mentions_along_the_chain_are_replaced_too() -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(text="说得对//@李四:同意//@王五：转 ＠赵六 a@b.com"))
    for name in ("李四", "王五", "赵六", "b.com"):
        assert f"@{name}" not in applied.text
    assert applied.text.startswith("说得对//@n")


@pytest.mark.parametrize(
    "text",
    [
        "转//@ 张三丰:好",
        "转||@ 张三丰 好",
        "@张\u0301三丰 好",
        "@张\ufe0f三丰 好",
        "@张\u034f三丰",
        "@张\U000e0041三丰",
    ],
)
def test_no_way_of_writing_a_mention_keeps_the_name(text: str) -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(text=text))
    assert "三丰" not in applied.text


def test_names_of_one_person_in_different_width_are_one_pseudonym() -> None:
    ours = Pseudonymizer(KEY, OFFICIALS)
    assert ours.name("sina_weibo", "ＡＢＣ") == ours.name("sina_weibo", "abc")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://weibo.com/n/%E5%BC%A0%E4%B8%89", "http://weibo.com/n/{u}"),
        ("http://weibo.com/u/1357903", "http://weibo.com/u/1357903"),
        ("http://weibo.com/p?uid=3&x=33", "http://weibo.com/p?uid={u}&x=33"),
        ("http://weibo.com/@张三", "http://weibo.com/@{u}"),
        ("http://weibo.com/n/张三;x=1", "http://weibo.com/n/{u};x=1"),
        ("http://weibo.com/n/张\u200b三", "http://weibo.com/n/{u}"),
    ],
)
def test_only_what_names_the_author_is_taken_out_of_the_url(url: str, kept: str) -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(author={"id": "3", "name": "张三"}, url=url))
    assert applied.url == kept.replace("{u}", applied.author.id)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://weibo.com/1234567/yABC", "http://weibo.com/{u}/yABC"),
        ("http://weibo.com/123\u200b4567/yABC", "http://weibo.com/{u}/yABC"),
        ("http://weibo.com/p/1005051234567/home", "http://weibo.com/p/100505{u}/home"),
        ("http://m.weibo.cn/9?containerid=1076031234567", "http://m.weibo.cn/9?containerid=107603{u}"),
        ("http://m.weibo.cn/9?id=1076031%3234567", "http://m.weibo.cn/9?id={u}"),
        ("http://weibo.com/1234568/yABC", "http://weibo.com/1234568/yABC"),
    ],
)
def test_the_author_is_taken_out_of_the_url(url: str, kept: str) -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(author="1234567", url=url))
    assert applied.url == kept.replace("{u}", applied.author.id)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://weibo.com/123/abc", "https://weibo.com/123/abc"),
        ("https://weibo.com/u/weibo", "https://weibo.com/u/{u}"),
        ("https://example.org/weibos/1", "https://example.org/weibos/1"),
    ],
)
def test_an_id_in_words_is_taken_out_only_where_it_stands_alone(url: str, kept: str) -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(author="weibo", url=url))
    assert applied.url == kept.replace("{u}", applied.author.id)


def test_the_same_person_has_one_pseudonym_per_platform_and_key() -> None:
    ours, other = Pseudonymizer(KEY, OFFICIALS), Pseudonymizer(KEY[::-1], OFFICIALS)
    mine = ours.author("sina_weibo", "7")
    assert mine == ours.author("sina_weibo", "7")
    assert len({mine, ours.author("tencent_weibo", "7"), other.author("sina_weibo", "7")}) == 3
    assert ours.name("sina_weibo", "7") != mine


def test_case_of_a_mentioned_name_does_not_matter() -> None:
    ours = Pseudonymizer(KEY, OFFICIALS)
    assert ours.name("sina_weibo", "Ann") == ours.name("sina_weibo", "ann")


@given(st.text(max_size=80))
def test_no_text_keeps_a_mentioned_name(rest: str) -> None:
    applied = Pseudonymizer(KEY, OFFICIALS).apply(a_post(text=f"{rest} @无名氏某某 {rest}"))
    assert "无名氏某某" not in applied.text


def test_the_key_is_made_once_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    made = load_or_create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(path) == made


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(SettingsError, match=r"644.*chmod 600"):
        load_or_create_key(path)


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "00" * 31, "00" * 33])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="64 hexadecimal digits"):
        parse_key(text, "privacy.pseudonym_key")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1 must be the header"),
        ("id,name\n", "line 1 must be the header"),
        ("platform,id,name,agency\nsina_weibo,1,发布\n", "line 2 needs"),
        ("platform,id,name,agency\nsina_weibo,1, ,局\n", "line 2 needs"),
        ("platform,id,name,agency\nsina_weibo,1,a,b\nsina_weibo,1,c,d\n", "line 3 repeats"),
    ],
)
def test_a_broken_register_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "officials.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(SettingsError, match=message):
        load_officials(path)
