"""Which objects a record is about."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("text", "written_by_a_client"),
    [
        ("I liked a @YouTube video https://youtu.be/a The old harbour at night", True),
        (
            "3 people followed me and 1 person unfollowed me // automatically checked by https://x.example",
            True,
        ),
        ("My week on the web: 3 mentions, 8 likes. See yours with https://x.example", True),
        ("I liked a video of the old harbour at night", False),
        ("They closed the old harbour https://x.example/a", False),
    ],
)
def test_what_an_application_posts_for_people_is_known_by_its_words(
    text: str, written_by_a_client: bool
) -> None:
    post = a_post(text, kind="post")
    assert sightings_of(post, own_words(text))[0].button == written_by_a_client


def test_a_bare_repost_keeps_the_exact_string_of_its_button() -> None:
    post = a_post("转发微博。//@u1:好")
    assert sightings_of(post, own_words(post.text))[0].bare == "转发微博。"


def test_what_a_long_text_says_is_not_remembered() -> None:
    _read.cache_clear()
    sightings_of(a_post(text="好" * POST_CHARACTERS), "好")
    assert _read.cache_info().currsize == 1
    sightings_of(a_post(text="差" * (POST_CHARACTERS + 1)), "差")
    assert _read.cache_info().currsize == 1
