"""What is passed over unread is never what reading would have found."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from monitor.campaigns import window
from monitor.campaigns.background import Background
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.verdict import AGAINST_WEIGHTS, OPEN_AT, SUPPORT_WEIGHTS, may_open, score
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
    texts = [_changed(chance, chance.choice(lines)) for _ in range(200)]
    groups = []
    for few in (0, len(texts)):
        monkeypatch.setattr(window, "_FEW", few)
        known = window.ObjectWindow("sina_weibo:root", is_cascade=True, root_own=root)
        seen = [known.add(a_sighting(own=own, at=1), BACKGROUND) for own in texts]
        groups.append([None if one is None else one.group for one in seen])
    assert groups[0] == groups[1]
    assert 1 < len(set(groups[0])) < len(set(texts))


def _changed(chance: random.Random, line: str) -> str:
    units = list(line)
    for place in chance.sample(range(4, 24), chance.randrange(12)):
        units[place] = chr(chance.randrange(0x5000, 0x5100))
    return "".join(units)
