"""Decoding and validating: an answer for everything that can arrive."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.records import MAX_RECORD_BYTES, Post, RecordDecoder, RejectedRecord
from tests.testkit.records import a_line, a_record

NOW = 1_900_000_000.0


@pytest.fixture
def decoder() -> RecordDecoder:
    return RecordDecoder(frozenset({"sina_weibo", "tencent_weibo"}))


def reason(decoder: RecordDecoder, raw: bytes, now: float = NOW) -> str:
    answer = decoder.decode(raw, now)
    assert isinstance(answer, RejectedRecord), answer
    assert answer.sentence
    return answer.reason


def test_a_full_record_is_decoded(decoder: RecordDecoder) -> None:
    author = {
        "id": "7",
        "name": "某人",
        "verified": True,
        "verified_type": 0,
        "followers": 3,
        "following": 4,
        "posts": 5,
        "location": "北京",
        "registered_at": "2010-01-01T00:00:00+08:00",
    }
    post = decoder.decode(a_line(author=author, likes=3, url="http://weibo.com/7/1", source="微博"), NOW)
    assert isinstance(post, Post)
    assert (post.author.followers, post.likes, post.source) == (3, 3, "微博")
    assert post.identity == post.cascade == f"sina_weibo:{post.id}"


def test_a_repost_hangs_on_its_root(decoder: RecordDecoder) -> None:
    post = decoder.decode(a_line(kind="repost", root_id="top"), NOW)
    assert isinstance(post, Post)
    assert post.cascade == "sina_weibo:top"


def test_an_empty_text_is_a_record(decoder: RecordDecoder) -> None:
    assert isinstance(decoder.decode(a_line(text=""), NOW), Post)


@pytest.mark.parametrize("field", ["id", "platform", "kind", "author", "text", "created_at"])
def test_a_missing_field_is_named(decoder: RecordDecoder, field: str) -> None:
    answer = decoder.decode(a_line(**{field: None}), NOW)
    assert isinstance(answer, RejectedRecord)
    assert (answer.reason, f"`{field}`" in answer.sentence) == ("missing_field", True)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": 7}, "wrong_type"),
        ({"id": ""}, "bad_value"),
        ({"id": "x" * 129}, "bad_value"),
        ({"id": "two words"}, "bad_identifier"),
        ({"id": "nul\0"}, "bad_identifier"),
        ({"id": "bidi\u202e"}, "bad_identifier"),
        ({"author": "line\nbreak"}, "bad_identifier"),
        ({"root_id": "zero\u200bwidth"}, "bad_identifier"),
        ({"author": {}}, "missing_field"),
        ({"author": ["x"]}, "wrong_type"),
        ({"platform": "elsewhere"}, "unknown_platform"),
        ({"kind": "tweet"}, "unknown_kind"),
        ({"kind": None}, "missing_field"),
        ({"kind": "repost"}, "missing_root"),
        ({"kind": "comment"}, "missing_root"),
        ({"text": "字" * 20_001}, "text_too_long"),
        ({"text": 5}, "wrong_type"),
        ({"likes": -1}, "bad_value"),
        ({"likes": 10**30}, "bad_value"),
        ({"likes": 1.5}, "wrong_type"),
        ({"created_at": "yesterday"}, "bad_time"),
        ({"created_at": "2011-12-05T10:00:00"}, "bad_time"),
        ({"created_at": 1_323_050_400}, "bad_time"),
        ({"created_at": "1989-12-31T23:59:59+00:00"}, "time_too_early"),
        ({"created_at": "9999-12-31T23:59:59-12:00"}, "time_in_future"),
        ({"author": {"id": "a", "registered_at": "once"}}, "bad_time"),
    ],
)
def test_a_bad_field_has_its_reason(decoder: RecordDecoder, fields: dict[str, object], expected: str) -> None:
    assert reason(decoder, a_line(**fields)) == expected


def test_ten_minutes_ahead_of_the_clock_is_allowed_and_no_more(decoder: RecordDecoder) -> None:
    raw = a_line(created_at="2011-12-05T10:00:00+08:00")
    moment = 1_323_050_400.0
    assert isinstance(decoder.decode(raw, moment - 600), Post)
    assert reason(decoder, raw, moment - 601) == "time_in_future"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "not_json"),
        (b"   ", "not_json"),
        (b"\0\0\0", "not_json"),
        (b"{", "not_json"),
        (b"null", "not_an_object"),
        (b"[1]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"\xff\xfe{}", "not_utf8"),
        (b"\xef\xbb\xbf" + a_line(), "not_json"),
        (a_line() + b"trailing", "not_json"),
        (a_line()[:-9], "not_json"),
        (a_line(text="X").replace(b'"X"', b'"\\ud800"'), "not_json"),
        (a_line(text="X").replace(b'"X"', b'"\xe4\xb8"'), "not_utf8"),
        (a_line()[:-1] + b',"likes":NaN}', "not_json"),
        (a_line()[:-1] + b',"likes":1e999}', "bad_value"),
        (a_line()[:-1] + b',"bomb":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested_too_deep"),
        (a_line()[:-1] + b',"bomb":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "nested_too_deep"),
        (b"x" * (MAX_RECORD_BYTES + 1), "too_large"),
        (a_line(text="字" * 333_333), "text_too_long"),
    ],
)
def test_bytes_that_are_no_record_have_their_reason(
    decoder: RecordDecoder, raw: bytes, expected: str
) -> None:
    assert reason(decoder, raw) == expected


def test_of_a_key_given_twice_the_last_counts(decoder: RecordDecoder) -> None:
    post = decoder.decode(a_line(text="first")[:-1] + b',"text":"second"}', NOW)
    assert isinstance(post, Post)
    assert post.text == "second"


def test_unknown_fields_are_left_out_and_counted(decoder: RecordDecoder) -> None:
    raw = a_line(author={"id": "a", "gender": "f"}, geo={"lat": 1}, mood="good")
    assert isinstance(decoder.decode(raw, NOW), Post)
    assert decoder.unknown_fields == 3


def test_no_sentence_quotes_the_record(decoder: RecordDecoder) -> None:
    secret = "无人知晓的话"
    for fields in ({"kind": secret}, {"text": [secret]}, {"created_at": secret}, {"likes": secret}):
        answer = decoder.decode(a_line(**fields), NOW)
        assert isinstance(answer, RejectedRecord)
        assert secret not in answer.sentence


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(raw: bytes) -> None:
    answer = RecordDecoder(frozenset({"sina_weibo"})).decode(raw, NOW)
    assert isinstance(answer, RejectedRecord)


@given(st.sampled_from(sorted(a_record())), json_values)
def test_any_value_in_any_field_gets_an_answer(field: str, value: object) -> None:
    raw = msgspec.json.encode(a_record() | {field: value})
    answer = RecordDecoder(frozenset({"sina_weibo"})).decode(raw, NOW)
    assert isinstance(answer, (Post, RejectedRecord))
