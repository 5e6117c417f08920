"""How things look from outside: times with offset, small groups withheld, dead letters masked."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.opinion.figures import SAMPLE_SIZE, Figure, FigureKey, Observation
from monitor.presentation import figure_row, iso, masked, parse_range, parse_time, people_in_words, printable
from tests.testkit.records import a_line

ZONE = ZoneInfo("Asia/Shanghai")
NOON = 1_323_057_600_000


def a_figure(people: int) -> Figure:
    figure = Figure()
    for number in range(people):
        figure.add(
            Observation("sina_weibo", NOON, f"u{number}", "post", "negative", -0.5, True, False, None, ())
        )
    return figure


def test_what_one_account_feels_among_wordless_reposters_is_withheld() -> None:
    figure = a_figure(1)
    for number in range(200):
        figure.add(
            Observation("sina_weibo", NOON, f"r{number}", "repost", "neutral", 0, False, True, None, ())
        )
    row = figure_row(FigureKey("housing", "sina_weibo", NOON), figure, ZONE)
    assert (row["records"], row["people"], row["withheld"], row["unscored"]) == (201, 201, True, 200)
    for name in ("speakers", "sentiment", "polarity_mean", "uncertain", "emotions"):
        assert row[name] is None


def test_times_carry_the_offset_of_the_centre() -> None:
    assert iso(NOON, ZONE) == "2011-12-05T12:00:00+08:00"
    assert iso(NOON + 5, ZONE) == "2011-12-05T12:00:00.005+08:00"


@pytest.mark.parametrize(
    "text", ["2011-12-05T12:00", "2011-12-05T12:00:00+08:00", "2011-12-05T04:00:00Z", "2011-12-05 12:00"]
)
def test_times_without_offset_are_the_centres(text: str) -> None:
    assert parse_time(text, ZONE, "--from") == NOON


def test_what_is_no_time_is_named() -> None:
    with pytest.raises(QueryError, match="--from 'noon' is not a time"):
        parse_time("noon", ZONE, "--from")


def test_feelings_of_fewer_than_five_people_are_withheld() -> None:
    key = FigureKey("housing", "sina_weibo", NOON)
    few, enough = figure_row(key, a_figure(4), ZONE), figure_row(key, a_figure(5), ZONE)
    assert (few["records"], few["withheld"]) == (4, True)
    assert all(
        few[name] is None for name in ("people", "sentiment", "polarity_mean", "uncertain", "emotions")
    )
    assert (enough["people"], enough["sentiment"], enough["polarity_mean"]) == (5, {"negative": 5}, -0.5)


def test_a_masked_record_shows_its_fields_and_nothing_else() -> None:
    raw = a_line(author={"id": "10086", "name": "张三"}, text="私事 secret", likes=5)
    shown = masked(raw)
    assert all(f'"{name}"' in shown for name in ("author", "name", "text", "likes"))
    assert not any(word in shown for word in ("10086", "张三", "私事", "secret", "2011"))


@given(st.binary(max_size=100), st.text("abc甲乙丙", min_size=3, max_size=10))
def test_no_word_survives_masking(noise: bytes, word: str) -> None:
    assert word not in masked(noise + word.encode() + b" " + word.encode())


STEERING = "\x1b[2J\x07\x00\r\n\x7f\x9b\u202e\u2066\u200f\u061c"


def test_nothing_that_is_shown_of_a_dead_letter_steers_the_terminal() -> None:
    for shown in (masked(f'{{"text":"{STEERING}"}}'.encode()), printable(f"a{STEERING}b")):
        assert not set(shown) & set(STEERING.replace("[2J", ""))
    assert masked(b"\xff\x1b[31m").startswith("\\")


@given(st.text())
def test_what_is_printable_stays(text: str) -> None:
    assert printable(printable(text)) == printable(text)
    assert all(one in {two, "\ufffd"} for one, two in zip(printable(text), text, strict=True))
    assert printable("高铁 😀 e\u0301") == "高铁 😀 e\u0301"


def test_of_few_people_not_even_a_total_says_how_many() -> None:
    assert people_in_words(a_figure(4)) == "fewer than 5 people"
    assert people_in_words(a_figure(5)) == "5 people"


def test_an_estimated_number_of_people_is_said_to_be_about_right() -> None:
    assert people_in_words(a_figure(SAMPLE_SIZE)) == f"{SAMPLE_SIZE} people"
    assert re.fullmatch(r"about 2\d\d people", people_in_words(a_figure(SAMPLE_SIZE + 1)))


def test_nothing_lies_between_a_time_and_an_earlier_one() -> None:
    assert parse_range("2011-12-05", None, ZONE) == (parse_time("2011-12-05", ZONE, "--from"), None)
    with pytest.raises(QueryError, match="--from 2011-12-05 is not before --to 2011-12-05"):
        parse_range("2011-12-05", "2011-12-05", ZONE)
