"""Different texts put together from phrases that others used too: praise to order, in varied words.

Who is paid to say something of their own takes clauses from a brief or from the last post. No text is
repeated, so the unit is the phrase between punctuation marks; what counts is in how many *different* texts
of the latest records it stands, weighed by its rarity and capped per phrase: one popular phrase is a slogan.
Words of the root and equal texts (``same_words``, ``recycled_pool``) count for nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from monitor.campaigns.background import Background
from monitor.campaigns.signals.finding import Finding, likely
from monitor.campaigns.window import ObjectWindow, Seen
from monitor.campaigns.words import grams_of, phrases, read

NAME = "shared_phrases"
EVERY, _LATELY = 12, 24
"""Records of an object between two looks, and how many of the latest must share a phrase for a closer one."""
SPANS = ((40, 9.0), (80, 13.0), (160, 19.0))
"""Latest records with own words, and how much evidence among them makes it even odds."""
_CAP = 4.0
_LEAST_PHRASES, _LEAST_COVERAGE = 4, 0.3
_ROOT_SAYS, _LEAST_RARITY = 0.5, 0.2
_SLOW_MS = 7_200_000
_WIDTH = 1.0


def measure(window: ObjectWindow, at: int, background: Background) -> Finding | None:
    """How strongly the latest records at ``at`` are put together from shared phrases."""
    known = window.until(at)
    lately = list(_said(window, list(islice((seen for seen in reversed(known) if seen.group >= 0), _LATELY))))
    if len(set(lately)) == len(lately):
        return None
    spoken = [seen for seen in known if seen.group >= 0]
    best = None
    for span, needed in SPANS:
        latest = spoken[-span:]
        if len(latest) < span * 0.7 or latest[-1].at - latest[0].at > _SLOW_MS:
            break
        found = _within(window, latest, needed, background)
        if found is not None and (best is None or found.value > best.value):
            best = found
    return best


def _within(
    window: ObjectWindow, latest: list[Seen], needed: float, background: Background
) -> Finding | None:
    said: dict[str, dict[int, str]] = {}
    for seen in latest:
        for phrase in _phrases(window, seen):
            said.setdefault(phrase, {}).setdefault(seen.group, seen.author)
    evidence, groups, shared = 0.0, set[int](), 0
    root = grams_of(window.root_own)
    for phrase, by_group in said.items():
        people = len(set(by_group.values()))
        if people < 2:
            continue
        words = read(phrase)
        rarity = background.rarity(words)
        if rarity < _LEAST_RARITY or len(words.grams & root) > _ROOT_SAYS * len(words.grams):
            continue
        evidence += min(rarity * (people - 1), _CAP)
        groups.update(by_group)
        shared += 1
    covered = sum(seen.group in groups for seen in latest)
    if shared < _LEAST_PHRASES or covered < _LEAST_COVERAGE * len(latest):
        return None
    value = likely(evidence - needed, _WIDTH)
    return Finding(NAME, value, latest[0].at, tuple(sorted(groups)), None, (covered, shared, len(latest)))


def _said(window: ObjectWindow, latest: list[Seen]) -> Iterator[str]:
    """The phrases of records, once for each text."""
    texts = {seen.key: seen for seen in latest}
    for seen in texts.values():
        yield from _phrases(window, seen)


def _phrases(window: ObjectWindow, seen: Seen) -> tuple[str, ...]:
    text = window.texts.find(seen.key)
    return phrases(text.own) if text is not None else ()
