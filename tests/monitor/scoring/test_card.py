"""On the labelled sets, where they are at hand, the packaged model is what its card says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.scoring.acceptance import fallen, floors_of_the_card
from monitor.scoring.evaluation import evaluate, named
from monitor.scoring.labelled import divided, read_folder
from monitor.scoring.model import default_model

SETS = (
    Path(os.environ.get("OPINION_MONITOR_SHARED_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
    / "sentiment"
)


@pytest.mark.skipif(not SETS.is_dir(), reason=f"the labelled sets are not at {SETS}")
def test_no_figure_is_below_the_card() -> None:
    figures = named(evaluate(default_model(), divided(read_folder(SETS))))
    assert not fallen(figures, floors_of_the_card())
