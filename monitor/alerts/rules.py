"""The rules: what each measures, and how strong that is. ``docs/alert-rules.md`` has the formulas.

All thresholds are derived. A measure never rests on a point estimate: it is the end of a 95% interval that
speaks against the alert, so that a few records cannot move it far.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

import msgspec

from monitor.alerts.hysteresis import Bands
from monitor.alerts.port import Rule, Unit
from monitor.opinion.baseline import Baseline
from monitor.opinion.intervals import counted, wilson
from monitor.opinion.people import Crowd
from monitor.opinion.profile import Usual

_Positive = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]
_Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_People = Annotated[float, msgspec.Meta(ge=1, le=1_000_000)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=720)]
_PRIOR_RECORDS = 5.0
_GROWTH, _SPREAD = 1.25, 1.5
RARE_DEVIATIONS = 3.0
"""What lies so far from the usual is rare: there are many windows in a day."""
FEWER_DEVIATIONS = 2.0
"""Of two things that do not cause each other, it is as rare that both lie so far from the usual."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class HistoryRules(_Section, frozen=True):
    """What is usual: from how many days on, and whether hours of the day differ."""

    days: Annotated[float, msgspec.Meta(ge=0.25, le=28)] = 3.0
    hour_profile: bool = True


class TimeRules(_Section, frozen=True):
    """How event time passes: rules are judged every ``step_seconds``, ``late_seconds`` after its end."""

    step_seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    late_seconds: Annotated[int, msgspec.Meta(ge=0, le=900)] = 10


class HysteresisRules(_Section, frozen=True):
    """A level is left after ``hold_minutes`` below ``stay_ratio`` times its threshold."""

    hold_minutes: Annotated[int, msgspec.Meta(ge=0, le=1_440)] = 20
    stay_ratio: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.6


class SurgeRule(_Section, frozen=True):
    """Many more records than usual."""

    enabled: bool = True
    window_minutes: _Minutes = 10
    minimum_records: _Count = 30
    levels: tuple[_Positive, _Positive, _Positive, _Positive] = (1.5, 3.0, 6.0, 12.0)
    people: tuple[_People, _People, _People, _People] = (10, 20, 50, 100)


class TurnRule(_Section, frozen=True):
    """A share (of negative or of angry texts) far above the usual one."""

    enabled: bool = True
    window_minutes: _Minutes = 15
    minimum_records: _Count = 20
    levels: tuple[_Share, _Share, _Share, _Share] = (0.05, 0.12, 0.22, 0.32)
    people: tuple[_People, _People, _People, _People] = (20, 30, 60, 120)


class SilenceRule(_Section, frozen=True):
    """A platform from which nothing comes although much is usual; ``levels`` count records not there."""

    enabled: bool = True
    minimum_minutes: _Minutes = 10
    levels: tuple[_Positive, _Positive, _Positive, _Positive] = (20, 200, 2_000, 20_000)


class CampaignRule(_Section, frozen=True):
    """Campaigns that open or rise."""

    enabled: bool = True


class Rules(_Section, frozen=True):
    """All of ``config/alerts.toml``."""

    time: TimeRules = TimeRules()
    history: HistoryRules = HistoryRules()
    hysteresis: HysteresisRules = HysteresisRules()
    surge: SurgeRule = SurgeRule()
    negative_turn: TurnRule = TurnRule()
    anger_turn: TurnRule = TurnRule()
    source_silent: SilenceRule = SilenceRule()
    campaign: CampaignRule = CampaignRule()

    def bands(self, rule: Rule) -> Bands:
        """Thresholds of one rule about opinion."""
        hold = self.hysteresis.hold_minutes * 60_000
        if rule == "source_silent":
            # The first record ends a silence: there is nothing to wait for.
            return Bands(self.source_silent.levels, (0, 0, 0, 0), 1.0, 0)
        stay = self.hysteresis.stay_ratio
        if rule == "surge":
            return Bands(self.surge.levels, self.surge.people, stay, hold)
        turn = self.negative_turn if rule == "negative_turn" else self.anger_turn
        return Bands(turn.levels, turn.people, stay, hold)


