"""How values read: in the reader's language, in the centre's zone, and no surer than they are."""

from zoneinfo import ZoneInfo

import pytest

from monitor.console.pages.elements import outward
from monitor.console.pages.reading import Reading
from monitor.language import Language, catalogue

NOON = 1_325_376_000_000  # 2012-01-01T00:00:00Z


def a_reading(language: Language = "en") -> Reading:
    return Reading(catalogue(language), ZoneInfo("Asia/Shanghai"), {"housing": "住房"})


def test_times_are_of_the_centres_zone_and_name_the_offset() -> None:
    assert a_reading().moment(NOON) == "2012-01-01 08:00:00 +08:00"


def test_an_exact_number_of_people_is_given_exactly() -> None:
    assert a_reading().about(255, most=400, exact_up_to=256) == "255"


def test_an_estimate_is_rounded_and_says_so() -> None:
    assert a_reading().about(61_333, most=117_422, exact_up_to=256) == "≈ 61,000"


def test_there_are_never_more_people_than_records() -> None:
    assert a_reading("zh").about(282, most=276, exact_up_to=256) == "约 270"


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "0 s"),
        (59_999, "59 s"),
        (3_540_000, "59 min"),
        (26_520_000, "7 h 22 min"),
        (25_200_000, "7 h"),
        (25_230_000, "7 h"),
        (604_800_000, "7 d"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_a_duration_is_given_in_its_two_largest_units(milliseconds: int, words: str) -> None:
    assert a_reading().duration(milliseconds) == words


def test_a_watchlist_without_a_title_is_called_by_its_name() -> None:
    assert a_reading().value("watchlist", "air") == "air"


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//host/x",
        "ftp://h",
        "http://[x",
        "http://weibo.com／1",
    ],
)
def test_only_web_addresses_lead_out_of_the_console(address: str | None) -> None:
    assert outward("open", address) is None
