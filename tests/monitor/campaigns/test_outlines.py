"""What is passed over unread is never what reading would have found."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from monitor.campaigns import texts, window
from monitor.campaigns.background import Background
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.texts import Texts
from monitor.campaigns.verdict import AGAINST_WEIGHTS, OPEN_AT, SUPPORT_WEIGHTS, may_open, score
from monitor.campaigns.words import NEAR_COSINE, NEAR_SHARED, overlap
from tests.testkit.sightings import a_sighting

BACKGROUND = Background({})
_VALUES = some.floats(0, 1)


def _findings(names: dict[str, float]) -> some.SearchStrategy[list[Finding]]:
    return some.lists(some.builds(Finding, some.sampled_from(sorted(names)), _VALUES), max_size=4)


@given(_findings({"same_words": 1, "empty_run": 1}), _findings(SUPPORT_WEIGHTS), _findings(AGAINST_WEIGHTS))
def test_no_support_opens_what_may_not_open(
    main: list[Finding], support: list[Finding], against: list[Finding]
) -> None:
    assert may_open(main, against) or score(main, support, against) < OPEN_AT


@pytest.mark.parametrize("root", ["", "春夏秋冬天地玄黄宇宙洪荒"])
@pytest.mark.parametrize("seed", range(6))
def test_outlines_change_no_group(root: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MOST_READ", 1_000)
    chance = random.Random(seed)
    lines = ["春夏秋冬" + "".join(chance.choices("天地玄黄宇宙洪荒日月", k=20)) for _ in range(30)]
    written = [_changed(chance, chance.choice(lines)) for _ in range(200)]
    groups = []
    for few in (0, len(written)):
        monkeypatch.setattr(texts, "_FEW", few)
        known = window.ObjectWindow("sina_weibo:root", is_cascade=True, root_own=root)
        seen = [known.add(a_sighting(own=own, at=1), BACKGROUND) for own in written]
        groups.append([None if one is None else one.group for one in seen])
    assert groups[0] == groups[1]
    assert 1 < len(set(groups[0])) < len(set(written))


def _changed(chance: random.Random, line: str) -> str:
    units = list(line)
    for place in chance.sample(range(4, 24), chance.randrange(12)):
        units[place] = chr(chance.randrange(0x5000, 0x5100))
    return "".join(units)


@pytest.mark.parametrize("count", [3, 40, 200])
def test_whatever_is_near_is_among_what_may_be_and_no_nearer_than_it_is_said_it_may_be(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MOST_READ", 1_000)
    chance = random.Random(count)
    known = Texts()
    grams: dict[int, frozenset[int]] = {}
    for key in range(count * 3):
        # 120 different ones, so that some are near; some are too short for anything to be near.
        drawn = frozenset(chance.sample(range(0, 1 << 32, 1 << 25), chance.choice([0, 3, 12, 40, 99])))
        known.add(key, key, f"text {key}", drawn)
        grams[key] = drawn
        if len(grams) > count:
            gone = chance.choice(list(grams))
            known.forget(gone)
            del grams[gone]
        if chance.random() < 0.1:
            known = Texts.of(dict(known.known), known.outlines.copy(), known.sizes.copy())
        asked = frozenset(chance.sample(range(0, 1 << 32, 1 << 25), chance.choice([4, 12, 40, 99])))
        found = [(most, text.group) for most, text in known.candidates(asked)]
        assert [most for most, _ in found] == sorted((most for most, _ in found), reverse=True)
        bounds = {group: most for most, group in found}
        assert bounds.keys() <= grams.keys()
        for other, theirs in grams.items():
            shared, cosine = overlap(asked, theirs)
            if theirs and shared >= NEAR_SHARED and cosine >= NEAR_COSINE:
                assert bounds[other] >= cosine - 1e-9


@pytest.mark.parametrize("comes", ["first", "late", "again"])
def test_whenever_the_root_comes_its_words_make_nobody_alike_nor_unlike(comes: str) -> None:
    chance = random.Random(7)
    for _ in range(20):
        root, line = _drawn(chance, 30), _drawn(chance, 24)
        varied = list(line)
        for place in chance.sample(range(24), 4):
            varied[place] = _drawn(chance, 1)
        known = window.ObjectWindow("sina_weibo:root", is_cascade=True)
        said = {"first": [root], "late": [], "again": [_drawn(chance, 30)]}[comes]
        for own in said:
            known.take_root(a_sighting(own=own), BACKGROUND)
        for number in range(8):
            known.add(a_sighting(own=_drawn(chance, 20), at=number), BACKGROUND)
        quoting = known.add(a_sighting(own=line + root, at=10), BACKGROUND)
        known.take_root(a_sighting(own=root), BACKGROUND)
        alike = known.add(a_sighting(own="".join(varied), at=20), BACKGROUND)
        assert quoting is not None
        assert alike is not None
        assert alike.group == quoting.group


def _drawn(chance: random.Random, length: int) -> str:
    return "".join(chr(chance.randrange(0x4E00, 0x5E00)) for _ in range(length))


@pytest.mark.parametrize(("replaced", "groups"), [(5, 1), (20, 200)])
def test_of_many_near_texts_few_are_read(replaced: int, groups: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    line = _drawn(chance, 100)
    known = window.ObjectWindow("sina_weibo:root", is_cascade=True)
    compared = 0

    def counted(one: frozenset[int], other: frozenset[int]) -> tuple[int, float]:
        nonlocal compared
        compared += 1
        return overlap(one, other)

    monkeypatch.setattr(window, "overlap", counted)
    for number in range(200):
        varied = list(line)
        for place in chance.sample(range(100), replaced):
            varied[place] = _drawn(chance, 1)
        known.add(a_sighting(own="".join(varied), at=number), BACKGROUND)
    assert len(known.groups) <= groups
    assert compared <= 200 * 12
