"""Learning the n-gram weights: one softmax over eight feelings from labels that name only some of them.

The loss of a text whose feeling is one of a set R out of a set A is ``-log(P(R) / P(A))``: sets that label
differently all say what they can. Half of the n-grams of each text are blanked out at random, several
times over, so that many weak signs are learnt beside the few strong ones (Wang and Manning 2013).
Needs SciPy, the ``train`` extra.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from monitor.scoring.characters import spelled
from monitor.scoring.descending import Point, lowest
from monitor.scoring.feelings import FEELINGS, Floats
from monitor.scoring.labelled import Answer
from monitor.scoring.ngrams import CONTEXT_WEIGHT, SLOTS, length_factors, slots_of_codes

_BATCH = 2_000
_KEPT = 0.5
_REGULARISATION = 7.0
_OFFSET_REGULARISATION = 0.01
_SEEN_AT_LEAST = 2
_NEVER = np.float32(-1e9)
_KINDS = len(FEELINGS)
_BEND = 0.1
"""Of a share of one in eight, about: the share times what is left of it."""


class Target(NamedTuple):
    """Which feelings are right, and among which (texts, 8)."""

    right: NDArray[np.bool_]
    among: NDArray[np.bool_]

    def of(self, places: NDArray[np.int64]) -> Target:
        """Those of some of the texts."""
        return Target(self.right[places], self.among[places])

    def and_(self, other: Target) -> Target:
        """Those of these texts and of the ``other`` ones."""
        return Target(np.concatenate([self.right, other.right]), np.concatenate([self.among, other.among]))


class Effort(NamedTuple):
    """How many pairs of blanked copies of each text are learnt from, in how many steps at most."""

    pairs: int
    steps: int


THOROUGH = Effort(pairs=2, steps=100)


def target_of(answers: Sequence[Answer]) -> Target:
    """Answers as masks over the feelings."""
    return Target(
        np.array([[feeling in answer.right for feeling in FEELINGS] for answer in answers]),
        np.array([[feeling in answer.among for feeling in FEELINGS] for answer in answers]),
    )


def ngram_matrix(texts: Sequence[str]) -> csr_matrix:
    """Which text has which slot, weighed as the model weighs them (texts, slots)."""
    columns, values, counts = [], [], []
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        slots = slots_of_codes(spelled(batch), len(batch))
        lengths = np.diff(slots.starts)
        factors = np.repeat(length_factors(slots), lengths)
        columns.append(slots.slots.astype(np.int32))
        values.append(np.where(slots.context, np.float32(CONTEXT_WEIGHT), np.float32(1.0)) * factors)
        counts.append(lengths)
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return csr_matrix(
        (np.concatenate(values).astype(np.float32), np.concatenate(columns), starts),
        shape=(len(texts), SLOTS),
    )


def learn_weights(
    matrix: csr_matrix, target: Target, counts: Floats, seed: int, effort: Effort = THOROUGH
) -> tuple[Floats, Floats]:
    """Weights (slots, 8) and offsets (8,) from texts (``ngram_matrix``) that count as ``counts`` (texts,).

    The same texts in the same order give the same weights.
    """
    seen = np.bincount(matrix.indices, minlength=SLOTS) >= _SEEN_AT_LEAST
    used = np.flatnonzero(seen)
    copies = _blanked(matrix[:, used].tocsr(), effort.pairs, np.random.default_rng(seed))
    loss = _Loss(copies, target, counts)
    learnt, offsets = loss.weights(lowest(loss, np.zeros(loss.size), effort.steps))
    weights = np.zeros((SLOTS, _KINDS), dtype=np.float32)
    weights[used] = learnt
    return weights, offsets


class Masks(NamedTuple):
    """What is added to log-odds so that only right feelings, or those among which they are, are left
    (texts, 8)."""

    right: Floats
    among: Floats


def masks_of(target: Target) -> Masks:
    """A target as masks."""
    return Masks(np.where(target.right, np.float32(0), _NEVER), np.where(target.among, np.float32(0), _NEVER))


def loss_and_errors(logits: Floats, masks: Masks, counts: Floats) -> tuple[float, Floats]:
    """The loss of texts with these log-odds (texts, 8) that count as ``counts`` (texts,), and its slope along
    the log-odds (texts, 8)."""
    right, right_shares = _log_sum(logits + masks.right)
    among, among_shares = _log_sum(logits + masks.among)
    return _total((among - right) * counts), (among_shares - right_shares) * counts[:, None]


def log_likelihood(logits: Floats, target: Target) -> Floats:
    """The logarithm of the probability that each text's feeling is a right one (texts,)."""
    masks = masks_of(target)
    right, _ = _log_sum(logits + masks.right)
    among, _ = _log_sum(logits + masks.among)
    return right - among


