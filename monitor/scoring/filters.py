"""Convolution filters over characters, pooled by maximum, without one matrix product per text.

The one-layer network of Kim (2014): a filter of width ``w`` looks at ``w`` neighbouring characters. With
one layer its answer is a sum of one number per character and place, so that the products of embeddings
and filters are made once, when the model is loaded, and a batch of texts is looked up and added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.characters import EDGE, Codes
from monitor.scoring.feelings import Floats

UNKNOWN = 1
FIRST_KNOWN = 2
FILTER_INPUT = 64
"""Numbers that stand for one character."""
_WIDEST_SUM = 120
_TOGETHER = 25
_STEPS, _OUTPUT_STEPS = 2.0**12, 2.0**20
"""Answers and output weights are whole numbers of these steps, so that their products add up exactly in
double precision, in whatever order: a text scores the same to the last bit in any batch."""


class Network(NamedTuple):
    """What one network has learnt.

    ``embedding``: (2 + characters, ``FILTER_INPUT``), row 0, behind the end of a text, zero;
    ``filters``: by width, (width * ``FILTER_INPUT``, number) and (number,);
    ``output``: (all filters, 8) in the order of their widths, and ``offsets`` (8,).
    """

    embedding: Floats
    filters: dict[int, tuple[Floats, Floats]]
    output: Floats
    offsets: Floats


class Filters:
    """The mean of several networks that know the same characters and have the same widths."""

    def __init__(self, characters: NDArray[np.int32], networks: Sequence[Network]) -> None:
        """``characters``: code points, in the order of the embeddings' rows from ``FIRST_KNOWN`` on."""
        self._rows = np.full(0x20000, UNKNOWN, dtype=np.int32)
        self._rows[characters] = np.arange(FIRST_KNOWN, FIRST_KNOWN + len(characters), dtype=np.int32)
        columns = [
            (width, network, begin)
            for width in sorted(networks[0].filters)
            for network, begin in zip(networks, _begins(networks, width), strict=True)
        ]
        tables = [
            np.concatenate([_answers(network, width, place) for width, network, _ in columns], axis=1)
            for place in range(columns[-1][0])
        ]
        largest = np.stack([np.abs(table).max(axis=0) for table in tables]).sum(axis=0) + np.float32(1e-9)
        self._tables = [np.rint(table / largest * _WIDEST_SUM).astype(np.int8) for table in tables]
        self._scale = (largest / _WIDEST_SUM * _STEPS).astype(np.float32)
        self._bias = np.concatenate(
            [network.filters[width][1] for width, network, _ in columns]
        ) * np.float32(_STEPS)
        output = [
            network.output[begin : begin + len(network.filters[width][1])]
            for width, network, begin in columns
        ]
        self._output_steps = np.rint(
            np.concatenate(output).astype(np.float64) / len(networks) * _OUTPUT_STEPS
        )
        self._offsets = np.mean([network.offsets for network in networks], axis=0, dtype=np.float32)

    def logits(self, codes: Codes, count: int) -> Floats:
        """Log-odds of the feelings for each of ``count`` spelled texts (texts, 8)."""
        rows, spans = self._padded(codes, count)
        maxima = np.empty((count, self._tables[0].shape[1]), dtype=np.int8)
        for first in range(0, count, _TOGETHER):
            last = first + _TOGETHER
            self._fill(maxima[first:last], rows, spans[first:last])
        steps = maxima * self._scale
        steps += self._bias
        np.rint(np.maximum(steps, 0, out=steps), out=steps)
        sums = steps.astype(np.float64) @ self._output_steps
        logits: Floats = (sums / (_STEPS * _OUTPUT_STEPS)).astype(np.float32)
        return logits + self._offsets

    def _fill(self, maxima: NDArray[np.int8], rows: NDArray[np.int32], spans: list[tuple[int, int]]) -> None:
        """The largest answer of each filter within each span, for as many texts as the processor's cache
        holds answers of; a fifth of the time of ``np.maximum.reduceat``."""
        begin, end = spans[0][0], spans[-1][1]
        sums = np.take(self._tables[0], rows[begin:end], axis=0)
        for place, table in enumerate(self._tables[1:], 1):
            sums += np.take(table, rows[begin + place : end + place], axis=0)
        for maximum, (one, other) in zip(maxima, spans, strict=True):
            np.maximum.reduce(sums[one - begin : other - begin], axis=0, out=maximum)

    def _padded(self, codes: Codes, count: int) -> tuple[NDArray[np.int32], list[tuple[int, int]]]:
        """Rows of the tables, each text with both its edges and room behind it, and where each lies."""
        room = len(self._tables)
        edges = np.flatnonzero(codes == EDGE)
        moved = room * (np.cumsum(codes == EDGE) - 1) + np.arange(len(codes))
        rows = np.zeros(len(codes) + room * (count + 1), dtype=np.int32)
        rows[moved[:-1]] = self._rows[codes[:-1]]
        starts = moved[edges[:-1]]
        ends = edges[1:] + room * np.arange(count)
        rows[ends] = self._rows[EDGE]
        return rows, list(zip(starts.tolist(), (ends + 1).tolist(), strict=True))


def _begins(networks: Sequence[Network], width: int) -> list[int]:
    """Where in each network's output the filters of ``width`` begin."""
    return [
        sum(len(bias) for narrower, (_, bias) in network.filters.items() if narrower < width)
        for network in networks
    ]


def _answers(network: Network, width: int, place: int) -> Floats:
    """What each character adds to the filters of ``width`` when it stands at ``place`` (rows, number)."""
    weights, bias = network.filters[width]
    if place >= width:
        return np.zeros((len(network.embedding), len(bias)), dtype=np.float32)
    answers: Floats = network.embedding @ weights[place * FILTER_INPUT : (place + 1) * FILTER_INPUT]
    return answers
