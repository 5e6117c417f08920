"""Convolution filters over characters, pooled by maximum, without one matrix product per text.

The one-layer network of Kim (2014): a filter of width ``w`` looks at ``w`` neighbouring characters. With
one layer its answer is a sum of one number per character and place, so that the products of embeddings
and filters are made once, when the model is loaded, and a batch of texts is looked up and added.

Answers are whole numbers of a step of their filter, one byte each, and output weights whole numbers of
another: their products add up exactly in double precision, in whatever order, so that a text scores the
same to the last bit in any batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.characters import EDGE, Codes
from monitor.scoring.feelings import Floats
from monitor.scoring.stacks import stacks

UNKNOWN = 1
FIRST_KNOWN = 2
FILTER_INPUT = 64
"""Numbers that stand for one character."""
_BEHIND = 0
_WIDEST_SUM = 120
_BELOW_ANY_SUM = -128
_OUTPUT_STEPS = 2.0**24
_FINEST = 2.0**20
Answers = NDArray[np.int8]


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


class _Width(NamedTuple):
    """The filters of one width, all networks together.

    ``tables``: for each place what each character adds there (rows, number); ``quiet``: the most steps
    that count as no answer.
    """

    tables: list[Answers]
    quiet: Answers


class Filters:
    """The mean of several networks that know the same characters and have the same widths."""

    def __init__(self, characters: NDArray[np.int32], networks: Sequence[Network]) -> None:
        """``characters``: code points, in the order of the embeddings' rows from ``FIRST_KNOWN`` on."""
        self._rows = np.full(0x20000, UNKNOWN, dtype=np.int64)
        self._rows[characters] = np.arange(FIRST_KNOWN, FIRST_KNOWN + len(characters))
        self._widths: list[_Width] = []
        offsets = np.mean([network.offsets for network in networks], axis=0, dtype=np.float64)
        outputs = []
        for width in sorted(networks[0].filters):
            stepped, step, quiet = _stepped(networks, width)
            output = _outputs(networks, width) * step[:, None]
            lowest = np.clip(quiet, _BELOW_ANY_SUM, -_BELOW_ANY_SUM - 1)
            self._widths.append(_Width(stepped, lowest.astype(np.int8)))
            offsets -= (np.where(quiet < lowest, quiet, lowest)[:, None] * output).sum(axis=0)
            outputs.append(np.rint(output * _OUTPUT_STEPS))
        self._output_steps = np.concatenate(outputs)
        self._offsets = offsets.astype(np.float32)

    def logits(self, codes: Codes, count: int) -> Floats:
        """Log-odds of the feelings for each of ``count`` spelled texts (texts, 8)."""
        edges = np.flatnonzero(codes == EDGE)
        rows = np.append(self._rows[codes], _BEHIND)
        sums = np.empty((count, self._output_steps.shape[1]))
        deepest = len(self._widths[-1].tables) - 1
        for stack in stacks(edges[:-1], np.diff(edges) + 1, len(codes), below=deepest):
            sums[stack.texts] = self._heard(rows[stack.places], deepest) @ self._output_steps
        logits: Floats = (sums / _OUTPUT_STEPS).astype(np.float32)
        return logits + self._offsets

    def _heard(self, rows: NDArray[np.int64], deepest: int) -> NDArray[np.float64]:
        """The largest answer of each filter to each text of a stack (texts, filters)."""
        depth = len(rows) - deepest
        heard = []
        for tables, quiet in self._widths:
            # All rows are there: clipping spares looking at each before it is taken.
            sums = tables[0].take(rows[:depth], axis=0, mode="clip")
            for place, table in enumerate(tables[1:], 1):
                sums += table.take(rows[place : place + depth], axis=0, mode="clip")
            heard.append(np.maximum(sums.max(axis=0), quiet))
        return np.concatenate(heard, axis=1).astype(np.float64)


def _stepped(networks: Sequence[Network], width: int) -> tuple[list[Answers], Floats, NDArray[np.float64]]:
    """What each character adds at each place in whole steps, the size of a step, and how many steps the
    bias takes away (filters,)."""
    tables = [
        np.concatenate([_added(network, width, place) for network in networks], axis=1)
        for place in range(width)
    ]
    largest = np.stack([np.abs(table).max(axis=0) for table in tables]).sum(axis=0) + np.float32(1e-9)
    step = largest / _WIDEST_SUM
    stepped = [np.rint(table / step).astype(np.int8) for table in tables]
    stepped[0][_BEHIND] = _BELOW_ANY_SUM
    bias = np.concatenate([network.filters[width][1] for network in networks])
    return stepped, step, np.rint(-bias.astype(np.float64) / step)


def _added(network: Network, width: int, place: int) -> Floats:
    """What each character adds at ``place`` (rows, number).

    Products of multiples of 1 / ``_FINEST`` add up exactly: the tables are the same on every processor.
    """
    weights, _ = network.filters[width]
    here = weights[place * FILTER_INPUT : (place + 1) * FILTER_INPUT]
    added = _multiples(network.embedding) @ _multiples(here)
    return (added / _FINEST**2).astype(np.float32)


def _multiples(weights: Floats) -> NDArray[np.float64]:
    return np.rint(weights.astype(np.float64) * _FINEST)


def _outputs(networks: Sequence[Network], width: int) -> NDArray[np.float64]:
    """The mean network's weights of the filters of ``width`` (filters, 8)."""
    outputs = []
    for network in networks:
        begin = sum(len(bias) for narrower, (_, bias) in network.filters.items() if narrower < width)
        outputs.append(network.output[begin : begin + len(network.filters[width][1])])
    return np.concatenate(outputs).astype(np.float64) / len(networks)
