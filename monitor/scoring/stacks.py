"""Texts of like length side by side, place above place, so that many are added up in one go.

A batch of texts is a row of places, each text a stretch of it. A sum or maximum over each stretch by itself
costs a call for each text; over a stack of texts it costs one, and each step of it is a long one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_PLACES = 2_400
"""Places of one stack: few enough for the processor's cache, many enough for few calls."""
Places = NDArray[np.int64]


class Stack(NamedTuple):
    """Some of the texts, and where in the row the first, second, … place of each lies.

    ``texts``: (number,); ``places``: (the longest text and what was asked for below it, number).
    """

    texts: Places
    places: Places


def stacks(starts: Places, lengths: Places, behind: int, *, below: int = 0) -> Iterator[Stack]:
    """All texts in stacks, the longest first; text ``i`` begins at ``starts[i]``.

    Below the end of a text, to the depth of its stack and ``below`` more, stands ``behind``.
    """
    order = np.argsort(-lengths, kind="stable")
    if not len(order):
        return
    steps = np.arange(lengths[order[0]] + below)[:, None]
    first = 0
    while first < len(order):
        depth = steps[: lengths[order[first]] + below]
        texts = order[first : first + max(1, _PLACES // len(depth))]
        yield Stack(texts, np.where(depth < lengths[texts], starts[texts] + depth, behind))
        first += len(texts)