class Counts(Protocol):
    """Sums over a window."""

    records: int
    scored: int
    negative: int
    known: int
    angry: int

    def people(self) -> float:
        """Different accounts in the window."""

    def recent(self, step: int) -> int:
        """Records in the later half of the window."""


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What a rule measured: ``figure`` in ``[low, high]``, against ``usual``.

    ``measure`` and ``people`` decide the level.
    """

    measure: float
    people: float
    unit: Unit
    figure: float
    low: float
    high: float
    usual: float
    minutes: int


def surge(
    rule: SurgeRule, sums: Counts, baseline: Baseline, end: int, step: int, *, active: bool
) -> Reading | None:
    """How far the count lies above what is rarely exceeded; None: too few, plainly not, or no history yet.

    While the rule is ``active`` there is a reading of few records, too, and of what is usual.

    ``measure = low / (usual + 3 deviations + 5)``, times 1.25 when the later half of the window holds more
    than 1.5 times the earlier. The 5 keeps a watchlist that is usually silent from jumping to red.
    """
    few = sums.records < rule.minimum_records
    if few and not active:
        return None
    window = rule.window_minutes * 60_000
    usual = baseline.expected(end - window, end)
    if usual is None:
        return None
    low, high = counted(sums.records)
    rare = usual + RARE_DEVIATIONS * baseline.deviation(usual, end) + _PRIOR_RECORDS
    later = sums.recent(step)
    growth = _GROWTH if later > 1.5 * (sums.records - later) else 1.0
    measure = 0.0 if few else low / rare * growth
    if not active and measure * _SPREAD < rule.levels[0]:
        return None
    return Reading(
        measure,
        sums.people(),
        "records",
        float(sums.records),
        low,
        high,
        usual,
        rule.window_minutes,
    )


def spread(reading: Reading) -> Reading:
    """The reading of a surge that another platform has at the same time."""
    return msgspec.structs.replace(reading, measure=reading.measure * _SPREAD)


def busy(records: int, usual: float, deviation: float) -> bool:
    """Whether there are more records than usual, though perhaps not as many as a surge: by 2 deviations."""
    return records > usual + FEWER_DEVIATIONS * deviation + _PRIOR_RECORDS


def turn(
    rule: TurnRule,
    part: int,
    whole: int,
    crowd: Callable[[], Crowd],
    busy: Callable[[], bool],
    usual: Usual,
    *,
    active: bool,
) -> Reading | None:
    """How far a share lies above the usual one; None: too few, or plainly not.

    While the rule is ``active`` there is a reading of few texts, too.

    ``crowd`` are the people whose texts are counted. The interval is Wilson's of so many people, around the
    share of texts and that of people who wrote such a text: who writes much is one voice. ``measure = low -
    (usual + 2 deviations of days)``, where ``low`` lies 3 deviations below the lower of the two shares: there
    are many windows in a day. While the window is ``busy``, too, 2 are enough: by chance the two together are
    rarer than 3.
    """
    few = whole < rule.minimum_records
    share = part / whole if whole else 0.0
    rare = usual.share + 2 * usual.spread
    # The low end lies below the share. Were each text another person's, the measure could be this: who they
    # are changes nothing below a level.
    if not active and (
        few
        or share - rare < rule.levels[0]
        or wilson(share, whole, FEWER_DEVIATIONS)[0] - rare < rule.levels[0]
    ):
        return None
    deviations = FEWER_DEVIATIONS if busy() else RARE_DEVIATIONS
    if not active and wilson(share, whole, deviations)[0] - rare < rule.levels[0]:
        return None
    heard = crowd()
    lower, upper = sorted((share, heard.share))
    low, high = wilson(lower, heard.people)[0], wilson(upper, heard.people)[1]
    measure = 0.0 if few else wilson(lower, heard.people, deviations)[0] - rare
    return Reading(measure, heard.people, "ratio", share, low, high, usual.share, rule.window_minutes)
