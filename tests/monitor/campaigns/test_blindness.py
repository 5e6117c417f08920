"""The detector is blind to opinion: other words for the same things give the same campaigns."""

from __future__ import annotations

import random

import msgspec
import pytest

from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.lexicon import SHIPPED, Lexicon
from monitor.campaigns.port import Sighting
from monitor.campaigns.words import read
from tests.testkit.planting import a_campaign, a_sentence
from tests.testkit.sightings import a_sighting

_ORDINARY = ("太失望了", "必须支持", "真的很好")
_FIELDS = tuple(name for name in Sighting.__struct_fields__ if name != "own")


def _table(chance: random.Random) -> dict[int, str]:
    """Another Han character for each: names, subjects, praise and blame all change."""
    han = [chr(code) for code in range(0x4E00, 0x9FA5)]
    others = han.copy()
    chance.shuffle(others)
    return {ord(one): other for one, other in zip(han, others, strict=True)}


def _talk(chance: random.Random) -> list[Sighting]:
    campaign = a_campaign(chance, accounts=40, minutes=10, sentences=4)
    talk = [a_sighting(own=one.text, at=one.after, author=f"p{one.account}") for one in campaign]
    talk += [a_sighting(own="".join(a_sentence(chance)), at=at * 9_000) for at in range(60)]
    return sorted(talk, key=lambda one: (one.at, one.record))


def _campaigns(talk: list[Sighting], table: dict[int, str]) -> list[tuple[object, ...]]:
    ordinary = [read(text.translate(table)) for text in _ORDINARY]
    background = Background({words.key: 3 for words in ordinary}, ordinary[0].grams | ordinary[1].grams)
    lexicon = Lexicon(contest=("答案",), call=(), greeting=("早安".translate(table),))
    detector = SlotDetector(background, lexicon)
    revisions = [
        revision
        for one in talk
        for revision in detector.see(msgspec.structs.replace(one, own=one.own.translate(table)))
    ]
    return [(one.id, one.state, one.score, one.signals, one.against, one.members) for one in revisions]


def test_a_sighting_cannot_carry_opinion() -> None:
    assert set(_FIELDS) == {
        "object",
        "author",
        "kind",
        "record",
        "at",
        "client",
        "followers",
        "registered_at",
        "cascade",
        "bare",
        "button",
    }


def test_replacing_every_word_by_a_table_gives_the_same_campaigns() -> None:
    chance = random.Random(3)
    talk = _talk(chance)
    plain = _campaigns(talk, {})
    assert plain
    assert _campaigns(talk, _table(chance)) == plain


_GAPS_MS = (5_000, 60_000)
_PRAISE_AND_BLAME = (
    ("致敬", "可耻"),
    ("辛苦了", "丢人了"),
    ("祈福", "诅咒"),
    ("平安", "遭殃"),
    ("安息", "活该"),
    ("节哀", "报应"),
    ("一路走好", "死有余辜"),
    ("支持", "抵制"),
    ("感谢", "痛恨"),
    ("奖励", "处罚"),
    ("快乐！", "去死！"),
    ("bless", "curse"),
    ("pray for", "spit on "),
)
_FRAMES = (
    "{}",
    "{}！",
    "我们都{}",
    "昨天在现场的各位{}，大家都看见了",
    "为什么{}",
    "早安，{}",
    "#话题#{}",
)


def _verdict(own: str, gap_ms: int, root: str, background: Background) -> tuple[bool, float]:
    """Whether forty accounts with one text opened a campaign with what is shipped, and its score."""
    detector = SlotDetector(background, SHIPPED)
    talk = [a_sighting(own=root, at=0, record="sina_weibo:root", author="publisher")]
    talk += [a_sighting(own=own, at=at * gap_ms, record=f"r{at:02}", author=f"p{at}") for at in range(1, 41)]
    scores = [revision.score for one in talk for revision in detector.see(one)]
    return bool(scores), max(scores, default=0.0)


@pytest.mark.parametrize(("praise", "blame"), _PRAISE_AND_BLAME)
@pytest.mark.parametrize("frame", _FRAMES)
def test_praise_and_blame_of_one_form_get_the_same_verdict(frame: str, praise: str, blame: str) -> None:
    unheard = Background({})
    for gap in _GAPS_MS:
        verdicts = {_verdict(frame.format(word), gap, "", unheard) for word in (praise, blame)}
        assert len(verdicts) == 1


@pytest.mark.parametrize(("praise", "blame"), _PRAISE_AND_BLAME)
def test_what_the_root_values_excuses_nobody(praise: str, blame: str) -> None:
    unheard = Background({})
    copies = "昨天在现场的各位都看见了"
    (verdict,) = {_verdict(copies, 5_000, f"最高{word}", unheard) for word in (praise, blame)}
    assert verdict[0]


@pytest.mark.parametrize(("praise", "blame"), _PRAISE_AND_BLAME)
def test_a_phrase_of_praise_that_nobody_shipped_as_ordinary_is_judged_as_blame_is(
    praise: str, blame: str
) -> None:
    shipped = Background.shipped()
    texts = [f"昨天在现场的各位{word}，大家都看见了" for word in (praise, blame)]
    assert {shipped.rarity(read(text)) for text in texts} == {1.0}
    (verdict,) = {_verdict(text, 5_000, "", shipped) for text in texts}
    assert verdict[0]
