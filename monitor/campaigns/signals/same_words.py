"""One text, the same or nearly the same, from many accounts in a burst.

The accounts are weighed by the rarity of the text and by how alike the copies are to the letter: people
who share a slogan vary its punctuation, scripts do not. An ordinary crowd's most popular text takes some
hundredths of its records (fewer the longer it is), so what counts is what lies above that, and above what the
same text took of the object's records before.
"""

from __future__ import annotations

import math
from itertools import takewhile

from monitor.campaigns.signals.finding import Finding, likely
from monitor.campaigns.window import LATENESS_MS, Group, ObjectWindow, Seen

NAME = "same_words"
SPANS_MS = ((120_000, 6.0), (600_000, 7.0), (1_800_000, 8.5), (3_600_000, 10.0))
"""Spans of a burst, and how many accounts above an ordinary crowd's make it even odds."""
SLOW_SPANS_MS = ((21_600_000, 13.0), (86_400_000, 17.0))
"""Longer spans, for long texts of original posts: they have no root whose words are passed on."""
_LONG_SIZE = 16
_SLOW_VARIED = 1.25
"""Over hours more is needed of texts that are nearly equal: of one event people write in similar words."""
_POPULAR_SHORT, _POPULAR_LONG = 0.02, 0.004
_KNOWN = 40
_WIDTH = 1.0
_APART, _APART_SLOW, _ACROSS = 0.65, 0.8, 1.5
"""Original posts need less to be alike than answers to one root; answers to several roots need more,
since regular readers say the same under all of them.
"""
PARAPHRASED, _VARIED = 0.2, 0.6


def measure(window: ObjectWindow, seen: Seen) -> Finding | None:
    """How strongly the group of a record, as it was when that was written, is one text from many accounts."""
    name, newest = seen.group, seen.at
    group = window.groups[name]
    if group.rarity <= 0.05 or len(group.seen) < 5:
        return None
    end = newest + LATENESS_MS
    weight = group.rarity * uniformity(group.seen, group.size)
    ease = _ease(window, group.seen)
    best, since, figures = 0.0, newest, (0, 0)
    slow = ease < 1.0 and group.size >= _LONG_SIZE
    varied = _SLOW_VARIED if len(group.keys) > 1 else 1.0
    for span, needed in SPANS_MS + SLOW_SPANS_MS if slow else SPANS_MS:
        accounts = len({one.author for one in group.seen if newest - span < one.at <= end})
        usual = records_within(window, span, newest) * max(
            popular_share(group.size), _own_share(window, group, accounts, span, newest)
        )
        eased = needed * (ease if span <= SPANS_MS[-1][0] else max(ease, _APART_SLOW) * varied)
        margin = accounts * weight - eased - usual - 2.0 * math.sqrt(usual)
        value = likely(margin, _WIDTH)
        if value > best:
            best, since, figures = value, newest - span, (accounts, span // 60_000)
    return Finding(NAME, best, since, (name,), None, figures)


def _ease(window: ObjectWindow, seen: list[Seen]) -> float:
    if window.is_cascade:
        return 1.0
    originals = sum(one.cascade == one.record or one.cascade.startswith("#") for one in seen)
    return _APART if 2 * originals > len(seen) else _ACROSS


def popular_share(size: int) -> float:
    """The share of an ordinary crowd's records that its most popular text of this size takes."""
    return _POPULAR_LONG + (_POPULAR_SHORT - _POPULAR_LONG) * math.exp(-max(0, size - 4) / 6)


def _own_share(window: ObjectWindow, group: Group, accounts: int, span: int, newest: int) -> float:
    """The share of the object's records that the text took before the span; 0 where it was not known."""
    others = window.total - group.born - records_within(window, span, newest)
    return max(0, group.count - accounts) / others if others >= _KNOWN else 0.0


def records_within(window: ObjectWindow, span: int, newest: int) -> float:
    """Records of the object in the span before ``newest``; extrapolated when the ring is shorter.

    Where the ring has forgotten that time they may be all that the object ever had.
    """
    ring = window.until(newest)
    if not ring:
        return window.total
    first = ring[0].at
    if first <= newest - span:
        return sum(1 for _ in takewhile(lambda seen: seen.at > newest - span, reversed(ring)))
    if window.total <= len(ring):
        return len(ring)
    return min(window.total, len(ring) * span / max(1_000, newest - first))


def uniformity(seen: list[Seen], size: int, paraphrased: float = PARAPHRASED) -> float:
    """How alike copies are: 1 when equal to the letter.

    Less when each paraphrases the others (short texts are near by chance), towards .4 when the words are
    equal but everyone writes them differently, as people write a slogan. ``paraphrased`` is what a long
    paraphrase loses.
    """
    keys = len({one.key for one in seen})
    forms = len({one.form for one in seen})
    spare = len(seen) - 1
    if spare <= 0 or forms == 1:
        return 1.0
    unlike = min(0.9, paraphrased * (1.0 + math.exp(-max(0, size - 8) / 6)))
    return 1.0 - (unlike * (keys - 1) + _VARIED * (forms - keys)) / spare
