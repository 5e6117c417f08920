"""The rule ``source_silent``: what a silence measures, and when it will measure so much.

A silence only grows, so that it need not be looked at all the time: what is usual says when the next look is
due.
"""

from __future__ import annotations

from bisect import bisect_left
from math import inf, sqrt

from monitor.alerts.rules import RARE_DEVIATIONS, Reading, SilenceRule
from monitor.opinion.baseline import Baseline
from monitor.opinion.hours import HOUR_MS
from monitor.opinion.intervals import counted

LONGEST_SILENCE_MS = 24 * HOUR_MS


def silence(rule: SilenceRule, since: int, at: int, baseline: Baseline) -> Reading | None:
    """How many records fail to come since the last one; None: it is not long yet.

    ``measure = usual - 3 deviations``: of what comes in bursts, much silence is usual. Only the first day of
    a silence counts.
    """
    minutes = (at - since) // 60_000
    if minutes < rule.minimum_minutes:
        return None
    end = min(at, since + LONGEST_SILENCE_MS)
    usual = baseline.expected(since, end)
    if usual is None:
        return None
    _, high = counted(0)
    measure = usual - RARE_DEVIATIONS * baseline.deviation(usual, end)
    return Reading(measure, 0.0, "records", 0.0, 0.0, high, usual, int(minutes))


def missing(measure: float, dispersion: float) -> float:
    """How many usual records a silence takes to measure so much; infinite where no silence does.

    Solves ``usual - 3 deviations = measure``: of what comes in bursts, any silence is usual.
    """
    noise = RARE_DEVIATIONS**2
    square = 1 - noise * dispersion
    if square <= 0:
        return inf
    half = measure + noise / 2
    return (half + sqrt(half * half - square * measure * measure)) / square


def reached_at(
    rule: SilenceRule,
    measure: float,
    since: int,
    until: int,
    baseline: Baseline,
    known: int,
    minute: int,
) -> int | None:
    """The first multiple of ``minute`` up to ``until`` at which a silence since ``since`` measures so much.

    Times are milliseconds since the epoch. What was usual at ``known`` says so; None: it never does, or there
    is not enough history.
    """
    peak = baseline.peak(known)
    if not peak:
        return None
    count = missing(measure, baseline.dispersion(known))
    earliest = since + max(rule.minimum_minutes * 60_000, count / peak * HOUR_MS)
    if earliest > until:
        return None
    minutes = range(-(-round(earliest) // minute), until // minute + 1)
    found = bisect_left(
        minutes,
        x=True,
        key=lambda one: (baseline.expected(since, one * minute, as_of=known) or 0.0) >= count,
    )
    return minutes[found] * minute if found < len(minutes) else None
