"""Planted campaigns are found, ordinary crowds are not; small forms of what the evidence measures."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from benchmarks.detection import Detection, decoded
from benchmarks.planted import Make, among_posts, in_a_cascade
from monitor.campaigns.background import Background
from monitor.records import Post
from streams.sources.simulator.scene import EpisodeKind
from streams.sources.simulator.world import Plan, simulate
from tests.testkit.planting import Language, Planted, a_campaign, an_empty_run
from tests.testkit.sightings import a_repost

TRIALS = 12


@pytest.fixture(scope="module")
def background() -> Background:
    return Background.shipped()


def _crowd(chance: random.Random) -> list[Post]:
    """A cascade of people: four in ten say nothing, the others speak for themselves."""
    minute, crowd = 0.0, []
    for number in range(240):
        minute += chance.expovariate(1.5)
        length = chance.randrange(4, 15) if chance.random() < 0.6 else 0
        words = "".join(chr(chance.randrange(0x4E00, 0x5600)) for _ in range(length))
        crowd.append(a_repost(words, number, minute))
    return crowd


def _recall(make: Make, background: Background) -> float:
    found = 0
    for seed in range(TRIALS):
        chance = random.Random(seed)
        found += in_a_cascade(chance, None, _crowd(chance), make, background).found
    return found / TRIALS


@pytest.mark.parametrize("paraphrase", [0.0, 0.3])
def test_thirty_accounts_in_ten_minutes_are_found(paraphrase: float, background: Background) -> None:
    def make(chance: random.Random) -> list[Planted]:
        return a_campaign(chance, accounts=30, minutes=10, sentences=2, paraphrase=paraphrase)

    assert _recall(make, background) >= 0.9


def test_a_slow_pool_of_sixty_accounts_is_found(background: Background) -> None:
    assert (
        _recall(
            lambda chance: a_campaign(chance, accounts=60, minutes=120, sentences=12, records=90), background
        )
        >= 0.7
    )


def test_a_run_of_forty_empty_reposts_is_found(background: Background) -> None:
    assert _recall(lambda chance: an_empty_run(chance, accounts=40, minutes=5), background) >= 0.8


@pytest.mark.parametrize("language", ["zh", "en", "es", "ru"])
def test_original_posts_in_any_language_are_found(language: Language, background: Background) -> None:
    posts = [post for post in decoded(_lines(Plan({}), 20_000)) if post.kind == "post"]
    found = 0
    for seed in range(4):
        chance = random.Random(seed)
        trial = among_posts(
            chance,
            posts[seed * 500 : seed * 500 + 1_500],
            lambda c: a_campaign(c, accounts=40, minutes=30, sentences=1, paraphrase=0.1, language=language),
            None,
            background,
        )
        found += trial.found
    assert found >= 3


def test_a_crowd_that_speaks_for_itself_is_no_campaign(background: Background) -> None:
    for seed in range(TRIALS):
        detection = Detection(background)
        detection.take(_crowd(random.Random(seed)))
        assert not detection.campaigns()


@pytest.mark.parametrize(
    "kind",
    ["breaking_news", "contest", "greeting", "share_button", "first_wave", "official_call", "quoting_root"],
)
def test_what_people_do_alike_is_no_campaign(kind: EpisodeKind, background: Background) -> None:
    detection = Detection(background)
    detection.take(decoded(_lines(Plan({kind: 1.0}, scaled=False, background=False), 3_000)))
    assert not detection.campaigns()


def _lines(plan: Plan, records_per_day: int) -> Iterator[bytes]:
    days = 0.6 if plan.background else 2
    return (record.line for record in simulate(days, 5, records_per_day, plan=plan))
