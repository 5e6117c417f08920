"""Which objects a record is about."""

from __future__ import annotations

from monitor.campaigns.sightings import MAX_SIGHTINGS, _read, sightings_of
from monitor.text import POST_CHARACTERS, own_words
from tests.testkit.sightings import a_post


def _objects(text: str, kind: str = "repost") -> list[str]:
    post = a_post(text, kind=kind)
    return [sighting.object for sighting in sightings_of(post, own_words(text))]


def test_an_empty_repost_is_seen_from_its_cascade_only() -> None:
    assert _objects("转发微博") == ["sina_weibo:root"]


def test_an_original_post_is_its_own_cascade() -> None:
    assert _objects("早安", kind="post") == ["sina_weibo:1"]


def test_long_own_words_have_two_text_objects() -> None:
    objects = _objects("今天的天气真的很好我们一起去公园吧")
    assert [name.partition(":")[0] for name in objects] == ["sina_weibo", "text", "text"]


def test_hashtags_of_both_ways_of_writing_are_objects() -> None:
    assert "#加油" in _objects("#加油# 你好")
    assert "#vote" in _objects("go #Vote now")


def test_a_link_is_seen_without_scheme_and_query() -> None:
    assert "link:example.org/a" in _objects("看 https://www.example.org/a/?utm=1")


def test_a_mention_along_the_repost_chain_is_no_object() -> None:
    assert _objects("好//@u1:嗯") == ["sina_weibo:root"]


def test_what_a_post_passes_on_is_no_text_of_its_author() -> None:
    passed_on = "RT @someone: a sentence that hundreds pass on as it is https://news.example/1 #tag"
    assert _objects(passed_on, kind="post") == ["sina_weibo:1"]


def test_at_most_six_objects() -> None:
    tags = "".join(f"#标签{at}#" for at in range(9))
    assert len(_objects("今天的天气真的很好我们一起去公园吧 @a @b @c @d" + tags)) == MAX_SIGHTINGS


def test_a_bare_repost_keeps_the_exact_string_of_its_button() -> None:
    post = a_post("转发微博。//@u1:好")
    assert sightings_of(post, own_words(post.text))[0].bare == "转发微博。"


def test_what_a_long_text_says_is_not_remembered() -> None:
    _read.cache_clear()
    sightings_of(a_post(text="好" * POST_CHARACTERS), "好")
    assert _read.cache_info().currsize == 1
    sightings_of(a_post(text="差" * (POST_CHARACTERS + 1)), "差")
    assert _read.cache_info().currsize == 1
