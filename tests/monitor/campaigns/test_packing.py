"""What is quiet lies packed, and is the same when it is unpacked; no flood makes it grow without limit."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest

from monitor.campaigns.background import Background
from monitor.campaigns.detector import Bounds, SlotDetector
from monitor.campaigns.lexicon import SHIPPED
from monitor.campaigns.packing import pack, unpack
from monitor.campaigns.port import Sighting
from monitor.campaigns.watch import Watch, Watching
from monitor.campaigns.window import KEPT, TEXTS, ObjectWindow
from tests.testkit.planting import a_campaign, a_sentence
from tests.testkit.sightings import a_sighting

HOUR = 3_600_000
BACKGROUND = Background({})


def _talk(seed: int, name: str = "sina_weibo:root") -> list[Sighting]:
    chance = random.Random(seed)
    texts = [(chance.randrange(6 * HOUR), "".join(a_sentence(chance))) for _ in range(120)]
    texts += [(chance.randrange(6 * HOUR), "") for _ in range(60)]
    paid = a_campaign(chance, accounts=30, minutes=10, sentences=3, paraphrase=0.3)
    texts += [(HOUR + one.after, one.text) for one in paid]
    said = [a_sighting(own=own, at=at, object=name) for at, own in sorted(texts)]
    return [msgspec.structs.replace(one, cascade=name) for one in said]


@pytest.mark.parametrize("seed", range(4))
def test_a_watch_goes_on_after_unpacking_as_if_nothing_had_been(seed: int) -> None:
    watching = Watching(BACKGROUND, SHIPPED)
    kept, packed = (Watch(ObjectWindow("sina_weibo:root", is_cascade=True)) for _ in range(2))
    for number, sighting in enumerate(_talk(seed)):
        assert watching.see(kept, sighting) == watching.see(packed, sighting)
        if number % 7 == seed:
            again = pack(packed)
            packed = unpack(again)
            assert pack(packed) == again


def test_bounds_on_what_lies_unpacked_change_nothing_that_is_told() -> None:
    talk = sorted(
        (one for at in range(12) for one in _talk(at, f"sina_weibo:root{at}")), key=lambda one: one.at
    )
    told = []
    for ready in (0, 100, 100_000):
        detector = SlotDetector(BACKGROUND, bounds=Bounds(ready=ready))
        told.append([revision for one in talk for revision in detector.see(one)])
    assert told[0] == told[1] == told[2]
    assert told[0]


def test_a_snapshot_of_a_restored_slot_is_the_same() -> None:
    detector, restored = SlotDetector(BACKGROUND), SlotDetector(BACKGROUND)
    for sighting in _talk(5):
        detector.see(sighting)
    restored.restore(detector.snapshot())
    assert restored.snapshot() == detector.snapshot()


SENTENCE = "这款面膜真的特别好用推荐给大家一起来试试看"


def _scrambled(chance: random.Random, number: int) -> str:
    units = list(SENTENCE)
    for _ in range(4):
        units[chance.randrange(len(units))] = chr(chance.randrange(0x4E00, 0x5600))
    return "".join(units)


FLOODS: dict[str, Callable[[random.Random, int], str]] = {
    "one sentence": lambda chance, number: SENTENCE,
    "a template": lambda chance, number: f"{SENTENCE}{number}",
    "endless paraphrases": _scrambled,
    "a large pool": lambda chance, number: "".join(a_sentence(random.Random(number % 300))),
    "long texts": lambda chance, number: "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(280)),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_no_flood_makes_an_object_grow_without_limit(flood: str) -> None:
    chance = random.Random(2)
    window = ObjectWindow("sina_weibo:root", is_cascade=True)
    for number in range(6_000):
        own = FLOODS[flood](chance, number)
        window.add(a_sighting(own=own, at=number * 100, record="r" * 100 + f"{number:09d}"), BACKGROUND)
        assert window.kept <= KEPT
        if number % 500 == 0:
            assert len(window.texts) <= TEXTS
            assert len(pack(Watch(window))) < 800_000


def test_a_slot_holds_no_more_of_long_records_than_of_short_ones_would_fill_it() -> None:
    chance = random.Random(9)
    detector = SlotDetector(BACKGROUND, bounds=Bounds(records=400, once=50, unsettled=100))
    for number in range(4_000):
        own = "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(280))
        name = f"sina_weibo:{'x' * 110}{number % 40}"
        one = a_sighting(own=own, at=number * 1_000, object=name, record=f"{'r' * 120}{number}")
        detector.see(msgspec.structs.replace(one, cascade=name))
        assert detector.held.records <= 400 + 240 * 3
    assert len(detector.snapshot()) < 1_500_000
    assert detector.counters.forgotten_windows


def test_of_one_moment_no_more_sightings_wait_for_their_order_than_the_bound() -> None:
    detector = SlotDetector(BACKGROUND, bounds=Bounds(unsettled=300, records=100_000))
    for number in range(3_000):
        detector.see(a_sighting(own="", at=number, object=f"sina_weibo:{number % 30}"))
    assert detector.held.unsettled <= 300
