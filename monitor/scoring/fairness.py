"""Whether a name alone moves the score: neutral sentences in which only a name changes.

200 sentences (``fairness.json``; openings times endings, for each kind of name 50) times 50 names of the
kind: listed ones, which the model is told to treat alike, and ones no list has.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Protocol

import msgspec
import numpy as np

from monitor.scoring.feelings import Floats
from monitor.scoring.names import listed_names

NAMES_OF_A_KIND = 50


class _Judge(Protocol):
    def probabilities(self, texts: Sequence[str]) -> tuple[Floats, Floats | None]: ...


class _Kind(msgspec.Struct, frozen=True):
    openings: tuple[str, ...]
    endings: tuple[str, ...]
    unlisted: tuple[str, ...]


class NameSwap(msgspec.Struct, frozen=True):
    """How far polarity, in [-1, 1], moves within one sentence when its name changes.

    Means over the sentences of the range (largest less smallest) over names, all kinds together and by
    kind, and the largest range met.
    """

    sentences: int
    listed: float
    unlisted: float
    listed_largest: float
    unlisted_largest: float
    listed_by_kind: dict[str, float]
    unlisted_by_kind: dict[str, float]


def name_swap(judge: _Judge) -> NameSwap:
    """Measure ``judge`` on all sentences."""
    kinds = _kinds()
    listed = {kind: tuple(names[:NAMES_OF_A_KIND]) for kind, names in listed_names().items()}
    by_list = {name: _ranges(judge, kind, listed[name]) for name, kind in kinds.items()}
    by_none = {name: _ranges(judge, kind, kind.unlisted) for name, kind in kinds.items()}
    listed_all = np.concatenate(list(by_list.values()))
    unlisted_all = np.concatenate(list(by_none.values()))
    return NameSwap(
        sentences=len(listed_all),
        listed=float(listed_all.mean()),
        unlisted=float(unlisted_all.mean()),
        listed_largest=float(listed_all.max()),
        unlisted_largest=float(unlisted_all.max()),
        listed_by_kind={name: float(ranges.mean()) for name, ranges in by_list.items()},
        unlisted_by_kind={name: float(ranges.mean()) for name, ranges in by_none.items()},
    )


def _kinds() -> dict[str, _Kind]:
    stored = (files("monitor.scoring") / "fairness.json").read_bytes()
    return msgspec.json.decode(stored, type=dict[str, _Kind])


def _ranges(judge: _Judge, kind: _Kind, names: Sequence[str]) -> Floats:
    ranges = []
    for opening in kind.openings:
        for ending in kind.endings:
            labels, _ = judge.probabilities([f"{opening}{name}{ending}" for name in names])
            polarity = labels[:, 2] - labels[:, 0]
            ranges.append(polarity.max() - polarity.min())
    return np.array(ranges, dtype=np.float32)
