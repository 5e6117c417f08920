"""Learning the convolution filters: first which emoticon a text had, then how its readers felt.

Emoticons in brackets are labels that authors give for nothing (Go et al. 2009): they are taken out of
every text that has one, and the network learns to guess which. Needs JAX, the ``train`` extra.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

os.environ.setdefault(
    "NPROC", "1"
)  # how sums are split, and so rounded, must not depend on the machine's cores

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from monitor.scoring.characters import EDGE, spelled
from monitor.scoring.feelings import FEELINGS, Floats
from monitor.scoring.filters import FILTER_INPUT, FIRST_KNOWN, UNKNOWN
from monitor.scoring.learning import Target

WIDTHS = (1, 2, 3, 4)
FILTERS = 64
_LONGEST = 140
_LENGTHS = (16, 32, 48, 72, 104, _LONGEST)
_BATCH = 64
_TOGETHER = 2_000
_SEEN_AT_LEAST = 3
_EMOTICONS = 100
_EMOTICON_ROUNDS = 5
_ROUNDS = 12
_DROPPED = 0.5
_HIDDEN = 0.1
_RATE = 1e-3
_WARM_UP = 200
_SHRINK = 1e-5
_EMOTICON = re.compile(r"\[[^\[\]\s]{1,6}\]")
_NEVER = -1e9

Weights = dict[str, jax.Array]
Rows = NDArray[np.int32]


class Learnt(NamedTuple):
    """What was learnt, as ``Filters`` takes it; keys of ``weights``: see ``initial_weights``."""

    characters: NDArray[np.int32]
    weights: dict[str, NDArray[np.float32]]


def learn_filters(
    texts: Sequence[str], target: Target, counts: Floats, unlabelled: Sequence[str], seed: int
) -> Learnt:
    """Learn from ``texts``, with their ``target``, that count as ``counts`` (texts,), after the emoticons of
    them and of ``unlabelled``."""
    random = np.random.default_rng(seed)
    pieces = _pieces(texts)
    characters = _characters(pieces)
    rows = np.full(0x20000, UNKNOWN, dtype=np.int32)
    rows[characters] = np.arange(FIRST_KNOWN, FIRST_KNOWN + len(characters))
    bare, emoticons = _emoticon_labels([*unlabelled, *texts])
    weights = initial_weights(len(characters) + FIRST_KNOWN, emoticons.shape[1], random)
    if len(bare) >= _BATCH:
        guesses = Target(emoticons, np.ones_like(emoticons))
        shown = [rows[piece] for piece in _pieces(bare)]
        alike = np.ones(len(bare), dtype=np.float32)
        weights = _learn(weights, shown, guesses, alike, "emoticons", _EMOTICON_ROUNDS, random)
    weights = _learn(weights, [rows[piece] for piece in pieces], target, counts, "feelings", _ROUNDS, random)
    kept = {name: np.asarray(value) for name, value in weights.items() if not name.startswith("emoticons")}
    return Learnt(characters, kept)


def _pieces(texts: Sequence[str]) -> list[NDArray[np.uint32]]:
    """Code points of each text with both edges, cut to the longest that is learnt from."""
    pieces = []
    for start in range(0, len(texts), _TOGETHER):
        codes = spelled(texts[start : start + _TOGETHER])
        edges = np.flatnonzero(codes == EDGE)
        pieces += [codes[one : other + 1][:_LONGEST] for one, other in pairwise(edges.tolist())]
    return pieces


def _characters(pieces: Sequence[NDArray[np.uint32]]) -> NDArray[np.int32]:
    seen = np.bincount(np.concatenate(pieces).astype(np.int64), minlength=0x20000)
    return np.flatnonzero(seen >= _SEEN_AT_LEAST).astype(np.int32)


def _emoticon_labels(texts: Sequence[str]) -> tuple[list[str], NDArray[np.bool_]]:
    found = [set(_EMOTICON.findall(text)) for text in texts]
    counted = Counter(emoticon for one in found for emoticon in sorted(one))
    usual = {emoticon: place for place, (emoticon, _) in enumerate(counted.most_common(_EMOTICONS))}
    having = [place for place, one in enumerate(found) if not one.isdisjoint(usual)]
    labels = np.zeros((len(having), max(1, len(usual))), dtype=np.bool_)
    for row, place in enumerate(having):
        labels[row, [usual[emoticon] for emoticon in found[place] if emoticon in usual]] = True
    return [_EMOTICON.sub("", texts[place]) for place in having], labels


def initial_weights(rows: int, emoticons: int, random: np.random.Generator) -> Weights:
    """Random weights: ``embedding``, ``filters{w}`` and ``bias{w}`` by width, two outputs with offsets."""

    def drawn(scale: float, *shape: int) -> jax.Array:
        return jnp.asarray(random.normal(0, scale, shape), jnp.float32)

    weights = {"embedding": drawn(0.3, rows, FILTER_INPUT).at[0].set(0.0)}
    for width in WIDTHS:
        weights[f"filters{width}"] = drawn((2 / (width * FILTER_INPUT)) ** 0.5, width * FILTER_INPUT, FILTERS)
        weights[f"bias{width}"] = jnp.zeros(FILTERS)
    for output, size in (("feelings", len(FEELINGS)), ("emoticons", emoticons)):
        weights[output] = drawn(0.05, FILTERS * len(WIDTHS), size)
        weights[f"{output}_offsets"] = jnp.zeros(size)
    return weights


def _logits(weights: Weights, rows: jax.Array, output: str, key: jax.Array) -> jax.Array:
    """Log-odds of a batch with characters hidden and filters dropped at random (Srivastava et al. 2014)."""
    there = (rows > 0)[..., None]
    hiding, dropping = jax.random.split(key)
    rows = jnp.where(jax.random.uniform(hiding, rows.shape) < _HIDDEN, UNKNOWN, rows)
    embedded = weights["embedding"][rows] * there
    strongest = []
    for width in WIDTHS:
        padded = jnp.pad(embedded, ((0, 0), (0, width - 1), (0, 0)))
        windows = [padded[:, place : place + rows.shape[1]] for place in range(width)]
        answers = jnp.concatenate(windows, -1) @ weights[f"filters{width}"] + weights[f"bias{width}"]
        strongest.append(jnp.where(there, jax.nn.relu(answers), 0).max(1))
    hidden = jnp.concatenate(strongest, -1)
    kept = jax.random.uniform(dropping, hidden.shape) > _DROPPED
    return jnp.asarray(hidden * kept / (1 - _DROPPED) @ weights[output] + weights[f"{output}_offsets"])


class _Batch(NamedTuple):
    """Rows of the characters of some texts, their target, and how much each counts."""

    rows: Rows
    right: NDArray[np.bool_]
    among: NDArray[np.bool_]
    counts: Floats


def _loss(weights: Weights, batch: _Batch, output: str, key: jax.Array) -> jax.Array:
    logits = _logits(weights, jnp.asarray(batch.rows), output, key)
    every = jax.nn.logsumexp(jnp.where(batch.among, logits, _NEVER), -1)
    right = jax.nn.logsumexp(jnp.where(batch.right, logits, _NEVER), -1)
    return jnp.asarray(jnp.mean(batch.counts * (every - right)))


class _State(NamedTuple):
    weights: Weights
    mean: Weights
    square: Weights


@partial(jax.jit, static_argnums=5)
def _step(state: _State, number: float, rate: float, batch: _Batch, key: jax.Array, output: str) -> _State:
    """One step of Adam (Kingma and Ba 2015) with decoupled shrinking."""
    slope = jax.grad(_loss)(state.weights, batch, output, key)
    mean = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, state.mean, slope)
    square = jax.tree.map(lambda old, new: 0.99 * old + 0.01 * new * new, state.square, slope)

    def moved(weight: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
        size = jnp.sqrt(second / (1 - 0.99**number)) + 1e-8
        return jnp.asarray(weight - rate * (first / (1 - 0.9**number) / size + _SHRINK * weight))

    return _State(jax.tree.map(moved, state.weights, mean, square), mean, square)


def _learn(
    weights: Weights,
    pieces: Sequence[Rows],
    target: Target,
    counts: Floats,
    output: str,
    rounds: int,
    random: np.random.Generator,
) -> Weights:
    lengths = np.array([len(piece) for piece in pieces])
    nothing = jax.tree.map(jnp.zeros_like, weights)
    state = _State(weights, nothing, nothing)
    last = rounds * len(list(_batches(lengths, random)))
    key = jax.random.PRNGKey(int(random.integers(1 << 31)))
    number = 0
    for _ in range(rounds):
        for places, length in _batches(lengths, random):
            number += 1
            key, used = jax.random.split(key)
            rate = _RATE * min(1.0, number / _WARM_UP) * max(0.02, 1 - number / last)
            rows = _padded([pieces[place] for place in places], length)
            batch = _Batch(rows, target.right[places], target.among[places], counts[places])
            state = _step(state, float(number), rate, batch, used, output)
    return state.weights


def _batches(
    lengths: NDArray[np.int64], random: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Texts of like length together, in an order that changes every round; each batch is full."""
    order = random.permutation(len(lengths))
    batches = []
    shorter = 0
    for longest in _LENGTHS:
        fitting = order[(lengths[order] > shorter) & (lengths[order] <= longest)]
        shorter = longest
        for start in range(0, len(fitting), _BATCH):
            places = fitting[start : start + _BATCH]
            batches.append((np.concatenate([places, random.choice(fitting, _BATCH - len(places))]), longest))
    return iter([batches[place] for place in random.permutation(len(batches))])


def _padded(pieces: Sequence[Rows], length: int) -> Rows:
    rows = np.zeros((len(pieces), length), dtype=np.int32)
    for row, piece in zip(rows, pieces, strict=True):
        row[: len(piece)] = piece
    return rows
