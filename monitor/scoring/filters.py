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

_PAD, UNKNOWN = 0, 1
FIRST_KNOWN = 2
FILTER_INPUT = 64
"""Numbers that stand for one character."""
_WIDEST_SUM = 60
_NEVER = np.int8(-64)


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
        self._tables[0][_PAD] = _NEVER
        self._scale = (largest / _WIDEST_SUM).astype(np.float32)
        self._bias = np.concatenate([network.filters[width][1] for width, network, _ in columns])
        self._output = np.concatenate(
            [
                network.output[begin : begin + len(network.filters[width][1])] / len(networks)
                for width, network, begin in columns
            ]
        ).astype(np.float32)
        self._offsets = np.mean([network.offsets for network in networks], axis=0, dtype=np.float32)

    def logits(self, codes: Codes, count: int) -> Floats:
        """Log-odds of the feelings for each of ``count`` spelled texts (texts, 8)."""
        rows, starts = self._padded(codes, count)
        length = len(rows) - len(self._tables)
        sums = np.take(self._tables[0], rows[:length], axis=0)
        for place, table in enumerate(self._tables[1:], 1):
            sums += np.take(table, rows[place : place + length], axis=0)
        strongest: Floats = _maxima(sums, starts) * self._scale + self._bias
        result: Floats = np.maximum(strongest, 0, out=strongest) @ self._output + self._offsets
        return result

    def _padded(self, codes: Codes, count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Rows of the tables, each text with both its edges and room behind it, and where each begins."""
        widest = len(self._tables)
        edges = np.flatnonzero(codes == EDGE)
        moved = widest * (np.cumsum(codes == EDGE) - 1) + np.arange(len(codes))
        rows = np.zeros(len(codes) + widest * (count + 1), dtype=np.int32)
        rows[moved[:-1]] = self._rows[codes[:-1]]
        starts = moved[edges[:-1]]
        rows[edges[1:] + widest * np.arange(count)] = self._rows[EDGE]
        return rows, starts


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


def _maxima(sums: NDArray[np.int8], starts: NDArray[np.int64]) -> NDArray[np.int8]:
    """The largest of each column from one start to the next; a fifth of the time ``reduceat`` takes."""
    maxima = np.empty((len(starts), sums.shape[1]), dtype=np.int8)
    bounds = [*starts.tolist(), len(sums)]
    for place, maximum in enumerate(maxima):
        np.maximum.reduce(sums[bounds[place] : bounds[place + 1]], axis=0, out=maximum)
    return maxima
