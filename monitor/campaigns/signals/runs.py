"""A run of records with one exact string, empty or worded, such as no ordinary crowd makes.

Ordinary crowds mix empty reposts, button texts and words: of n records the number with one string is
beta-binomial around the crowd's own habit (Skellam 1948), learnt from the object's earlier records and
held near the common habit. The evidence is the surprise -log10 P(as many or more); a rate far above the
object's own adds up to one, since an ordinary rush brings other words along.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import compress

from monitor.campaigns.signals.finding import Finding, likely
from monitor.campaigns.window import ObjectWindow, Seen

EMPTY, WORDED = "empty_run", "worded_run"
SPANS = (10, 12, 16, 20, 24, 32, 40, 64, 120)
"""Records in a row that are looked at: close enough that a run is found a few records after it tells."""
_LEAST_SHARE, _LEAST_PURE, _LEAST_HISTORY = 0.6, 0.85, 12
_LEAST_PER_HOUR = 40
_EMPTY_HABIT, _PRECISION = 0.42, 8.0
_RARE_HABIT, _COMMON_HABIT = 0.05, 0.35
_HISTORY = 120
_HISTORY_WEIGHT = 0.05
"""Of one earlier record, beside the ``_PRECISION`` records that the common habit is worth."""
_NEEDED, _WIDTH = 3.8, 0.3


def measure(window: ObjectWindow, seen: Seen) -> Finding | None:
    """How strongly the records up to ``seen`` are a run of its string.

    A late record is judged at the end of the run it fell into, as if it had come in time.
    """
    ring = _up_to(window.ring, seen)
    newest = seen
    if len(ring) < SPANS[0] or newest.form not in {ring[-2].form, ring[-3].form}:
        return None
    common = _EMPTY_HABIT
    if newest.group >= 0:
        common = _COMMON_HABIT - (_COMMON_HABIT - _RARE_HABIT) * window.groups[newest.group].rarity
    best = None
    form, bare = newest.form, newest.bare
    lately = [one.form == form and one.bare == bare for one in ring[-SPANS[-1] :]]
    spans = _spans(lately)
    if not spans:
        return None
    earlier = [one.form == form and one.bare == bare for one in ring[: -SPANS[-1]]]
    equal = earlier + lately
    for span in spans:
        first = -span - _HISTORY
        found = _within(window, ring[first:], equal[first:], span, newest, common)
        if found is None:
            continue
        if best is None or found.value > best.value:
            best = found
    return best


def _spans(equal: list[bool]) -> list[int]:
    """The spans of which enough of the latest records are equal to the newest."""
    found, count, end = [], 0, len(equal)
    for span in SPANS:
        start = len(equal) - span
        if start < 0:
            break
        count += sum(equal[start:end])
        end = start
        if count >= SPANS[0] and count >= _LEAST_SHARE * span:
            found.append(span)
    return found


def _up_to(ring: list[Seen], seen: Seen) -> list[Seen]:
    if ring[-1] is seen:
        return ring
    end = next((at for at in range(len(ring) - 1, -1, -1) if ring[at] is seen), -1) + 1
    while end < len(ring) and _equal(ring[end], seen):
        end += 1
    return ring[:end]


def _within(
    window: ObjectWindow, ring: list[Seen], equal: list[bool], span: int, newest: Seen, common: float
) -> Finding | None:
    latest = ring[-span:]
    duration = max(1_000, latest[-1].at - latest[0].at)
    if span * 3_600_000 < _LEAST_PER_HOUR * duration:
        return None
    records = list(compress(latest, equal[-span:]))
    if len({seen.author for seen in records}) < 0.8 * len(records):
        return None
    before, equal_before = ring[:-span], sum(equal[:-span])
    if window.suspect:
        kept = [not window.is_suspect(seen) for seen in before]
        before, equal_before = list(compress(before, kept)), sum(compress(equal[:-span], kept))
    mixed = sum(seen.group < 0 and seen.bare != newest.bare for seen in latest)
    count, among = _above_usual(len(records), span - mixed, equal_before, before, latest)
    among += mixed
    if count < _LEAST_PURE * among or count < SPANS[0]:
        return None
    habit = _habit(common, equal_before, len(before))
    precision = _PRECISION + round(_HISTORY_WEIGHT * len(before))
    surprise = _surprise(count, among, round(habit, 2), precision) + _rush(before, latest, duration)
    figures = (len(records), span, max(1, round(duration / 60_000)))
    value = likely(surprise - _NEEDED, _WIDTH)
    if newest.group >= 0:
        return Finding(WORDED, value, latest[0].at, (newest.group,), None, figures)
    return Finding(EMPTY, value, latest[0].at, (), newest.bare, figures)


def _above_usual(
    equal: int, among: int, equal_before: int, before: list[Seen], latest: list[Seen]
) -> tuple[int, int]:
    """The run's records and all records beyond what the object had anyway, by its rate just before.

    A script adds its string alone to the usual traffic; a new crowd brings words along. Half a standard
    deviation of the usual other records is kept on the crowd's side, and reposts with other bare strings
    are all the crowd's (they are not among these).
    """
    if len(before) < _LEAST_HISTORY:
        return equal, among
    times = (latest[-1].at - latest[0].at) / max(60_000, latest[0].at - before[0].at)
    usual_equal = equal_before * times
    usual_other = (len(before) - equal_before) * times
    other = max(0.0, among - equal - usual_other) + 0.5 * math.sqrt(min(usual_other, among - equal))
    count = round(equal - usual_equal)
    return count, count + math.ceil(other)


def _equal(seen: Seen, newest: Seen) -> bool:
    return seen.form == newest.form and seen.bare == newest.bare


def _habit(common: float, equal: int, records: int) -> float:
    """The crowd's share of this string, held near the common one."""
    weight = _PRECISION + _HISTORY_WEIGHT * records
    return (_PRECISION * common + _HISTORY_WEIGHT * equal) / weight


def _rush(before: list[Seen], latest: list[Seen], duration: int) -> float:
    """log10 of the rate above the one before, at most 1; nothing without a history."""
    if len(before) < 10:
        return 0.0
    earlier = len(before) / max(60_000, latest[0].at - before[0].at)
    return max(0.0, min(1.0, math.log10(len(latest) / duration / earlier)))


@lru_cache(maxsize=4096)
def _surprise(count: int, records: int, habit: float, precision: float) -> float:
    """-log10 of the beta-binomial probability of ``count`` or more among ``records``.

    ``precision`` is how many records the habit is worth: a crowd that was seen for long varies less.
    """
    alpha, beta = habit * precision, (1 - habit) * precision
    total = 0.0
    for number in range(count, records + 1):
        total += math.exp(
            math.lgamma(records + 1)
            - math.lgamma(number + 1)
            - math.lgamma(records - number + 1)
            + math.lgamma(number + alpha)
            + math.lgamma(records - number + beta)
            - math.lgamma(records + alpha + beta)
            + math.lgamma(alpha + beta)
            - math.lgamma(alpha)
            - math.lgamma(beta)
        )
    return -math.log10(max(total, 1e-30))
