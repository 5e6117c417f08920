"""``model evaluate`` and ``model fairness`` print figures and leave with a code that means something."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import msgspec
from click.testing import CliRunner

from monitor.commands.model import model
from monitor.errors import ModelError

PACKAGED = files("monitor.scoring") / "model" / "default.bin"


def test_the_packaged_model_is_no_worse_than_its_card_says() -> None:
    result = CliRunner().invoke(model, ["evaluate", "--model", "default"])
    assert result.exit_code == 0, result.output
    assert "sample-dev (84 texts)" in result.output


def test_json_has_the_figures_of_each_set() -> None:
    result = CliRunner().invoke(model, ["evaluate", "--model", "default", "--json"])
    (figures,) = msgspec.json.decode(result.output)["models"].values()
    assert figures[0]["binary_accuracy"]["value"] > 0.9


def test_a_model_compared_with_itself_is_no_better() -> None:
    with as_file(PACKAGED) as path:
        result = CliRunner().invoke(model, ["evaluate", "--compare", str(path), str(path)])
    assert result.exit_code == 1
    assert "NOT better" in result.output


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no.bin"
    path.write_bytes(b"no")
    result = CliRunner().invoke(model, ["evaluate", "--file", str(path)])
    assert isinstance(result.exception, ModelError)


def test_fairness_prints_both_ranges() -> None:
    result = CliRunner().invoke(model, ["fairness"])
    assert "listed names" in result.output
    assert "unlisted names" in result.output
