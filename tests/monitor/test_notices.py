"""What people are told: clean sentences, the gravest first, never longer than a channel takes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts.notices import Message, cleaned, composed, fitted, shortened
from monitor.language import LANGUAGES
from tests.testkit.alerts import a_notice

PSEUDONYM = "u" + "0123456789abcdef0123"
OBJECTS = (
    "https://example.org/1", "www.example.org/x", "link:http://t.cn/abc", f"account:sina_weibo:{PSEUDONYM}",
    PSEUDONYM, "text:00ff00ff", "sina_weibo:3384950021", "t.cn/ab12cd", "weibo.com/3384950021",
    "Example.ORG/x", "weibo.com", "Example.COM", "m.example.org:80/x?u=3384950021",
)  # fmt: skip
FRAMES = ("84 个账号在 {} 等 3 个对象 发布", "84 accounts on {} and 2 more", "在{}，", "“{}”。")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("thing", OBJECTS)
def test_no_address_account_text_or_post_leaves_the_house(language: str, frame: str, thing: str) -> None:
    sentence = cleaned(frame.format(thing), "zh" if language == "zh" else "en")
    assert not any(
        part in sentence for part in (thing, "example.org", "t.cn", PSEUDONYM, "3384950021", "00ff")
    )


def test_times_hashtags_and_platforms_stay() -> None:
    sentence = (
        "Housing on sina_weibo: #学区房# since 2011-12-05T20:10:00+08:00, level orange. 3.5 kg, 1.5亿。"
    )
    assert cleaned(sentence, "en") == sentence
    for name in ("Node.js", "Dr.Wang", "“J.K.Rowling”", "St.Regis酒店"):
        assert cleaned(f"Talk about {name} rose.", "en") == f"Talk about {name} rose."


@given(st.text(max_size=60))
def test_no_hashtag_can_call_people_or_lead_elsewhere(tag: str) -> None:
    assert not set(cleaned(f"在 #{tag}# 发布", "zh")) & set("<>[]*`\r\n")


def test_what_goes_on_comes_before_what_is_over_and_the_gravest_first() -> None:
    over = a_notice("red", state="resolved", key="r", en="over.")
    notices = [over, a_notice("blue", en="blue."), a_notice("red", en="red.")]
    made = composed(notices, "en")
    assert made.items == ("red.", "blue.", "over.")
    assert (made.level, made.title) == ("red", "[red, I] Housing: 3 alerts")


def test_a_message_of_what_is_over_says_so_and_has_no_level() -> None:
    made = composed([a_notice("red", state="resolved")], "zh")
    assert (made.level, made.title) == (None, "【已解除】住房：愤怒情绪升温（解除）")


def test_a_notice_that_may_have_been_told_says_so() -> None:
    (item,) = composed([a_notice(repeated=True)], "zh").items
    assert item.endswith("本条可能是重复通知：上次发送后未能得到确认。")


def test_more_changes_than_alerts_are_in_the_title() -> None:
    notices = [a_notice("red", heat=4), a_notice("blue", key="b")]
    assert composed(notices, "en").title == "[red, I] Housing: 2 alerts, 5 changes"
    assert composed(notices, "zh").title == "【红色 I 级】住房：2 项警情，5 次变化"


def test_campaigns_about_a_subject_are_said_once_in_a_message() -> None:
    notices = [a_notice(level, key=level, campaigns=1, campaign_level="red") for level in ("red", "blue")]
    first, second = composed(notices, "zh").items
    assert first.endswith("同一话题正有 1 起疑似水军活动（红色 I 级）。")
    assert "疑似水军活动" not in second


def test_heat_is_said() -> None:
    (item,) = composed([a_notice(heat=4)], "en").items
    assert item.endswith("4 events since the last message.")


@given(
    st.lists(st.text(alphabet="房价。，a b.", min_size=1, max_size=400), min_size=1, max_size=30),
    st.integers(300, 4_000),
)
@settings(max_examples=40, deadline=None)
def test_a_message_always_fits_and_says_what_is_left_out(sentences: list[str], limit: int) -> None:
    notices = [a_notice("blue", key=str(number), zh=text) for number, text in enumerate(sentences)]
    whole = composed(notices, "zh")
    shown = msgspec.json.decode(fitted(whole, msgspec.json.encode, limit), type=Message)
    assert len(msgspec.json.encode(shown)) <= limit
    assert len(shown.items) + shown.hidden == len(sentences)
    assert (shown.more == "") == (shown.hidden == 0)


def test_a_text_is_cut_after_a_sentence() -> None:
    assert shortened("第一句。第二句。第三句") == "第一句。第二句。…"
    assert shortened("One 0.95 of it. Two. Three") == "One 0.95 of it. Two.…"


@given(st.text(min_size=2, max_size=200))
def test_cutting_ends(text: str) -> None:
    for _ in range(400):
        text = shortened(text)
    assert not text


def test_of_an_incident_that_waited_only_the_newest_is_said() -> None:
    opened = a_notice("red", key="1", incident="i", at=1_000, state="opened")
    over = a_notice("red", key="2", incident="i", at=2_000, state="resolved")
    other = a_notice("blue", key="3", incident="j", at=1_500, state="opened")
    message = composed([opened, over], "en")
    assert (message.level, len(message.items), message.heat, message.keys) == (None, 1, 2, ("1", "2"))
    assert composed([over, opened], "en").level is None
    both = composed([opened, over, other], "en")
    assert (both.level, len(both.items), both.heat) == ("blue", 2, 3)
