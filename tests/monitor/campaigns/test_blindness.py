"""The detector is blind to opinion: other words for the same things give the same campaigns."""

from __future__ import annotations

import random

import msgspec

from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.lexicon import Lexicon
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
    background = Background({read(text.translate(table)).key: 3 for text in _ORDINARY})
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
