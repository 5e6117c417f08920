"""What is passed over unread is never what reading would have found."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from monitor.campaigns import texts, window
from monitor.campaigns.background import Background
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.texts import NEAR_COSINE, NEAR_SHARED, Texts
from monitor.campaigns.verdict import AGAINST_WEIGHTS, OPEN_AT, SUPPORT_WEIGHTS, may_open, score
from monitor.campaigns.words import overlap
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
def test_whatever_is_near_is_among_what_may_be_and_no_nearer_than_it_is_said_it_may_be(count: int) -> None:
    chance = random.Random(count)
    texts = Texts()
    grams: dict[int, frozenset[int]] = {}
    for key in range(count * 3):
        # 120 different ones, so that texts are near; some are too short for anything to be near.
        drawn = frozenset(chance.sample(range(0, 1 << 32, 1 << 25), chance.choice([0, 3, 12, 40, 99])))
        texts.add(key, key, f"text {key}", drawn)
        grams[key] = drawn
        if len(grams) > count:
            gone = chance.choice(list(grams))
            texts.forget(gone)
            del grams[gone]
        if chance.random() < 0.1:
            texts = Texts.of(dict(texts.known), texts.outlines.copy(), texts.sizes.copy())
        asked = frozenset(chance.sample(range(0, 1 << 32, 1 << 25), chance.choice([4, 12, 40, 99])))
        found = [(most, text.group) for most, text in texts.perhaps_near(asked)]
        assert [most for most, _ in found] == sorted((most for most, _ in found), reverse=True)
        bounds = {group: most for most, group in found}
        assert bounds.keys() <= grams.keys()
        for other, theirs in grams.items():
            shared, cosine = overlap(asked, theirs)
            if theirs and shared >= NEAR_SHARED and cosine >= NEAR_COSINE:
                assert bounds[other] >= cosine - 1e-9
