"""Charts say what there is, and nothing where there is nothing."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.console.pages.charts import Series, clock_labels, filled, over_time, spark_path

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = 1_323_014_400_000  # 2011-12-05T00:00+08:00


def test_empty_buckets_between_full_ones_are_put_in() -> None:
    assert filled([(10, 3), (40, 1)], 10, 40) == [(10, 3), (20, 0), (30, 0), (40, 1)]


@given(st.dictionaries(st.integers(0, 200).map(lambda place: 7 + place * 10), st.integers(1, 9), min_size=1))
def test_no_count_is_lost_between_buckets(counts: dict[int, int]) -> None:
    bars = filled(list(counts.items()), 10, max(counts))
    assert sum(count for _, count in bars) == sum(counts.values())


def test_a_gap_breaks_the_line_instead_of_falling_to_zero() -> None:
    path = spark_path([1.0, 2.0, None, 2.0])
    assert path.count("M") == 2
    assert "39.0" not in path


def test_labels_of_one_day_are_times_in_the_centres_zone() -> None:
    assert clock_labels([MIDNIGHT, MIDNIGHT + 3_600_000], SHANGHAI) == ["00:00", "01:00"]


def test_labels_of_several_days_name_the_day() -> None:
    assert clock_labels([MIDNIGHT, MIDNIGHT + 90_000_000], SHANGHAI) == ["12-05 00:00", "12-06 01:00"]


def test_tooltips_are_drawn_as_text_never_as_markup() -> None:
    options = over_time(["<img src=x onerror=alert(1)>"], [Series("<b>", "accent", [1.0])])
    tooltip = options["tooltip"]
    assert isinstance(tooltip, dict)
    assert tooltip["renderMode"] == "richText"


def test_no_data_stays_no_data_on_a_chart() -> None:
    (series,) = _series(over_time(["a", "b"], [Series("s", "accent", [None, 0.0], line=True)]))
    assert series["data"] == [None, 0.0]


def _series(options: dict[str, object]) -> list[dict[str, object]]:
    series = options["series"]
    assert isinstance(series, list)
    return series
