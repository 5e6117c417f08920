"""Training learns what the labels say, the same way every time; needs the ``train`` extra."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from monitor.scoring.labelled import Division, LabelledSet, LabelledText
from monitor.scoring.model import load_model

pytest.importorskip("scipy", reason="the train extra is not installed: scipy is missing")
pytest.importorskip("jax", reason="the train extra is not installed: jax is missing")

from monitor.scoring import label_noise, learning, learning_filters, training
from monitor.scoring.learning import Effort, learn_weights

GOOD, BAD = "喜欢开心美好", "讨厌失望糟糕"


def lines(first: int, last: int) -> tuple[LabelledText, ...]:
    made = []
    for number in range(first, last):
        words = GOOD if number % 2 else BAD
        at = (number // 2) % 3 * 2
        made.append(
            LabelledText(
                f"第{chr(0x5000 + number)}次觉得{words[at : at + 2]}", polarity=1 if number % 2 else -1
            )
        )
    return tuple(made)


@pytest.fixture
def division() -> Division:
    return Division(
        (LabelledSet("a-train", lines(0, 160)),),
        (LabelledSet("a-dev", (*lines(160, 220), LabelledText("第三层", polarity=0))),),
        (),
    )


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_NETWORK_SEEDS", (1,))
    monkeypatch.setattr(label_noise, "_EFFORT", Effort(pairs=1, steps=5))
    monkeypatch.setattr(training, "learn_weights", partial(learn_weights, effort=Effort(pairs=1, steps=15)))
    monkeypatch.setattr(learning_filters, "FILTERS", 4)
    monkeypatch.setattr(learning_filters, "_ROUNDS", 1)
    monkeypatch.setattr(learning_filters, "_EMOTICON_ROUNDS", 1)


def trained(division: Division, path: Path) -> bytes:
    training.train(division, ["好[哈哈]"] * 3, path, "tiny", lambda _: None)
    return path.read_bytes()


def test_a_trained_model_tells_the_words_apart(division: Division, tmp_path: Path) -> None:
    trained(division, tmp_path / "m.bin")
    good, bad = load_model(tmp_path / "m.bin").score(["这次觉得开心", "这次觉得失望"])
    assert good.polarity > bad.polarity


def test_training_twice_gives_the_same_file(division: Division, tmp_path: Path) -> None:
    assert trained(division, tmp_path / "m.bin") == trained(division, tmp_path / "n.bin")


def test_what_is_blanked_in_one_copy_stands_in_its_partner() -> None:
    matrix = learning.ngram_matrix([line.text for line in lines(0, 40)])
    first, second, third, _ = learning._blanked(matrix, 2, np.random.default_rng(0))
    assert 0.4 < first.nnz / matrix.nnz < 0.6
    assert abs(first + second - 2 * matrix).max() == 0
    assert abs(first - third).max() > 0


_DIGEST_OF_WEIGHTS = """
import hashlib
import numpy as np
from monitor.scoring.acceptance import hard_sample, sample
from monitor.scoring.training import learn_ngrams
weights, offsets = learn_ngrams([sample(), hard_sample()])
print(np.count_nonzero(weights) > 1000, hashlib.sha256(weights.tobytes() + offsets.tobytes()).hexdigest())
"""


def digest_of_weights(**environment: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", _DIGEST_OF_WEIGHTS]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout


def test_ngrams_are_learnt_to_the_same_bits_whatever_the_registers_and_cores() -> None:
    learnt = digest_of_weights(OPENBLAS_NUM_THREADS="2")
    assert learnt.startswith("True ")
    assert learnt == digest_of_weights(
        NPY_DISABLE_CPU_FEATURES="AVX512_SPR AVX512_ICL X86_V4",
        OPENBLAS_CORETYPE="Haswell",
        OPENBLAS_NUM_THREADS="1",
    )


def test_a_label_that_texts_like_it_contradict_counts_less() -> None:
    said = [*lines(0, 160), *(LabelledText(f"第{number}次觉得喜欢", polarity=-1) for number in range(4))]
    texts, answers = training.answered([LabelledSet("a-train", tuple(said))])
    matrix, target = learning.ngram_matrix(texts), learning.target_of(answers)
    counts = label_noise.beliefs(matrix, target, ["a-train"] * len(texts), seed=1)
    assert counts[160:].max() < counts[:160].mean()


def test_a_set_whose_labels_are_unlikely_throughout_keeps_most_of_its_say() -> None:
    said = [*lines(0, 160), *(LabelledText(f"第{number}次觉得喜欢", polarity=-1) for number in range(40))]
    texts, answers = training.answered([LabelledSet("a-train", tuple(said))])
    matrix, target = learning.ngram_matrix(texts), learning.target_of(answers)
    counts = label_noise.beliefs(matrix, target, ["a-train"] * 160 + ["b-train"] * 40, seed=1)
    assert counts[160:].mean() > 0.7
