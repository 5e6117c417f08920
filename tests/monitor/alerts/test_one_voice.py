"""One account is not many people: who stands behind a turn of opinion is who wrote the texts that turned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

import msgspec
import pytest

from monitor.alerts.assessor import WatchlistAssessor
from monitor.alerts.port import Alert
from monitor.alerts.rules import Rules
from monitor.alerts.window import Cell
from monitor.opinion.figures import ANGRY, CERTAIN, KNOWN, NEGATIVE, Observation, author_hash
from monitor.opinion.hours import HOUR_MS
from monitor.opinion.people import SAMPLE_SIZE, crowd, estimated_people
from monitor.scoring.port import Emotion, Label
from streams.assessment import decode_state, encode_state
from tests.testkit.assessing import TITLES, ZONE

START = 1_322_409_600_000
DAYS = 5
BEGIN = START + DAYS * 24 * HOUR_MS + 14 * HOUR_MS


def a_text(
    author: str, at: int, label: Label = "neutral", emotion: Emotion | None = None, *, uncertain: bool = False
) -> Observation:
    return Observation("sina_weibo", at, author, "post", label, 0.0, True, uncertain, emotion, ())


def wordless(author: str, at: int) -> Observation:
    return Observation("sina_weibo", at, author, "repost", "neutral", 0.0, False, True, None, ())


def ordinary_days() -> Iterator[Observation]:
    """Five days of 60 texts an hour, each another person's, a fifth of them negative."""
    for number in range(DAYS * 24 * 60 + 14 * 60):
        label: Label = "negative" if number % 5 == 0 else "neutral"
        feeling: Emotion = "angry" if number % 10 == 0 else "happy"
        yield a_text(f"o{number}", START + number * 60_000, label, feeling)


def judged(incident: Iterable[Observation]) -> tuple[list[Alert], WatchlistAssessor]:
    """What the rules say of ten minutes after ordinary days, and the assessor as it then is."""
    assessor = WatchlistAssessor("housing", Rules(), ZONE, TITLES)
    alerts: list[Alert] = []
    for one in (*ordinary_days(), *sorted(incident, key=lambda one: one.at)):
        alerts += assessor.advance(one.at)
        assessor.observe(one, author_hash(one.author))
    alerts += assessor.advance(BEGIN + 11 * 60_000)
    return alerts, assessor


