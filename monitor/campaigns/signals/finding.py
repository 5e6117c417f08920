"""What a signal says about one object at one moment."""

from __future__ import annotations

import math

import msgspec


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A signal's value in [0, 1], the text groups it rests on (``bare`` for plain reposts), its figures.

    It speaks of records from ``since`` on (event time in milliseconds).
    """

    name: str
    value: float
    since: int = 0
    groups: tuple[int, ...] = ()
    bare: str | None = None
    figures: tuple[int, ...] = ()


def likely(margin: float, width: float) -> float:
    """Logistic: one half at no margin, .88 at two widths above."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, margin / width))))
