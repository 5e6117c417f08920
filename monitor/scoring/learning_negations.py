"""Learning plain negations last: n-grams with a negating character learn what sentences of our own lack.

Learnt with all the other texts, some thousand short sentences move what everybody's characters weigh. So all
else stays what it is: only n-grams of two characters or more that negate and stand in three of the sentences
get another weight, on top of what n-grams and filters say together. The labelled texts that have them count
too, so that nothing is unlearnt. Needs SciPy, the ``train`` extra.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from monitor.scoring.characters import EDGE, spelled
from monitor.scoring.descending import Point, lowest
from monitor.scoring.feelings import FEELINGS, Floats
from monitor.scoring.learning import Target, loss_and_errors, masks_of, ngram_matrix
from monitor.scoring.model import TextModel
from monitor.scoring.ngrams import located

_NEGATING = frozenset(map(ord, "不没无未莫勿毫难缺"))
"""Not those that stand in *very* and *especially*, too."""
_SHORTEST = 2
_SEEN_AT_LEAST = 3
_REGULARISATION = 1.0
_STEPS = 60


def learn_negations(
    model: TextModel,
    texts: Sequence[str],
    target: Target,
    counts: Floats,
    own: Sequence[str],
    answers: Target,
) -> tuple[NDArray[np.int64], Floats]:
    """Slots of n-grams, and what is to be added to their weights (slots, 8).

    ``texts`` are those that ``model`` was learnt from, with their ``target`` and how much each counts
    (texts,); ``own`` are our sentences, with their ``answers``.
    """
    slots = _negating_slots(own)
    known, ours = ngram_matrix(texts)[:, slots], ngram_matrix(own)[:, slots]
    touched = np.flatnonzero(known.getnnz(axis=1))
    loss = _Loss(
        vstack([known[touched], ours]).tocsr() * np.float32(1 - model.mix),
        np.concatenate([model.log_odds([texts[place] for place in touched.tolist()]), model.log_odds(own)]),
        target.of(touched).and_(answers),
        np.concatenate([counts[touched], np.ones(len(own), dtype=np.float32)]),
    )
    return slots, loss.weights(lowest(loss, np.zeros(loss.size), _STEPS))


def _negating_slots(texts: Sequence[str]) -> NDArray[np.int64]:
    """Slots, rising, of n-grams with a negating character, inside of ``_SEEN_AT_LEAST`` of the ``texts``."""
    seen: Counter[int] = Counter()
    for text in texts:
        codes = spelled([text])
        negates = np.isin(codes, list(_NEGATING))
        inside = codes != EDGE
        seen.update(
            {
                one.slot
                for one in located(codes)
                if one.length >= _SHORTEST
                and negates[one.start : one.start + one.length].any()
                and inside[one.start : one.start + one.length].all()
            }
        )
    return np.array(sorted(slot for slot, times in seen.items() if times >= _SEEN_AT_LEAST), dtype=np.int64)


class _Loss:
    """Loss and gradient of what is added to the weights of some n-grams, in a row."""

    def __init__(self, matrix: csr_matrix, before: Floats, target: Target, counts: Floats) -> None:
        """``before`` are the log-odds without what is added (texts, 8), ``counts`` how much each counts."""
        self._matrix, self._transposed = matrix, matrix.T.tocsr()
        self._before, self._masks, self._counts = before, masks_of(target), counts
        self.size = matrix.shape[1] * len(FEELINGS)

    def weights(self, point: Point) -> Floats:
        """The weights (columns, 8) that ``point`` stands for."""
        return point.reshape(-1, len(FEELINGS)).astype(np.float32)

    def __call__(self, point: Point) -> tuple[float, Point]:
        weights = self.weights(point)
        loss, errors = loss_and_errors(self._before + self._matrix @ weights, self._masks, self._counts)
        loss += 0.5 * _REGULARISATION * float(np.add.reduce(weights * weights, axis=None, dtype=np.float64))
        slope = _REGULARISATION * weights + self._transposed @ errors
        return loss, slope.ravel().astype(np.float64)
