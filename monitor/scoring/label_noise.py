"""How far each label is believed: one that a model taught without it finds unlikely counts less.

People who label disagree. As in confident learning (Northcutt et al. 2021), each text is judged by a model
that has not seen it. Labels are compared within their set and kind only, so that no set and no rare feeling
loses more than another, and none is dropped: the least likely count in proportion to how likely they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from monitor.scoring.feelings import Floats
from monitor.scoring.learning import Effort, Target, learn_weights, log_likelihood

_FOLDS = 4
_DOUBTED = 0.2
_LEAST = 0.1
_EFFORT = Effort(pairs=1, steps=30)


def beliefs(matrix: csr_matrix, target: Target, sets: Sequence[str], seed: int) -> Floats:
    """How much each text counts, from ``_LEAST`` to 1 (texts,); ``sets`` names the set of each.

    In each set and kind of label the least likely ``_DOUBTED`` count less than 1.
    """
    probability = _probabilities_unseen(matrix, target, seed)
    kinds = np.array(
        [f"{one} {right.tobytes().hex()}" for one, right in zip(sets, target.right, strict=True)]
    )
    counts = np.ones(len(probability), dtype=np.float32)
    for kind in np.unique(kinds):
        alike = kinds == kind
        usual = np.quantile(probability[alike], _DOUBTED)
        counts[alike] = np.clip(probability[alike] / max(float(usual), 1e-9), _LEAST, 1)
    return counts


def _probabilities_unseen(matrix: csr_matrix, target: Target, seed: int) -> Floats:
    """Of each label, by weights learnt from other texts (texts,)."""
    folds = np.random.default_rng(seed).integers(0, _FOLDS, matrix.shape[0])
    probability = np.zeros(matrix.shape[0], dtype=np.float32)
    for fold in range(_FOLDS):
        seen, unseen = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        weights, offsets = learn_weights(
            matrix[seen], target.of(seen), np.ones(len(seen), dtype=np.float32), seed, _EFFORT
        )
        probability[unseen] = np.exp(log_likelihood(matrix[unseen] @ weights + offsets, target.of(unseen)))
    return probability
