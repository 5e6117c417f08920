"""Many records carry texts that others carried too, though no text is frequent: sentences out of a pool.

Looked at over the latest records with own words, not over time, since a pool works for ten minutes or a
day. The evidence is the number of repeats by other accounts, weighed by rarity and likeness to the letter,
and capped per text, so that one popular text is no pool (it is ``same_words`` or a slogan).
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.campaigns.signals.finding import Finding, likely
from monitor.campaigns.signals.same_words import PARAPHRASED, uniformity
from monitor.campaigns.window import ObjectWindow, Seen

NAME = "recycled_pool"
SPANS = ((20, 5.5), (40, 8.0), (80, 12.0), (160, 18.0))
"""Latest records with own words, and how much evidence among them makes it even odds."""
_CAP = 5.0
_SLOW_PARAPHRASED = 0.55
_FAST_MS = 1_200_000
"""Within hours people ask and answer nearly the same things; within minutes they hardly do."""
_GROUPS = 2
_LEAST_COVERAGE = 0.2
_WIDTH = 1.0


def measure(window: ObjectWindow, at: int) -> Finding | None:
    """How strongly the latest records at ``at`` recycle texts."""
    spoken = [seen for seen in window.until(at) if seen.group >= 0]
    if window.suspect:
        spoken = [seen for seen in spoken if not window.is_suspect(seen)]
    best, at_most, counted = None, 0.0, 0
    counts: dict[int, int] = {}
    for span, needed in SPANS:
        if len(spoken) < span * 0.7:
            break
        for seen in spoken[-span : len(spoken) - counted]:
            before = counts.get(seen.group, 0)
            counts[seen.group] = before + 1
            if 0 < before <= _CAP:
                at_most += window.groups[seen.group].rarity
        counted = min(span, len(spoken))
        if at_most < needed - _WIDTH:
            continue
        found = _within(window, spoken[-span:], counts, needed)
        if found is not None and (best is None or found.value > best.value):
            best = found
    return best


def _within(
    window: ObjectWindow, latest: list[Seen], counts: Mapping[int, int], needed: float
) -> Finding | None:
    by_group: dict[int, list[Seen]] = {}
    for seen in latest:
        if counts[seen.group] > 1:
            by_group.setdefault(seen.group, []).append(seen)
    fast = latest[-1].at - latest[0].at <= _FAST_MS
    paraphrased = PARAPHRASED if fast else _SLOW_PARAPHRASED
    evidence = covered = 0.0
    repeated: list[int] = []
    for name, records in by_group.items():
        rarity = window.groups[name].rarity
        if rarity < 0.1:
            continue
        accounts = len({seen.author for seen in records})
        if accounts > 1:
            weight = rarity * uniformity(records, window.groups[name].size, paraphrased)
            evidence += min(weight * (accounts - 1), _CAP)
            covered += weight * accounts
            repeated.append(name)
    coverage = covered / len(latest)
    if len(repeated) < _GROUPS or coverage < _LEAST_COVERAGE:
        return None
    records_covered = sum(len(by_group[name]) for name in repeated)
    figures = (records_covered, len(latest), len(repeated))
    return Finding(NAME, likely(evidence - needed, _WIDTH), latest[0].at, tuple(repeated), None, figures)
