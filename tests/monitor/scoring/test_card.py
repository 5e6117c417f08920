"""On the labelled sets, where they are at hand, the packaged model is what its card says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.scoring.acceptance import fallen, floors_of_the_card
from monitor.scoring.evaluation import SetFigures, evaluate, named
from monitor.scoring.labelled import divided, read_folder
from monitor.scoring.model import default_model

SETS = (
    Path(os.environ.get("OPINION_MONITOR_SHARED_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
    / "sentiment"
)


@pytest.fixture(scope="module")
def figures() -> dict[str, SetFigures]:
    if not SETS.is_dir():
        pytest.skip(f"the labelled sets are not at {SETS}")
    return named(evaluate(default_model(), divided(read_folder(SETS))))


def test_no_figure_is_below_the_card(figures: dict[str, SetFigures]) -> None:
    assert not fallen(figures, floors_of_the_card())


@pytest.mark.parametrize("name", ["smp2020-usual-dev", "smp2020-virus-dev"])
def test_it_is_as_often_right_as_it_says(figures: dict[str, SetFigures], name: str) -> None:
    error = figures[name].binary_calibration_error
    assert error is not None
    assert error <= 0.03
