"""What people think, apart from campaigns: one person one voice, with its uncertainty.

Each author of a figure's sample has one voice, the mean polarity of their certain texts, and counts with the
probability ``w`` that they write for themselves: one minus the campaign weight of all their records together,
for who writes one paid post speaks for no one but the payer. All of it is derived:

- ``mean = sum(w x) / sum(w)``; its variance is that of drawing people
  (``sum(w**2 (x - mean)**2) / sum(w)**2``) and of not knowing who is in a campaign (the same with
  ``w (1 - w)``), together ``s**2 / sum(w)``: as of ``sum(w)`` people. The quantile is Student's,
  approximated as ``z + (z**3 + z) / (4 (n - 1))``.
- The share of negative people (mean polarity below ``-1/3``) has Wilson's interval for as many people.
- Unnoticed, beside those who are noticed and speaking as they do: the part of them that the doubt still
  counts as people (the sum of their ``w``), and ``(1 - RECALL) / RECALL`` of the noticed. The true mean then
  lies on the other side, and the interval reaches as far.
- A campaign of fewer than ``HIDDEN`` people may go unseen, whatever it says; so on either side the interval
  reaches as far as if so many of the people (of the sample: in proportion; a tenth at most) were paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import msgspec

from monitor.opinion.figures import Figure, Voice
from monitor.opinion.intervals import Z, wilson

LEAST_PEOPLE = 20
"""Fewer people say too little."""
SETTLED_MS = 1_800_000
"""So long after a window a campaign may still claim records of it."""
RECALL = 0.85
"""The part of a found campaign's records that is found, about: docs/evidence/campaigns.md, *members*."""
HIDDEN = 15
"""The smallest campaign that was always found: docs/evidence/campaigns.md, *planted in real cascades*."""
_MOST_HIDDEN = 0.1
NEGATIVE_MILLI = -1_000 / 3


class Estimate(msgspec.Struct, frozen=True, gc=False):
    """A value with its interval of 95%."""

    value: float
    low: float
    high: float


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """One window. ``polarity`` in [-1, 1] and ``negative`` in [0, 1] are of people apart from campaigns.

    They are None below ``LEAST_PEOPLE``; ``people`` says how many stand behind them. ``raw_…`` count every
    certain text; None where fewer than ``MINIMUM_PEOPLE`` wrote them. ``uncertain`` is the share of texts
    whose label is not certain; they are in neither. ``campaigns`` is the share of records that campaigns
    wrote. ``provisional``: a campaign may still claim records of the window.
    """

    raw_polarity: float | None
    raw_negative: float | None
    polarity: Estimate | None
    negative: Estimate | None
    people: float
    uncertain: float
    campaigns: float
    provisional: bool


def opinion(figure: Figure, *, end: int, reached: int) -> Opinion:
    """The opinion in a window that ends at ``end``; events up to ``reached`` were seen (milliseconds)."""
    scored = sum(figure.labels.values())
    everyone = figure.people
    voices = [_Voice.of(one) for one in figure.voices.values() if one.scored > 0 and one.records > 0]
    mass = sum(voice.weight for voice in voices)
    enough = mass >= LEAST_PEOPLE
    hidden = min(HIDDEN * len(figure.voices) / max(1.0, everyone), _MOST_HIDDEN * mass)
    texts = scored + figure.uncertain
    shown = scored if not figure.withheld else 0
    return Opinion(
        raw_polarity=figure.polarity_milli / scored / 1_000 if shown else None,
        raw_negative=figure.labels.get("negative", 0) / scored if shown else None,
        polarity=_mean(voices, mass, hidden) if enough else None,
        negative=_share(voices, mass, hidden) if enough else None,
        people=mass / max(1, len(figure.voices)) * everyone,
        uncertain=figure.uncertain / texts if texts else 0.0,
        campaigns=min(1.0, max(0.0, figure.campaign_milli / 1_000 / figure.records))
        if figure.records
        else 0.0,
        provisional=reached < end + SETTLED_MS,
    )


class _Voice(msgspec.Struct, frozen=True, gc=False):
    weight: float
    polarity: float

    @classmethod
    def of(cls, voice: Voice) -> _Voice:
        weight = 1.0 - voice.campaign_milli / 1_000
        return cls(min(1.0, max(0.0, weight)), voice.polarity_milli / voice.scored / 1_000)


def _mean(voices: Sequence[_Voice], mass: float, hidden: float) -> Estimate:
    mean = sum(voice.weight * voice.polarity for voice in voices) / mass
    squares = sum(voice.weight * (voice.polarity - mean) ** 2 for voice in voices)
    quantile = Z + (Z**3 + Z) / (4 * (mass - 1))
    half = quantile * sqrt(squares / mass / (mass - 1))
    estimate = _reaching(mean, (mean - half, mean + half), voices, [voice.polarity for voice in voices])
    return _with_hidden(estimate, hidden / (mass - hidden), -1.0)


def _share(voices: Sequence[_Voice], mass: float, hidden: float) -> Estimate:
    negative = [float(voice.polarity * 1_000 < NEGATIVE_MILLI) for voice in voices]
    share = sum(voice.weight * one for voice, one in zip(voices, negative, strict=True)) / mass
    return _with_hidden(
        _reaching(share, wilson(share, mass), voices, negative), hidden / (mass - hidden), 0.0
    )


def _reaching(
    value: float, interval: tuple[float, float], voices: Sequence[_Voice], values: Sequence[float]
) -> Estimate:
    """The interval, reaching as far as the true value would lie if a part of the campaigns is unnoticed."""
    low, high = interval
    noticed = sum(1.0 - voice.weight for voice in voices)
    mass = sum(voice.weight for voice in voices)
    doubt = sum(voice.weight for voice in voices if voice.weight < 1.0)
    unnoticed = min(noticed * (1 - RECALL) / RECALL + doubt, mass / 2)
    if noticed <= 0:
        return Estimate(value, low, high)
    paid = sum((1.0 - voice.weight) * one for voice, one in zip(voices, values, strict=True)) / noticed
    shift = (value - paid) * unnoticed / (mass - unnoticed)
    return Estimate(value, low + min(0.0, shift), high + max(0.0, shift))


def _with_hidden(estimate: Estimate, odds: float, least: float) -> Estimate:
    """The interval, had paid people with these odds all said the one extreme or the other; never beyond."""
    low = estimate.low - odds * (1.0 - estimate.value)
    high = estimate.high + odds * (estimate.value - least)
    return Estimate(estimate.value, max(least, low), min(1.0, high))
