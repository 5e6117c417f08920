"""Different texts put together from the same phrases: praise to order."""

from __future__ import annotations

import random
from collections.abc import Sequence

from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.port import CampaignRevision
from monitor.campaigns.signals import shared_phrases
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.window import ObjectWindow
from monitor.campaigns.words import phrases
from tests.testkit.planting import praise
from tests.testkit.sightings import a_sighting

BACKGROUND = Background({})


def _own(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(0x4E00, 0x5600)) for _ in range(chance.randint(6, 14)))


def _found(texts: Sequence[str], background: Background = BACKGROUND, root: str = "") -> Finding | None:
    window = ObjectWindow("sina_weibo:root", is_cascade=True, root_own=root)
    for at, own in enumerate(texts):
        window.add(a_sighting(own=own, at=at * 5_000), background)
    return shared_phrases.measure(window, window.last_at, background)


def _praise(seed: int = 1, own_share: float = 0.2) -> list[str]:
    chance = random.Random(seed)
    planted = praise(chance, accounts=60, minutes=10, phrases=24, own_share=own_share)
    return [one.text for one in planted]


def _value(found: Finding | None) -> float:
    return found.value if found is not None else 0.0


def test_texts_put_together_from_a_brief_are_found_though_all_differ() -> None:
    texts = _praise()
    assert len(set(texts)) > 50
    assert _value(_found(texts)) > 0.9


def test_people_in_their_own_words_share_no_phrases() -> None:
    chance = random.Random(2)
    assert _value(_found([f"{_own(chance)}，{_own(chance)}" for _ in range(80)])) == 0.0


def test_one_popular_phrase_among_own_words_is_a_slogan_and_no_brief() -> None:
    chance = random.Random(3)
    assert _value(_found([f"{_own(chance)}！今夜我们都在一起" for _ in range(80)])) == 0.0


def test_phrases_of_the_root_count_for_nothing() -> None:
    texts = _praise()
    root = "。".join({phrase for text in texts for phrase in phrases(text)})
    assert _value(_found(texts, root=root)) == 0.0


def test_a_brief_in_a_spaced_language_is_found() -> None:
    chance = random.Random(4)
    brief = [f"this {thing} is {praise_} for my family" for thing in _THINGS for praise_ in _PRAISES]
    texts = [f"{'. '.join(chance.sample(brief, 2))}! number {_own(chance)}" for _ in range(60)]
    assert _value(_found(texts)) > 0.9


_THINGS = ("phone", "cream", "clinic", "airline", "school")
_PRAISES = ("worth every cent", "made with love", "better than all others")


def _revisions(texts: Sequence[str]) -> list[CampaignRevision]:
    detector = SlotDetector(BACKGROUND)
    return [
        revision
        for at, own in enumerate(texts)
        for revision in detector.see(a_sighting(own=own, at=at * 5_000))
    ]


def test_the_campaign_shows_how_many_phrases_its_texts_share() -> None:
    revision = _revisions(_praise())[-1]
    evidence = {one.name: one for one in revision.details.signals}["shared_phrases"]
    assert "phrases others used" in evidence.en
    assert "短语" in evidence.zh
