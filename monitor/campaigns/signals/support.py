"""What supports a finding but is never enough: rhythm, rush, and alike accounts and clients.

Each is a value in [0, 1] over the records a finding rests on.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections import Counter
from itertools import pairwise

from monitor.campaigns.signals.finding import Finding, likely
from monitor.campaigns.window import ObjectWindow, Seen

_LEAST = 8
_LEAST_RUSH, _MOST_TOLD = 2.0, 100


def measure(window: ObjectWindow, members: list[Seen]) -> list[Finding]:
    """The supporting signals that can be told from these records."""
    if len(members) < _LEAST:
        return []
    found = [
        _rhythm(members),
        _rush(window, members),
        _client(window, members),
        _accounts(members),
    ]
    return [finding for finding in found if finding is not None]


def _rhythm(members: list[Seen]) -> Finding | None:
    """Regular gaps: their coefficient of variation is about 1 for people, near 0 for a timer."""
    gaps = [later.at - earlier.at for earlier, later in pairwise(members)]
    mean = statistics.fmean(gaps)
    if mean < 2_000:
        return None
    variation = statistics.pstdev(gaps) / mean
    value = likely(0.45 - variation, 0.1)
    return Finding("rhythm", value, members[0].at, figures=(round(mean / 1000), round(variation * 100)))


def _rush(window: ObjectWindow, members: list[Seen]) -> Finding | None:
    """The rate of the members against the object's own rate before them."""
    before = [seen for seen in window.ring if seen.at < members[0].at]
    if len(before) < 10:
        return None
    earlier = len(before) / max(60_000, members[0].at - before[0].at)
    times = len(members) / max(1_000, members[-1].at - members[0].at) / earlier
    if times < _LEAST_RUSH:
        return None
    return Finding("rush", likely(times - 8.0, 3.0), members[0].at, figures=(min(_MOST_TOLD, int(times)),))


def _client(window: ObjectWindow, members: list[Seen]) -> Finding | None:
    """One client for all, where others use several."""
    clients = Counter(seen.client for seen in members if seen.client)
    if clients.total() < _LEAST:
        return None
    top, count = clients.most_common(1)[0]
    others = [seen.client for seen in window.ring if seen.client and seen.at < members[0].at]
    usual = (others.count(top) + 2) / (len(others) + 4)
    share = count / clients.total()
    value = likely(share - usual - 0.5, 0.12)
    return Finding("one_client", value, members[0].at, figures=(round(100 * share), round(100 * usual)))


def _accounts(members: list[Seen]) -> Finding | None:
    """Accounts registered within one week of each other, or hardly followed."""
    born = sorted(seen.registered_at for seen in members if seen.registered_at is not None)
    followers = [seen.followers for seen in members if seen.followers is not None]
    if max(len(born), len(followers)) < _LEAST:
        return None
    week = 7 * 86_400_000
    together = max((bisect_left(born, at + week) - place for place, at in enumerate(born)), default=0)
    same_week = together / len(born) if born else 0.0
    unknown = sum(count < 20 for count in followers) / len(followers) if followers else 0.0
    value = likely(max(same_week, unknown) - 0.6, 0.1)
    figures = (round(100 * same_week), round(100 * unknown))
    return Finding("alike_accounts", value, members[0].at, figures=figures)
