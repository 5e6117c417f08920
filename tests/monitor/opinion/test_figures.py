"""Figures merge in any order, stay bounded, and know how many people stand behind them."""

from __future__ import annotations

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.opinion.figures import SAMPLE_SIZE, Figure, Observation, author_hash, window_start
from monitor.scoring.port import Label

observations = st.builds(
    Observation,
    platform=st.just("sina_weibo"),
    at=st.just(0),
    author=st.integers(0, 400).map(lambda number: f"u{number}"),
    kind=st.sampled_from(["post", "repost", "comment"]),
    label=st.sampled_from(["negative", "neutral", "positive"]),
    polarity=st.floats(-1, 1),
    scored=st.booleans(),
    uncertain=st.booleans(),
    emotion=st.sampled_from([None, "angry", "happy"]),
    watchlists=st.just(()),
)
Step = Observation | tuple[str, int]
weights = st.tuples(st.integers(0, 400).map(lambda number: f"u{number}"), st.integers(-9, 9))
steps = st.lists(observations | weights, max_size=60)


def an_observation(author: str = "u1", label: Label = "negative", polarity: float = -0.5) -> Observation:
    return Observation("sina_weibo", 0, author, "post", label, polarity, True, False, None, ())


def wordless(author: str) -> Observation:
    return Observation("sina_weibo", 0, author, "repost", "neutral", 0.0, False, True, None, ())


def figure(parts: list[Step]) -> Figure:
    total = Figure()
    for part in parts:
        if isinstance(part, Observation):
            total.add(part)
        else:
            total.weigh(*part)
    return total


@given(steps, st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=60)
def test_any_split_in_any_order_merges_to_the_same_bytes(
    parts: list[Step], random: Random, pieces: int
) -> None:
    shuffled = list(parts)
    random.shuffle(shuffled)
    partials = [figure(shuffled[start::pieces]) for start in range(pieces)]
    assert Figure.of(partials).canonical() == figure(parts).canonical()


def test_a_split_beyond_the_sample_merges_to_the_same_bytes() -> None:
    parts: list[Step] = [an_observation(f"u{number % 1_500}") for number in range(4_000)]
    parts += [(f"u{number}", 7) for number in range(0, 1_500, 3)]
    whole = figure(parts)
    whole.canonical()
    assert whole.truncated
    assert len(whole.voices) == SAMPLE_SIZE
    for order in (parts, parts[::-1]):
        assert Figure.of(figure(order[start::7]) for start in range(7)).canonical() == whole.canonical()


@given(steps)
def test_bytes_read_back_are_the_figure(parts: list[Step]) -> None:
    stored = figure(parts).canonical()
    assert Figure.decode(stored).canonical() == stored


def test_merging_leaves_the_other_as_it_was() -> None:
    one, other = figure([an_observation("u1")]), figure([an_observation("u2")])
    before = other.canonical()
    one.merge(other)
    one.add(an_observation("u2"))
    assert other.canonical() == before


def test_each_record_is_counted_once_by_what_is_known_of_it() -> None:
    total = Figure()
    for scored, uncertain in ((True, False), (True, True), (False, True)):
        total.add(
            Observation("sina_weibo", 0, "u1", "post", "positive", 0.25, scored, uncertain, "happy", ())
        )
    assert (total.records, total.labels, total.uncertain, total.unscored) == (3, {"positive": 1}, 1, 1)
    assert total.polarity_milli == 250
    assert total.emotions == {"happy": 1}


def test_who_says_how_they_feel_is_counted_apart_from_who_passes_on() -> None:
    loud: list[Step] = [an_observation("loud") for _ in range(60)]
    others = [wordless(f"r{number}") for number in range(200)]
    few = figure([*loud, *others])
    assert (few.people, few.speakers, few.withheld, few.emotions_withheld) == (201, 1, True, True)
    crowd = figure([*[an_observation(f"u{number}") for number in range(5)], *others])
    assert (crowd.people, crowd.speakers, crowd.withheld, crowd.emotions_withheld) == (205, 5, False, True)


