"""What people say of campaigns, and how often the detector was right by it.

Precision is the share of *coordinated* among campaigns judged coordinated or ordinary; *cannot tell* counts
for neither. The interval is Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22), which holds for
few judgements too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from monitor.campaigns.port import LEVELS, Level

Finding = Literal["coordinated", "ordinary", "cannot_tell"]
FINDINGS: tuple[Finding, ...] = get_args(Finding)
LONGEST_NOTE = 2_000
SIGNAL_FROM = 0.5
"""A signal has spoken when its value is at least so much."""
_Z95 = 1.959963984540054


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """One person's judgement of one revision of a campaign.

    ``judge`` is the account of the console; ``at`` wall time in milliseconds since the epoch; ``level`` and
    ``signals`` are those of the revision that was judged, so that later revisions change no past precision.
    """

    id: str
    campaign: str
    revision: int
    finding: Finding
    note: str
    judge: str
    at: int
    level: Level
    score: float
    signals: dict[str, float]


class Precision(msgspec.Struct, frozen=True, gc=False):
    """The share of coordinated among the judged, with its 95% interval; None where nothing is judged."""

    coordinated: int
    judged: int
    undecided: int
    share: float | None
    low: float | None
    high: float | None


class LivePrecision(msgspec.Struct, frozen=True):
    """Precision as people judge it: in all, by level and by signal (``SIGNAL_FROM`` or more)."""

    overall: Precision
    by_level: dict[Level, Precision]
    by_signal: dict[str, Precision]


def latest(judgements: Iterable[Judgement]) -> list[Judgement]:
    """The judgement that holds for each campaign: of each judge the last, of all judges the last."""
    last: dict[str, Judgement] = {}
    for judgement in sorted(judgements, key=lambda one: (one.at, one.id)):
        last[judgement.campaign] = judgement
    return list(last.values())


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """Wilson's 95% interval of a share; None without trials."""
    if trials == 0:
        return None
    share = successes / trials
    spread = _Z95 * _Z95 / trials
    centre = (share + spread / 2) / (1 + spread)
    half = _Z95 * math.sqrt(share * (1 - share) / trials + spread / trials / 4) / (1 + spread)
    # Rounding must not put the share itself outside.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def live_precision(judgements: Iterable[Judgement]) -> LivePrecision:
    """How often the detector is right by what people judged last of each campaign."""
    held = latest(judgements)
    signals = sorted({name for one in held for name in one.signals})
    return LivePrecision(
        overall=_precision(held),
        by_level={level: _precision(one for one in held if one.level == level) for level in LEVELS},
        by_signal={
            name: _precision(one for one in held if one.signals.get(name, 0.0) >= SIGNAL_FROM)
            for name in signals
        },
    )


def _precision(judgements: Iterable[Judgement]) -> Precision:
    counts = dict.fromkeys(FINDINGS, 0)
    for judgement in judgements:
        counts[judgement.finding] += 1
    coordinated, judged = counts["coordinated"], counts["coordinated"] + counts["ordinary"]
    interval = wilson(coordinated, judged)
    low, high = interval or (None, None)
    return Precision(
        coordinated, judged, counts["cannot_tell"], coordinated / judged if judged else None, low, high
    )
