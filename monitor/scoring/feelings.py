"""The eight feelings the model tells apart, and how emotions and the three labels follow from them.

Sets of labelled texts disagree about what they label, so the model learns finer classes than any of
them has: what one set calls *angry* is ``angry`` or ``outrage`` (the anger of people about a public event),
what another only calls *negative* may be ``disapproval`` (against it, yet neither angry, afraid nor sad).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monitor.scoring.port import EMOTIONS, Emotion

Feeling = Literal["angry", "fear", "happy", "neutral", "sad", "surprise", "disapproval", "outrage"]
FEELINGS: tuple[Feeling, ...] = (*EMOTIONS, "disapproval", "outrage")
NEGATIVE: tuple[Feeling, ...] = ("angry", "fear", "sad", "disapproval", "outrage")
ANGRY, NEUTRAL, HAPPY, DISAPPROVAL, OUTRAGE = (
    FEELINGS.index(feeling) for feeling in ("angry", "neutral", "happy", "disapproval", "outrage")
)
NEGATIVE_PLACES = [FEELINGS.index(feeling) for feeling in NEGATIVE]
OUTRAGED_AT_LEAST = 0.5
Floats = NDArray[np.float32]


def softmax(logits: Floats) -> Floats:
    """Probabilities of each row."""
    powers: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def label_shares(feelings: Floats) -> Floats:
    """Shares of negative, neutral and positive among what is not surprise, which is neither."""
    shares: Floats = np.stack(
        [feelings[:, NEGATIVE_PLACES].sum(axis=1), feelings[:, NEUTRAL], feelings[:, HAPPY]], axis=1
    )
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), np.float32(1e-12))
    return shares


def outraged(feelings: Floats) -> NDArray[np.bool_]:
    """Which texts are outrage: where it is likelier than all else together. Few who disapprove of what
    happens in public are angry."""
    return np.asarray(feelings[:, OUTRAGE] >= OUTRAGED_AT_LEAST)


def emotion_shares(feelings: Floats, outrage: NDArray[np.bool_]) -> Floats:
    """Probabilities of the six emotions and, last, of disapproval without one of them.

    What is against a public event is anger in texts that are ``outrage``, disapproval in all others.
    """
    shares: Floats = feelings[:, : DISAPPROVAL + 1].copy()
    against = shares[:, DISAPPROVAL] + feelings[:, OUTRAGE]
    shares[:, ANGRY] += np.where(outrage, against, np.float32(0))
    shares[:, DISAPPROVAL] = np.where(outrage, np.float32(0), against)
    return shares


EMOTION_OF_PLACE: tuple[Emotion | None, ...] = (*EMOTIONS, None)
"""The emotion of each column of ``emotion_shares``; disapproval alone is no emotion of the six."""
