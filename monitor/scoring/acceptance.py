"""What the packaged model must reach: the figures of its card, and sentences of our own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files

import msgspec

from monitor.scoring.evaluation import Measured, SetFigures
from monitor.scoring.labelled import LabelledSet, read_labelled

Floors = dict[str, dict[str, float]]
"""Set to figure to the least it may be."""


def floors_of_the_card() -> Floors:
    """The figures of the model card, by set; less .002, which another processor's rounding may cost."""
    stored = (files("monitor.scoring") / "model" / "floors.json").read_bytes()
    return msgspec.json.decode(stored, type=Floors)


def sample() -> LabelledSet:
    """Plain sentences of our own, labelled by us: a quick check that a model is what it should be."""
    return _packaged("sample-dev")


def hard_sample() -> LabelledSet:
    """Sentences of our own that are hard for a model, though no reader would doubt their label: negation,
    contrast, slang of the 2010s, a smile that means none, questions, announcements."""
    return _packaged("hard-dev")


def negation_sample() -> LabelledSet:
    """Sentences of our own in which a negation says what is meant; none of them is learnt from."""
    return _packaged("negation-dev")


def _packaged(name: str) -> LabelledSet:
    with as_file(files("monitor.scoring") / "model" / f"{name}.ndjson") as path:
        return read_labelled(path)


def fallen(figures: Mapping[str, SetFigures], floors: Floors) -> list[str]:
    """One sentence for each figure below its floor; sets that were not evaluated are passed over."""
    lines = []
    for name, least in floors.items():
        if name not in figures:
            continue
        for figure, floor in least.items():
            found = _value(getattr(figures[name], figure))
            if found < floor:
                lines.append(f"{name} {figure} is {found:.4f}, the card has {floor:.4f}")
    return lines


def _value(figure: Measured | float | None) -> float:
    if figure is None:
        return 0.0
    return figure.value if isinstance(figure, Measured) else figure
