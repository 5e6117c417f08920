"""What each rule measures: size against the usual, growth, spread, and never on a few posts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, sqrt
from zoneinfo import ZoneInfo

import msgspec
import pytest

from monitor.alerts.rules import Rules, busy, spread, surge, turn
from monitor.alerts.silence import missing
from monitor.opinion.baseline import Baseline
from monitor.opinion.hours import HOUR_MS, Hour
from monitor.opinion.people import Crowd
from monitor.opinion.profile import Usual

RULES = Rules()
END = 10 * 24 * HOUR_MS
STEP = END // 10_000 - 1


class Window(msgspec.Struct):
    """Sums over a window, ``later`` of the records in its later half."""

    records: int
    later: int
    crowd: float = 500.0
    scored: int = 0
    negative: int = 0
    known: int = 0
    angry: int = 0

    def people(self) -> float:
        return self.crowd

    def recent(self, step: int) -> int:
        return self.later if step == STEP else 0


def ordinary() -> bool:
    """As many records as are usual."""
    return False


def baseline(days: int = 5, hourly: int = 360) -> Baseline:
    """So many days of hours with the same count: 60 in ten minutes."""
    made = Baseline(ZoneInfo("Asia/Shanghai"), RULES.history.days)
    last = END // HOUR_MS
    for number in range(last - days * 24, last):
        made.learn(number, Hour(hourly))
    return made


def measured(window: Window, known: Baseline | None = None) -> float | None:
    reading = surge(RULES.surge, window, known or baseline(), END, STEP, active=False)
    return None if reading is None else reading.measure


def test_what_is_usual_measures_less_than_any_level() -> None:
    reading = surge(RULES.surge, Window(60, 30), baseline(), END, STEP, active=True)
    assert reading is not None
    assert 0 < reading.measure < RULES.surge.levels[0]


def test_what_no_other_platform_could_lift_to_a_level_is_no_reading() -> None:
    counts = range(60, 300)
    measures = {count: measured(Window(count, count // 2)) for count in counts}
    assert measures[60] is None
    told = [measure for measure in measures.values() if measure is not None]
    assert RULES.surge.levels[0] / 1.5 <= min(told) < RULES.surge.levels[0]


def test_a_larger_count_measures_more() -> None:
    measures = [measured(Window(count, count // 2)) or 0.0 for count in (60, 200, 600, 2_000)]
    assert measures == sorted(measures)
    assert measures[-1] > RULES.surge.levels[2]


def test_what_grows_weighs_a_quarter_more() -> None:
    steady, growing = measured(Window(600, 300)), measured(Window(600, 400))
    assert steady is not None
    assert growing == pytest.approx(1.25 * steady)


def test_what_spreads_weighs_half_more() -> None:
    reading = surge(RULES.surge, Window(600, 300), baseline(), END, STEP, active=False)
    assert reading is not None
    assert spread(reading).measure == pytest.approx(1.5 * reading.measure)


def test_few_records_are_no_surge_however_rare() -> None:
    assert measured(Window(29, 20), baseline(hourly=0)) is None


def test_without_enough_history_there_is_no_reading() -> None:
    assert measured(Window(600, 300), baseline(days=2)) is None


@pytest.mark.parametrize(("people", "level"), [(9, -1), (10, 0), (20, 1), (50, 2), (99, 2), (100, 3)])
def test_the_level_of_the_largest_surge_is_bounded_by_the_people_behind_it(people: int, level: int) -> None:
    assert RULES.bands("surge").entered(1_000.0, people) == level


def test_five_negative_posts_are_no_turn() -> None:
    usual = Usual(0.2, 0.02)
    assert turn(RULES.negative_turn, 5, 5, lambda: Crowd(5.0, 1.0), ordinary, usual, active=False) is None


def test_many_texts_of_few_people_measure_as_few_voices_do() -> None:
    usual = Usual(0.2, 0.02)
    crowd = turn(RULES.negative_turn, 160, 200, lambda: Crowd(200.0, 0.8), ordinary, usual, active=False)
    few = turn(RULES.negative_turn, 160, 200, lambda: Crowd(6.0, 0.8), ordinary, usual, active=False)
    assert crowd is not None
    assert few is not None
    assert few.measure < RULES.negative_turn.levels[0] < crowd.measure
    assert few.people == 6.0


def test_who_writes_much_is_one_voice() -> None:
    """One in forty wrote what is negative: the interval holds both shares, the measure the lower."""
    usual = Usual(0.2, 0.02)
    loud = turn(RULES.negative_turn, 60, 100, lambda: Crowd(40.0, 1 / 40), ordinary, usual, active=False)
    assert loud is not None
    assert loud.measure < 0
    assert loud.low < 1 / 40 < loud.figure == 0.6 < loud.high


def test_two_signs_need_less_than_one() -> None:
    """A share 2 to 3 deviations off is a turn while more than usual is written, and else is none."""
    usual, crowd = Usual(0.2, 0.02), partial(Crowd, 60.0, 24 / 60)
    assert turn(RULES.negative_turn, 24, 60, crowd, ordinary, usual, active=False) is None
    both = turn(RULES.negative_turn, 25, 60, crowd, lambda: True, usual, active=False)
    assert both is not None
    assert both.measure > 0


@pytest.mark.parametrize("records", [60, 64, 70, 80])
def test_a_window_is_busy_when_it_holds_two_deviations_more_than_usual(records: int) -> None:
    assert busy(records, 50.0, 5.0) is (records > 65)


@pytest.mark.parametrize("ordinary", [lambda: True, lambda: False])
@pytest.mark.parametrize("whole", [20, 60, 400])
def test_what_is_passed_over_measures_less_than_any_level(whole: int, ordinary: Callable[[], bool]) -> None:
    usual = Usual(0.3, 0.03)
    for part in range(whole + 1):
        everyone = partial(Crowd, float(whole), part / whole)
        asked = turn(RULES.negative_turn, part, whole, everyone, ordinary, usual, active=True)
        assert asked is not None
        passed = turn(RULES.negative_turn, part, whole, everyone, ordinary, usual, active=False)
        assert (passed is None) == (asked.measure < RULES.negative_turn.levels[0])


@pytest.mark.parametrize(("measure", "dispersion"), [(20.0, 0.02), (200.0, 0.02), (20.0, 0.1)])
def test_a_silence_measures_what_its_missing_records_say(measure: float, dispersion: float) -> None:
    usual = missing(measure, dispersion)
    assert usual - 3 * sqrt(usual + dispersion * usual**2) == pytest.approx(measure)


def test_of_what_comes_in_bursts_no_silence_is_long_enough() -> None:
    assert missing(20.0, 1 / 9) == inf