def over_ten_minutes(count: int) -> Iterator[tuple[int, int]]:
    return ((number, BEGIN + number * 600_000 // count) for number in range(count))


def of_turns(alerts: list[Alert]) -> list[Alert]:
    return [one for one in alerts if one.rule in {"negative_turn", "anger_turn"} and one.state == "opened"]


def reposters() -> list[Observation]:
    return [wordless(f"r{number}", at) for number, at in over_ten_minutes(200)]


def test_many_people_who_are_angry_alert() -> None:
    """What the others of this file are held against."""
    many = [a_text(f"p{number}", at, "negative", "angry") for number, at in over_ten_minutes(60)]
    found = of_turns(judged([*many, *reposters()])[0])
    assert {one.rule for one in found} == {"negative_turn", "anger_turn"}
    assert all(one.people is not None and 20 <= one.people <= 75 for one in found)


def test_one_account_among_two_hundred_wordless_reposters_is_no_turn() -> None:
    loud = [a_text("loud", at, "negative", "angry") for _, at in over_ten_minutes(60)]
    alerts, assessor = judged([*loud, *reposters()])
    assert of_turns(alerts) == []
    (seen,) = assessor.watched()
    assert seen.people > 150
    assert seen.negative_people < 20
    assert seen.angry_people < 20


def test_one_account_among_as_many_as_a_turn_needs_is_no_turn() -> None:
    loud = [a_text("loud", at, "negative", "angry") for _, at in over_ten_minutes(60)]
    calm = [a_text(f"c{number}", at, "neutral", "happy") for number, at in over_ten_minutes(25)]
    assert of_turns(judged([*loud, *calm])[0]) == []


def test_texts_that_are_not_certain_stir_no_anger() -> None:
    unsure = [
        a_text(f"p{number}", at, "negative", "angry", uncertain=True) for number, at in over_ten_minutes(90)
    ]
    alerts, assessor = judged(unsure)
    assert of_turns(alerts) == []
    (seen,) = assessor.watched()
    assert seen.angry is not None
    assert seen.angry < 0.5


def test_what_is_known_of_people_is_the_same_after_a_restart() -> None:
    _, assessor = judged([a_text(f"p{number}", at, "negative") for number, at in over_ten_minutes(60)])
    state = decode_state(encode_state(assessor.state()))
    after = WatchlistAssessor("housing", Rules(), ZONE, TITLES, state, assessor.hours())
    assert list(after.watched()) == list(assessor.watched())


def test_a_state_of_before_is_read_and_knows_no_one_who_spoke() -> None:
    _, assessor = judged([a_text(f"p{number}", at, "negative") for number, at in over_ten_minutes(60)])
    *head, tracks, _ = msgspec.msgpack.decode(encode_state(assessor.state()))
    for track in tracks.values():
        track[0] = [cell[:7] for cell in track[0]]
    state = decode_state(msgspec.msgpack.encode([*head, tracks]))
    (seen,) = WatchlistAssessor("housing", Rules(), ZONE, TITLES, state, assessor.hours()).watched()
    assert (seen.negative_people, seen.angry_people) == (0.0, 0.0)
    assert seen.people == next(assessor.watched()).people


@pytest.mark.parametrize("seed", range(3))
def test_a_crowd_is_estimated_from_any_split_as_from_the_whole(seed: int) -> None:
    """Of 2,000 people in cells cut at any time: about as many, with their share, the same for any split."""
    random = Random(seed)
    texts = [
        a_text(f"p{number}", 0, "negative" if number % 4 == 0 else "neutral", "angry" if number % 3 else None)
        for number in range(2_000)
    ]
    random.shuffle(texts)
    found = set()
    for pieces in (1, 5, 40):
        cells = [Cell(step) for step in range(pieces)]
        for number, one in enumerate(texts):
            cells[number % pieces].add(one, author_hash(one.author))
        for cell in cells:
            cell.cut()
        samples = [cell.heard for cell in cells]
        assert max(map(len, samples)) <= 2 * SAMPLE_SIZE
        found.add((crowd(samples, 2_000, CERTAIN, NEGATIVE), crowd(samples, 1_333, KNOWN, ANGRY)))
    ((feelings, anger),) = found
    assert feelings.people == pytest.approx(2_000, rel=0.3)
    assert feelings.share == pytest.approx(0.25, abs=0.12)
    assert anger.people == pytest.approx(1_333, rel=0.3)
    assert anger.share == 1.0


def test_a_step_of_more_people_than_its_sample_is_not_taken_for_exact() -> None:
    cell = Cell(0)
    for number in range(300):
        cell.add(a_text(f"p{number}", 0), author_hash(f"p{number}"))
    cell.cut()
    assert len(cell.people) == SAMPLE_SIZE
    assert estimated_people([cell.people], 300) == pytest.approx(300, rel=0.3)


@pytest.mark.parametrize("people", [1, 100, 120, SAMPLE_SIZE - 1])
def test_as_many_people_as_levels_ask_for_are_counted_exactly(people: int) -> None:
    hashes = {author_hash(f"p{number}") for number in range(people)}
    assert estimated_people([hashes], 1_000) == people
    assert crowd([dict.fromkeys(hashes, CERTAIN)], 1_000, CERTAIN, NEGATIVE).people == people
    rules = Rules()
    for rule in (rules.surge, rules.negative_turn, rules.anger_turn):
        assert max(rule.people) < SAMPLE_SIZE


def test_there_are_never_more_people_than_records() -> None:
    for crowd_number in range(20):
        hashes = {author_hash(f"{crowd_number}-{number}") for number in range(200)}
        assert estimated_people([hashes], 200) <= 200
        assert crowd([dict.fromkeys(hashes, CERTAIN)], 200, CERTAIN, NEGATIVE).people <= 200
