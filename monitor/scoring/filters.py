"""Convolution filters over characters, pooled by maximum, without one matrix product per text.

The one-layer network of Kim (2014): a filter of width ``w`` looks at ``w`` neighbouring characters. With
one layer its answer is a sum of one number per character and place, so that the products of embeddings
and filters are made once, when the model is loaded, and a batch of texts is looked up and added.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.characters import EDGE, Codes
from monitor.scoring.feelings import Floats

_PAD, UNKNOWN = 0, 1
FIRST_KNOWN = 2
FILTER_INPUT = 64
"""Numbers that stand for one character."""
_WIDEST_SUM = 16_000
_NEVER = np.int16(-16_000)


class Filters:
    """Filters of several widths, and what the strongest answer of each says about the feelings."""

    def __init__(
        self,
        characters: NDArray[np.int32],
        embedding: Floats,
        filters: dict[int, tuple[Floats, Floats]],
        output: Floats,
        offsets: Floats,
    ) -> None:
        """Take trained weights.

        Args:
            characters: code points known, in the order of the embedding's rows from ``FIRST_KNOWN`` on.
            embedding: (2 + characters, size); row 0 stands behind the end of a text and is zero.
            filters: width to (width * size, number) and (number,).
            output: (all filters, 8), offsets (8,).
        """
        self._rows = np.full(0x20000, UNKNOWN, dtype=np.int32)
        self._rows[characters] = np.arange(FIRST_KNOWN, FIRST_KNOWN + len(characters), dtype=np.int32)
        self._widths = tuple(sorted(filters))
        self._tables: list[list[NDArray[np.int16]]] = []
        scales = []
        biases = []
        size = embedding.shape[1]
        for width in self._widths:
            weights, bias = filters[width]
            answers = [embedding @ weights[place * size : (place + 1) * size] for place in range(width)]
            largest = sum(np.abs(answer).max(axis=0) for answer in answers) + np.float32(1e-9)
            table = [np.rint(answer / largest * _WIDEST_SUM).astype(np.int16) for answer in answers]
            table[0][_PAD] = _NEVER
            self._tables.append(table)
            scales.append(largest / _WIDEST_SUM)
            biases.append(bias)
        self._scale = np.concatenate(scales).astype(np.float32)
        self._bias = np.concatenate(biases).astype(np.float32)
        self._output = output
        self._offsets = offsets

    def logits(self, codes: Codes, count: int) -> Floats:
        """Log-odds of the feelings for each of ``count`` spelled texts (texts, 8)."""
        rows, starts = self._padded(codes, count)
        length = len(rows) - self._widths[-1]
        answers = []
        for width, table in zip(self._widths, self._tables, strict=True):
            sums = table[0][rows[:length]]
            for place in range(1, width):
                sums += table[place][rows[place : place + length]]
            answers.append(np.maximum.reduceat(sums, starts, axis=0))
        strongest: Floats = np.concatenate(answers, axis=1) * self._scale + self._bias
        result: Floats = np.maximum(strongest, 0, out=strongest) @ self._output + self._offsets
        return result

    def _padded(self, codes: Codes, count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Rows of the tables, each text with both its edges and room behind it, and where each begins."""
        widest = self._widths[-1]
        edges = np.flatnonzero(codes == EDGE)
        moved = widest * (np.cumsum(codes == EDGE) - 1) + np.arange(len(codes))
        rows = np.zeros(len(codes) + widest * (count + 1), dtype=np.int32)
        rows[moved[:-1]] = self._rows[codes[:-1]]
        starts = moved[edges[:-1]]
        rows[edges[1:] + widest * np.arange(count)] = self._rows[EDGE]
        return rows, starts
