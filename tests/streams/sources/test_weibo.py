"""The Sina Weibo API's objects as intake records."""

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceError
from monitor.records import Post, RecordDecoder, RejectedRecord
from streams.sources.formats import FORMATS, adapter
from streams.sources.weibo import Json, SinaWeiboApi

NOW = 1_400_000_000.0
USER: dict[str, Json] = {
    "id": 1404376560,
    "idstr": "1404376560",
    "screen_name": "测试用户",
    "name": "测试",
    "location": "北京 朝阳区",
    "followers_count": 1204,
    "friends_count": 447,
    "statuses_count": 2908,
    "created_at": "Fri Aug 28 00:00:00 +0800 2009",
    "verified": False,
    "verified_type": -1,
}


def a_status(**fields: Json) -> dict[str, Json]:
    status: dict[str, Json] = {
        "created_at": "Tue May 31 17:46:55 +0800 2011",
        "id": 11488058246,
        "idstr": "11488058246",
        "mid": "11488058246",
        "text": "求关注。",
        "source": '<a href="http://example.invalid/" rel="nofollow">新浪&amp;微博</a>',
        "reposts_count": 8,
        "comments_count": "9",
        "attitudes_count": -1,
        "user": USER,
    }
    return status | fields


def without(name: str) -> dict[str, Json]:
    return {key: value for key, value in a_status().items() if key != name}


def adapted(item: Json) -> list[Post]:
    decoder = RecordDecoder(frozenset({"sina_weibo"}))
    posts = []
    for record in SinaWeiboApi().records(json.dumps(item).encode()):
        assert isinstance(record, bytes), record
        post = decoder.decode(record, NOW)
        assert isinstance(post, Post), post
        posts.append(post)
    assert decoder.unknown_fields == 0
    return posts


def refused(raw: bytes) -> RejectedRecord:
    (answer,) = SinaWeiboApi().records(raw)
    assert isinstance(answer, RejectedRecord)
    return answer


def test_a_status_becomes_a_post() -> None:
    (post,) = adapted(a_status())
    assert (post.identity, post.kind, post.text, post.root_id) == (
        "sina_weibo:11488058246",
        "post",
        "求关注。",
        None,
    )


def test_the_api_s_time_keeps_its_moment_and_offset() -> None:
    (post,) = adapted(a_status())
    assert post.created_at.isoformat() == "2011-05-31T17:46:55+08:00"


def test_the_client_is_the_words_of_the_anchor() -> None:
    (post,) = adapted(a_status())
    assert post.source == "新浪&微博"


def test_counts_are_read_from_numbers_and_strings_and_left_out_where_unknown() -> None:
    (post,) = adapted(a_status())
    assert (post.reposts, post.comments, post.likes) == (8, 9, None)


def test_the_user_becomes_the_author() -> None:
    (post,) = adapted(a_status())
    author = post.author
    assert (author.id, author.name, author.followers, author.following, author.posts) == (
        "1404376560",
        "测试用户",
        1204,
        447,
        2908,
    )
    assert author.registered_at is not None


def test_a_repost_comes_after_its_root_s_own_record() -> None:
    posts = adapted(a_status(retweeted_status=a_status(idstr="77", text="原文")))
    assert [(post.kind, post.id, post.root_id) for post in posts] == [
        ("post", "77", None),
        ("repost", "11488058246", "77"),
    ]


def test_a_repost_of_a_deleted_status_keeps_its_root_s_id() -> None:
    gone: Json = {"idstr": "77", "deleted": "1", "text": "此微博已被删除"}
    assert [(post.kind, post.root_id) for post in adapted(a_status(retweeted_status=gone))] == [
        ("repost", "77")
    ]


def test_a_comment_comes_after_the_status_it_is_about() -> None:
    posts = adapted(a_status(status=a_status(idstr="77")))
    assert [(post.kind, post.root_id, post.parent_id) for post in posts] == [
        ("post", None, None),
        ("comment", "77", "77"),
    ]


def test_an_answer_to_a_comment_names_it_as_its_parent() -> None:
    posts = adapted(a_status(status=a_status(idstr="77"), reply_comment=a_status(idstr="88")))
    assert (posts[-1].root_id, posts[-1].parent_id) == ("77", "88")


def test_a_comment_on_a_repost_belongs_to_the_original_s_cascade() -> None:
    repost = a_status(idstr="80", retweeted_status=a_status(idstr="77"))
    posts = adapted(a_status(status=repost))
    assert [(post.id, post.kind, post.root_id, post.parent_id) for post in posts] == [
        ("77", "post", None, None),
        ("80", "repost", "77", "77"),
        ("11488058246", "comment", "77", "80"),
    ]


def test_a_long_text_replaces_the_cut_one() -> None:
    (post,) = adapted(a_status(isLongText=True, longText={"longTextContent": "全文" * 200}))
    assert post.text == "全文" * 200


@pytest.mark.parametrize("name", ["idstr", "mid"])
def test_a_status_is_known_by_whichever_id_there_is(name: str) -> None:
    (post,) = adapted(without(name))
    assert post.id == "11488058246"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (without("user"), "missing_field"),
        (a_status(user={}), "missing_field"),
        (without("text"), "missing_field"),
        (a_status(idstr=None, mid="", id=0), "missing_field"),
        (a_status(deleted="1"), "bad_value"),
        (a_status(created_at="2011-05-31"), "bad_time"),
        (a_status(created_at="Tue May 41 17:46:55 +0800 2011"), "bad_time"),
        (a_status(created_at=1306835215), "bad_time"),
        (a_status(retweeted_status="77"), "missing_root"),
        ([a_status()], "not_an_object"),
        (None, "not_an_object"),
    ],
)
def test_what_cannot_be_a_record_is_refused_with_a_reason_that_names_nobody(item: Json, reason: str) -> None:
    rejected = refused(json.dumps(item).encode())
    assert rejected.reason == reason
    assert not re.search(r"11488058246|1404376560|测试", rejected.sentence)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'"\xff"', "not_utf8"),
        (b"[" * 100_000, "nested_too_deep"),
        (b'"' + b"x" * 2_000_000 + b'"', "too_large"),
    ],
)
def test_bytes_that_are_no_object_are_refused_with_a_reason(raw: bytes, reason: str) -> None:
    assert refused(raw).reason == reason


def test_a_refusal_does_not_show_the_text() -> None:
    assert "求关注" not in refused(json.dumps(a_status(created_at="x")).encode()).sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(a_status())), inner),
    max_leaves=12,
)


@given(
    st.sampled_from([*a_status(), "status", "retweeted_status", "reply_comment", "longText", "deleted"]), JSON
)
def test_a_field_of_any_kind_is_a_record_or_a_refusal(name: str, value: Json) -> None:
    answers = SinaWeiboApi().records(json.dumps(a_status(**{name: value})).encode())
    assert answers
    assert all(isinstance(answer, RejectedRecord) or msgspec.json.decode(answer) for answer in answers)


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(raw: bytes) -> None:
    assert SinaWeiboApi().records(raw)


def test_each_format_has_an_adapter_of_its_name() -> None:
    assert [adapter(name).format for name in FORMATS] == ["record", "sina_weibo_api"]


def test_an_intake_record_passes_unchanged() -> None:
    assert list(adapter("record").records(b'{"id":"1"}')) == [b'{"id":"1"}']


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(SourceError, match="record, sina_weibo_api"):
        adapter("twitter")
