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
_MULTIPLIED = 64
"""Texts multiplied at once: more, and OpenBLAS may take a second processor for them."""
Answers = NDArray[np.int8]
Rows = NDArray[np.int64]


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

    ``places``: which of a character's rows of the tables say what it adds at the first, second, … place of
    a filter; ``quiet``: the most steps that count as no answer.
    """

    places: Rows
    quiet: Answers


class Filters:
    """The mean of several networks that know the same characters, have the same widths, and as many filters
    of one as of another."""

    def __init__(self, characters: NDArray[np.int32], networks: Sequence[Network]) -> None:
        """``characters``: code points, in the order of the embeddings' rows from ``FIRST_KNOWN`` on."""
        self._characters = np.full(0x20000, UNKNOWN, dtype=np.int64)
        self._characters[characters] = np.arange(FIRST_KNOWN, FIRST_KNOWN + len(characters))
        self._known = FIRST_KNOWN + len(characters)
        self._widths: list[_Width] = []
        offsets = np.mean([network.offsets for network in networks], axis=0, dtype=np.float64)
        outputs = []
        tables: list[Answers] = []
        for width in sorted(networks[0].filters):
            stepped, step, quiet = _stepped(networks, width)
            output = _outputs(networks, width) * step[:, None]
            lowest = np.clip(quiet, _BELOW_ANY_SUM, -_BELOW_ANY_SUM - 1)
            places = np.arange(len(tables), len(tables) + width)
            self._widths.append(_Width(places, lowest.astype(np.int8)))
            offsets -= (np.where(quiet < lowest, quiet, lowest)[:, None] * output).sum(axis=0)
            outputs.append(np.rint(output * _OUTPUT_STEPS))
            tables += stepped
        self._rows_each = len(tables)
        # A character's rows lie side by side, for the processor fetches neighbours before they are asked for.
        self._tables = np.stack(tables, axis=1).reshape(-1, tables[0].shape[1])
        self._output_steps = np.ascontiguousarray(np.concatenate(outputs).T)
        self._offsets = np.asarray(offsets, dtype=np.float32)

    def logits(self, codes: Codes, count: int) -> Floats:
        """Log-odds of the feelings for each of ``count`` spelled texts (texts, 8)."""
        if not count:
            return np.empty((0, len(self._offsets)), dtype=np.float32)
        edges = np.flatnonzero(codes == EDGE)
        present, rows = self._present(codes)
        deepest = len(self._widths[-1].places) - 1
        laid = [*stacks(edges[:-1], np.diff(edges) + 1, len(codes), below=deepest)]
        stacked = [rows.take(stack.places, mode="clip") for stack in laid]
        heard = np.concatenate(
            [_heard(self._added(present, width), width.quiet, stacked, deepest) for width in self._widths],
            axis=1,
        )
        sums = np.empty((count, len(self._output_steps)))
        for first in range(0, count, _MULTIPLIED):
            part = slice(first, first + _MULTIPLIED)
            sums[part] = (self._output_steps @ heard[part].astype(np.float64).T).T
        logits = np.empty(sums.shape, dtype=np.float32)
        logits[np.concatenate([stack.texts for stack in laid])] = sums / _OUTPUT_STEPS
        return logits + self._offsets

    def _present(self, codes: Codes) -> tuple[Rows, Rows]:
        """The tables' rows of the characters of ``codes``, rising, and which of these each code point has;
        behind the last one stands nothing.

        A batch has a thousand different characters: what they add fits the processor's cache, and the
        tables of all characters do not.
        """
        rows = np.zeros(len(codes) + 1, dtype=np.int64)  # _BEHIND at the end
        self._characters.take(codes, out=rows[:-1], mode="clip")
        there = np.zeros(self._known, dtype=np.bool_)
        there[rows] = True
        return np.flatnonzero(there), (np.cumsum(there) - 1).take(rows, mode="clip")

    def _added(self, present: Rows, width: _Width) -> Answers:
        """What the characters of ``present`` add at each place of ``width`` (places, characters, filters)."""
        rows = present * self._rows_each + width.places[:, None]
        return self._tables.take(rows, axis=0, mode="clip")


def _heard(tables: Answers, quiet: Answers, stacked: Sequence[Rows], deepest: int) -> Answers:
    """The largest answer of each filter of one width to each text of all stacks (texts, filters).

    All stacks by one width before the next: its tables stay in the processor's cache.
    """
    number = len(quiet)
    heard = np.empty((sum(rows.shape[1] for rows in stacked), number), dtype=np.int8)
    room = np.empty((2, max(map(np.size, stacked)), number), dtype=np.int8)
    first = 0
    for rows in stacked:
        depth, texts = len(rows) - deepest, rows.shape[1]
        sums, more = room[:, : depth * texts].reshape(2, depth, texts, number)
        # All rows are there: clipping spares looking at each before it is taken.
        tables[0].take(rows[:depth], axis=0, out=sums, mode="clip")
        for place, table in enumerate(tables[1:], 1):
            table.take(rows[place : place + depth], axis=0, out=more, mode="clip")
            sums += more
        sums.max(axis=0, out=heard[first : first + texts])
        first += texts
    return np.maximum(heard, quiet, out=heard)


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