def _blanked(matrix: csr_matrix, pairs: int, random: np.random.Generator) -> list[csr_matrix]:
    """Two copies for each of ``pairs``: what is blanked in one stands in the other, so that chance favours
    no n-gram."""
    copies = []
    for _ in range(pairs):
        chosen = random.random(len(matrix.data), dtype=np.float32) < _KEPT
        for kept in (chosen, ~chosen):
            copy = matrix.copy()
            copy.data *= kept / np.float32(_KEPT)
            copy.eliminate_zeros()
            copies.append(copy)
    return copies


class _Loss:
    """Loss and gradient over all blanked copies, of weights and offsets in a row.

    Each weight is measured in units of its own, by how much the loss bends along it: frequent n-grams would
    else have their weights long before rare ones have.
    """

    def __init__(self, copies: list[csr_matrix], target: Target, counts: Floats) -> None:
        self._copies = [(copy, copy.T.tocsr()) for copy in copies]
        self._masks = masks_of(target)
        self._counts = counts / np.float32(len(copies))
        self._units = np.concatenate([self._units_of_weights(), self._units_of_offsets()])[:, None]
        self.size = self._units.size * _KINDS

    def weights(self, point: Point) -> tuple[Floats, Floats]:
        """The weights (columns, 8) and offsets (8,) that ``point`` stands for."""
        both = (point.reshape(-1, _KINDS) * self._units).astype(np.float32)
        return both[:-1], both[-1]

    def __call__(self, point: Point) -> tuple[float, Point]:
        weights, offsets = self.weights(point)
        loss = 0.5 * _REGULARISATION * _total(weights * weights)
        loss += 0.5 * _OFFSET_REGULARISATION * _total(offsets * offsets)
        gradient = _REGULARISATION * weights
        offset_gradient = _OFFSET_REGULARISATION * offsets
        for matrix, transposed in self._copies:
            here, errors = loss_and_errors(matrix @ weights + offsets, self._masks, self._counts)
            loss += here
            gradient += transposed @ errors
            offset_gradient = offset_gradient + errors.sum(axis=0)
        slope = np.concatenate([gradient, offset_gradient[None]]) * self._units
        return loss, slope.ravel()

    def _units_of_weights(self) -> NDArray[np.float64]:
        bends = sum(transposed.power(2) @ self._counts for _, transposed in self._copies)
        return np.asarray(1 / np.sqrt(_REGULARISATION + _BEND * np.asarray(bends, dtype=np.float64)))

    def _units_of_offsets(self) -> NDArray[np.float64]:
        texts = _total(self._counts) * len(self._copies)
        return np.array([1 / np.sqrt(_OFFSET_REGULARISATION + _BEND * texts)])


def _total(numbers: Floats) -> float:
    return float(np.add.reduce(numbers, axis=None, dtype=np.float64))


def _log_sum(logits: Floats) -> tuple[Floats, Floats]:
    """The logarithm of the sum of powers of each row, and each power's share of it."""
    largest = logits.max(axis=1, keepdims=True)
    powers = np.exp(logits - largest)
    sums = powers.sum(axis=1, keepdims=True)
    return (largest + np.log(sums))[:, 0], powers / sums
