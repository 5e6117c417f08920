"""What speaks against a campaign: crowds under a hashtag, and readers with the same question."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest

from monitor.campaigns import against
from monitor.campaigns.background import Background
from monitor.campaigns.lexicon import SHIPPED
from monitor.campaigns.port import Sighting
from monitor.campaigns.window import ObjectWindow, Seen
from tests.testkit.sightings import a_sighting

LINE = "走过的路都长成了树结满了想念"
BACKGROUND = Background({})


def _own(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(0x4E00, 0x5600)) for _ in range(12))


def _value(name: str, window: ObjectWindow, members: list[Seen]) -> float:
    found = {one.name: one.value for one in against.measure(window, members, SHIPPED)}
    return found.get(name, 0.0)


def _under(target: str, talk: Sequence[Sighting]) -> tuple[ObjectWindow, list[Seen]]:
    """The window of an object, and the records in its largest group."""
    window = ObjectWindow(target, is_cascade=not target.startswith("#"))
    for one in talk:
        window.add(one, BACKGROUND)
    return window, max(window.groups.values(), key=lambda group: len(group.seen)).seen


def _post(own: str, at: int) -> Sighting:
    """An original post under the hashtag."""
    post = a_sighting(own=f"#夜#{own}", at=at, object="#夜")
    return msgspec.structs.replace(post, cascade=post.record)


def _lines(count: int, start: int, gap: int) -> list[Sighting]:
    return [_post(LINE, start + at * gap) for at in range(count)]


def _voices(count: int, start: int, gap: int) -> list[Sighting]:
    chance = random.Random(7)
    return [_post(_own(chance), start + at * gap) for at in range(count)]


def _crowd_value(talk: list[Sighting]) -> float:
    window, members = _under("#夜", sorted(talk, key=lambda one: (one.at, one.record)))
    return _value("crowd_under_hashtag", window, members)


def test_a_line_sung_among_many_voices_under_a_hashtag_is_a_crowd() -> None:
    assert _crowd_value(_lines(30, 0, 10_000) + _voices(30, 3_000, 10_000)) > 0.9


def test_a_line_that_has_a_hashtag_to_itself_is_no_crowd() -> None:
    assert _crowd_value(_lines(40, 0, 10_000)) == 0.0


def test_lines_that_break_into_the_talk_of_a_hashtag_are_no_crowd() -> None:
    before_and_meanwhile = _voices(90, -600_000, 10_000)
    assert _crowd_value(before_and_meanwhile + _lines(40, 0, 5_000)) < 0.1


def _talk_with_other_lines(gap: int) -> list[Sighting]:
    """Talk of which one line is a part throughout, and another, every ``gap`` milliseconds, at the end."""
    others = [_post("风把名字吹散在很远的海上", at * 40_000) for at in range(30)]
    last = [_post(LINE, 1_200_000 + at * gap) for at in range(40)]
    return _voices(90, 0, 14_000) + others + last


def test_a_line_brought_to_a_known_talk_is_no_crowd_though_others_were_before() -> None:
    assert _crowd_value(_talk_with_other_lines(gap=12_000)) < 0.1


def test_a_line_that_is_over_in_a_minute_is_sung() -> None:
    assert _crowd_value(_talk_with_other_lines(gap=2_000)) > 0.5


def _questions(gap: int) -> tuple[ObjectWindow, list[Seen]]:
    return _under("sina_weibo:root", [a_sighting(own="请问几号恢复供水？", at=at * gap) for at in range(20)])


def test_a_question_put_again_and_again_over_an_hour_is_asked_by_readers() -> None:
    assert _value("same_question", *_questions(gap=180_000)) == 1.0


def test_a_question_put_by_all_at_once_is_not() -> None:
    assert _value("same_question", *_questions(gap=5_000)) == 0.0


def _shared(tails: int) -> float:
    talk = [
        msgspec.structs.replace(
            a_sighting(own="年度盛典今晚八点直播开始了", at=at * 9_000), button=at < tails
        )
        for at in range(24)
    ]
    return _value("share_button", *_under("sina_weibo:root", talk))


def test_a_quarter_of_the_copies_with_a_clients_tail_tells_that_a_button_wrote_the_text() -> None:
    assert _shared(6) == 1.0


def test_two_tails_among_many_copies_tell_little() -> None:
    assert _shared(2) < 0.1


def test_an_equal_text_under_one_hashtag_is_judged_there_and_not_where_texts_meet() -> None:
    window = ObjectWindow("text:0")
    talk = [msgspec.structs.replace(one, object="text:0") for one in _lines(9, 0, 1)]
    assert sum(window.add(one, BACKGROUND) is not None for one in talk) == 2


@pytest.mark.parametrize(
    ("own", "greets"),
    [
        ("Happy Thanksgiving to everyone", True),
        ("С Новым годом, друзья!", True),
        ("عيد مبارك وكل عام وأنتم بخير", True),
        ("Hayırlı cumalar herkese", True),
        ("Happy Thanksgiving, and remember who closed our hospital last year", False),
        ("С Новым годом, друзья, не забудьте, кто закрыл нашу больницу", False),
    ],
)
def test_a_greeting_in_any_of_the_languages_is_known_while_it_says_hardly_more(
    own: str, greets: bool
) -> None:
    window, members = _under("#day", [a_sighting(own=own, at=at * 9_000, object="#day") for at in range(20)])
    assert (_value("greeting", window, members) == 1.0) == greets


@pytest.mark.parametrize(
    ("root", "asks"),
    [("关注并转发,再@ 两个好友,周五揭晓", True), ("和几位老朋友一起吃饭,周五再聚", False)],
)
def test_a_root_that_wants_friends_named_is_a_contest(root: str, asks: bool) -> None:
    window = ObjectWindow("sina_weibo:root", is_cascade=True)
    window.take_root(a_sighting(own=root, record="sina_weibo:root"), Background({}))
    for at in range(20):
        window.add(a_sighting(own="希望这次能轮到我呀", at=at * 9_000), BACKGROUND)
    assert (_value("contest", window, window.ring) == 1.0) == asks
