"""What a watchlist's assessor says of days, bursts, turns of opinion and silence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache

import msgspec
import pytest

from monitor.alerts.assessor import WatchlistAssessor
from monitor.alerts.backtest import by_minutes, replay
from monitor.alerts.port import Alert
from monitor.alerts.rules import HysteresisRules, Rules, TimeRules
from monitor.alerts.window import Cell
from streams.assessment import decode_hours, decode_state, encode_hours, encode_state
from tests.testkit.assessing import TITLES, ZONE
from tests.testkit.opinion_world import DAY_MINUTES, MINUTE_MS, START, Happening, World

Cells = list[tuple[str, int, Cell]]
BURST = Happening("incident", 0, 5 * DAY_MINUTES + 14 * 60, 120, 5, 8.0, 0.7)
TURN = Happening("incident", 0, 5 * DAY_MINUTES + 14 * 60, 120, 5, 2.5, 0.9)
NIGHT_TURN = Happening("incident", 0, 5 * DAY_MINUTES + 4 * 60, 10, 1, 2.0, 0.95)


@cache
def days(*happenings: Happening, count: int = 6, hourly: float = 120.0) -> Cells:
    """Minutes of one watchlist, over days that begin on a Monday."""
    world = World(5, count, 1, (hourly, hourly))
    world.happenings.extend(happenings)
    return list(world.cells(0))


def alerts(cells: Cells, rules: Rules | None = None, watchlist: str = "housing") -> list[Alert]:
    return list(replay(watchlist, cells, rules or Rules(), ZONE, TITLES))


def minutes_after(alert: Alert, happening: Happening) -> float:
    return (alert.at - START) / MINUTE_MS - happening.start


def of(found: list[Alert], rule: str, state: str) -> list[Alert]:
    return [one for one in found if one.rule == rule and one.state == state]


def test_quiet_days_alert_of_nothing() -> None:
    assert alerts(days()) == []


def test_a_burst_alerts_within_a_quarter_of_an_hour_rises_and_is_resolved() -> None:
    found = alerts(days(BURST))
    first = of(found, "surge", "opened")[0]
    assert 0 < minutes_after(first, BURST) <= 15
    assert of(found, "surge", "escalated")
    assert of(found, "surge", "resolved")


def test_a_turn_of_opinion_alerts_although_volume_is_not_far_above_the_usual() -> None:
    found = of(alerts(days(TURN, hourly=400.0)), "negative_turn", "opened")
    assert found
    assert 0 < minutes_after(found[0], TURN) <= 15
    assert found[0].low is not None
    assert found[0].baseline is not None
    assert found[0].low > found[0].baseline


def test_a_few_negative_posts_at_night_are_no_turn() -> None:
    assert of(alerts(days(NIGHT_TURN, hourly=40.0)), "negative_turn", "opened") == []


def test_there_are_no_alerts_without_enough_history() -> None:
    early = msgspec.structs.replace(BURST, start=DAY_MINUTES + 14 * 60)
    assert alerts(days(early, count=2)) == []


def test_a_sentence_says_figure_interval_baseline_and_window_in_both_languages() -> None:
    alert = of(alerts(days(BURST)), "surge", "opened")[0]
    assert alert.figure is not None
    assert alert.baseline is not None
    for part in (f"{alert.figure:,.0f}", f"{alert.low:,.0f}", f"{alert.baseline:,.0f}", "10", "14:"):
        assert part in alert.sentence_en
        assert part in alert.sentence_zh
    assert alert.sentence_en.startswith("Housing on ")
    assert alert.sentence_zh.startswith("住房（")


def test_platforms_that_surge_together_weigh_more_than_one() -> None:
    both = days(BURST)
    one = [(platform, at, cell) for platform, at, cell in both if platform == "sina_weibo"]
    alone = of(alerts(one), "surge", "opened") + of(alerts(one), "surge", "escalated")
    together = [
        alert
        for state in ("opened", "escalated")
        for alert in of(alerts(both), "surge", state)
        if alert.platform == "sina_weibo"
    ]
    levels = ("blue", "yellow", "orange", "red")
    assert max(levels.index(alert.level) for alert in together) > max(
        levels.index(alert.level) for alert in alone
    )


def test_a_platform_that_falls_silent_is_an_alert_until_it_speaks() -> None:
    noon = START + (5 * DAY_MINUTES + 12 * 60) * MINUTE_MS
    silent = (noon, noon + 60 * MINUTE_MS)
    cells = [
        (platform, at, cell)
        for platform, at, cell in days(hourly=300.0)
        if platform != "tencent_weibo" or not silent[0] <= at < silent[1]
    ]
    found = [one for one in alerts(cells, watchlist="all") if one.rule == "source_silent"]
    assert [(one.platform, one.state) for one in found] == [
        ("tencent_weibo", "opened"),
        ("tencent_weibo", "resolved"),
    ]
    assert 0 < found[1].at - silent[1] <= 2 * MINUTE_MS


@pytest.mark.parametrize("seed", range(3))
def test_how_often_time_is_told_changes_nothing(seed: int) -> None:
    """Bursts, silences of hours, and records that are rare: the same alerts from any run of moments."""
    chance = random.Random(seed)
    cells = _broken(days(BURST, count=7, hourly=chance.choice((40.0, 300.0))), chance)
    seldom = list(_told(cells, lambda _: []))
    often = list(_told(cells, lambda gap: sorted(chance.choices(gap, k=6))))
    assert often == seldom
    assert of(seldom, "source_silent", "opened")


def _broken(cells: Cells, chance: random.Random) -> Cells:
    """Without the records of some hours, here and there of one platform only."""
    first, last = cells[0][1] + 5 * DAY_MINUTES * MINUTE_MS, cells[-1][1]
    for _ in range(8):
        begin = chance.randrange(first, last)
        end, whose = begin + chance.randrange(20, 900) * MINUTE_MS, chance.choice(("sina_weibo", ""))
        cells = [one for one in cells if not (begin <= one[1] < end and one[0].startswith(whose))]
    return cells


def _told(cells: Cells, moments: Callable[[range], list[int]]) -> Iterator[Alert]:
    assessor = WatchlistAssessor("all", by_minutes(Rules()), ZONE, TITLES)
    before = cells[0][1]
    for platform, at, cell in cells:
        for moment in moments(range(before, at)) if at > before else []:
            yield from assessor.advance(moment)
        yield from assessor.advance(at)
        assessor.add(platform, at, cell)
        before = at


def test_without_hysteresis_there_are_more_events() -> None:
    hasty = Rules(hysteresis=HysteresisRules(hold_minutes=0, stay_ratio=1.0))
    assert len(alerts(days(BURST), hasty)) > len(alerts(days(BURST)))


def test_a_restart_in_the_middle_of_an_incident_changes_nothing() -> None:
    rules, cells = by_minutes(Rules()), days(BURST)
    expected = alerts(cells)
    cut = len(cells) - 400

    def feed(assessor: WatchlistAssessor, part: Cells) -> list[Alert]:
        found = []
        for platform, at, cell in part:
            found += assessor.advance(at)
            assessor.add(platform, at, cell)
        return found

    before = WatchlistAssessor("housing", rules, ZONE, TITLES)
    found = feed(before, cells[:cut])
    found += feed(restarted(before, rules), cells[cut:])
    assert found == [one for one in expected if one.at <= cells[-1][1]]
    assert found


def restarted(assessor: WatchlistAssessor, rules: Rules) -> WatchlistAssessor:
    """The same after a restart, with these rules."""
    state, hours = encode_state(assessor.state()), encode_hours(assessor.hours())
    return WatchlistAssessor(
        assessor.watchlist, rules, ZONE, TITLES, decode_state(state), decode_hours(hours)
    )


def fed(assessor: WatchlistAssessor, cells: Cells) -> list[Alert]:
    found = []
    for platform, at, cell in cells:
        assessor.add(platform, at, cell)
        found += assessor.advance(at)
    return found


@pytest.mark.parametrize(("before", "after"), [(10, 60), (60, 10), (10, 5), (5, 60), (60, 60)])
def test_steps_of_another_length_after_a_restart_lose_no_alert(before: int, after: int) -> None:
    cells = days(BURST)
    cut = next(place for place, one in enumerate(cells) if one[1] >= START + BURST.start * MINUTE_MS) + 5
    rules = [
        msgspec.structs.replace(Rules(), time=TimeRules(step_seconds=seconds)) for seconds in (before, after)
    ]
    undisturbed = [(one.rule, one.state, one.level) for one in fed(new(rules[1]), cells)]
    first = new(rules[0])
    found = fed(first, cells[:cut])
    second = restarted(first, rules[1])
    again = restarted(second, rules[1])
    assert again.state() == second.state()
    found += fed(second, cells[cut:])
    assert [(one.rule, one.state, one.level) for one in found] == undisturbed
    (watched,) = [one for one in second.watched() if one.platform == cells[-1][0]]
    assert watched.records > 0


def new(rules: Rules) -> WatchlistAssessor:
    return WatchlistAssessor("housing", rules, ZONE, TITLES)


@pytest.mark.parametrize("rule", ["surge", "negative_turn", "anger_turn"])
def test_an_incident_whose_rule_is_switched_off_comes_to_its_end(rule: str) -> None:
    cells = days(BURST)
    first = new(Rules())
    found: list[Alert] = []
    part = list(cells)
    while not of(found, rule, "opened"):
        found += fed(first, part[:1])
        del part[0]
    rules = Rules()
    section = msgspec.structs.replace(getattr(rules, rule), enabled=False)
    second = restarted(first, msgspec.structs.replace(rules, **{rule: section}))
    after = [one for one in fed(second, part) if one.rule == rule]
    assert [one.state for one in after] == ["resolved"]
    assert not [name for name, _ in second.incidents() if name.startswith(rule)]


def test_a_silence_whose_rule_is_switched_off_comes_to_its_end() -> None:
    rules = Rules()
    off = msgspec.structs.replace(
        rules, source_silent=msgspec.structs.replace(rules.source_silent, enabled=False)
    )
    noon = START + (5 * DAY_MINUTES + 12 * 60) * MINUTE_MS
    assessor = WatchlistAssessor("all", rules, ZONE, TITLES)
    fed(assessor, [one for one in days(hourly=300.0) if one[1] < noon])
    assert of(assessor.advance(noon + 3_600_000), "source_silent", "opened")
    after = restarted(assessor, off)
    assert {one.state for one in after.advance(noon + 4 * 3_600_000)} == {"resolved"}
    assert not list(after.incidents())


@pytest.mark.parametrize("another_goes_on", [False, True])
def test_hours_of_an_outage_are_no_part_of_what_is_usual(another_goes_on: bool) -> None:
    assessor = new(Rules())
    for minute in range(160 * 60):
        at = START + minute * MINUTE_MS
        if not 84 * 60 <= minute < 150 * 60:
            assessor.add("a", at, Cell(0, 20, people=set(range(minute * 200, minute * 200 + 20))))
        if another_goes_on:
            assessor.add("b", at, Cell(0, 20, people=set(range(minute * 50, minute * 50 + 20))))
        assessor.advance(at)
    baseline, end = assessor.tracks["a"].baseline, START + 160 * 3_600_000
    assert [hour.records for hour in baseline.hours.values() if not hour.records] == []
    assert baseline.expected(end - 3_600_000, end) == pytest.approx(1_200)


def test_a_turn_that_is_over_because_too_few_write_says_so() -> None:
    """Else it is told as over with a share far above the usual."""
    before, after = days(TURN), [one for one in days(TURN) if one[1] >= START + TURN.start * MINUTE_MS]
    cut = next(one.at for one in alerts(before) if one.rule == "negative_turn" and one.state == "opened")
    cells = [one for one in before if one[1] < cut + 10 * MINUTE_MS]
    cells += [
        (platform, at, Cell(0, 1, 1, 1, people={at}))
        for platform, at, _ in after
        if at >= cut + 10 * MINUTE_MS and (at // MINUTE_MS) % 20 == 0
    ]
    (over,) = of([one for one in alerts(cells) if one.rule == "negative_turn"], "negative_turn", "resolved")[
        :1
    ]
    assert "since too few write to judge by" in over.sentence_en
    assert "发声太少，不再判断" in over.sentence_zh
    (usual,) = of(alerts(before), "negative_turn", "resolved")[:1]
    assert "too few" not in usual.sentence_en