def test_one_speaker_of_a_sample_is_not_made_many() -> None:
    """Of 20,000 accounts only four speak, and they are of the sample: that is no crowd of hundreds."""
    hashes = sorted((f"r{number}" for number in range(20_000)), key=author_hash)
    total = figure([*map(an_observation, hashes[:4]), *map(wordless, hashes[4:])])
    assert total.truncated
    assert total.withheld


def test_what_is_withheld_does_not_depend_on_what_was_asked_before() -> None:
    """Of 400 accounts ten speak, none of whom is of the sample."""
    hashes = sorted((f"r{number}" for number in range(400)), key=author_hash)
    steps: list[Step] = [
        an_observation(name) if 300 <= rank < 310 else wordless(name) for rank, name in enumerate(hashes)
    ]
    assert figure(steps).withheld
    assert figure(steps).emotions_withheld
    assert Figure.decode(figure(steps).canonical()).withheld


def test_speakers_are_estimated_where_there_are_many() -> None:
    parts = [
        an_observation(f"u{number}") if number % 2 else wordless(f"u{number}") for number in range(8_000)
    ]
    assert figure(list(parts)).speakers == pytest.approx(4_000, rel=0.3)


def test_few_people_are_counted_exactly() -> None:
    assert figure([an_observation(f"u{number % 200}") for number in range(1_000)]).people == 200


def test_there_are_never_more_people_than_records() -> None:
    crowds = [figure([an_observation(f"{crowd}-{number}") for number in range(600)]) for crowd in range(20)]
    assert all(crowd.people <= crowd.records for crowd in crowds)


@pytest.mark.parametrize("people", [1_000, 20_000])
def test_many_people_are_estimated_within_a_fifth(people: int) -> None:
    total = figure([an_observation(f"person-{number}") for number in range(people)])
    assert total.people == pytest.approx(people, rel=0.2)


def test_hashes_of_authors_are_spread_over_the_whole_space() -> None:
    hashes = [author_hash(f"u{number}") for number in range(1_000)]
    assert min(hashes) >= 0
    assert max(hashes) < 1 << 63
    assert sum(hashes) / len(hashes) == pytest.approx(1 << 62, rel=0.1)


SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "minutes", "zone", "start"),
    [
        ("2011-12-05T17:42+08:00", 1_440, SHANGHAI, "2011-12-05T00:00+08:00"),
        ("2011-12-05T00:00+08:00", 1_440, SHANGHAI, "2011-12-05T00:00+08:00"),
        ("2011-12-11T23:59+08:00", 10_080, SHANGHAI, "2011-12-05T00:00+08:00"),
        ("2011-12-05T17:42+08:00", 60, SHANGHAI, "2011-12-05T17:00+08:00"),
        ("2011-12-05T17:42+08:00", 1, SHANGHAI, "2011-12-05T17:42+08:00"),
        ("2011-03-27T12:00+02:00", 1_440, BERLIN, "2011-03-27T00:00+01:00"),
        ("2011-10-30T23:00+01:00", 1_440, BERLIN, "2011-10-30T00:00+02:00"),
        ("2011-10-30T02:30+02:00", 60, BERLIN, "2011-10-30T02:00+02:00"),
        ("2011-10-30T02:30+01:00", 60, BERLIN, "2011-10-30T02:00+01:00"),
    ],
)
def test_windows_follow_the_clocks_of_the_centre(at: str, minutes: int, zone: ZoneInfo, start: str) -> None:
    moment, begins = (round(datetime.fromisoformat(one).timestamp() * 1000) for one in (at, start))
    assert window_start(moment, minutes * 60_000, zone) == begins


@given(at=st.integers(1_200_000_000, 1_500_000_000), minutes=st.integers(1, 10_080))
def test_a_window_holds_its_moment(at: int, minutes: int) -> None:
    """But for the hour by which clocks change, within its length."""
    start = window_start(at * 1000, minutes * 60_000, BERLIN)
    assert start <= at * 1000 < start + (minutes + 60) * 60_000
