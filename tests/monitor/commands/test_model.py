"""``model evaluate`` and ``model fairness`` print figures and leave with a code that means something."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from monitor.commands.model import _with_extra, model
from monitor.errors import ModelError
from monitor.scoring.labelled import Division, LabelledSet, LabelledText

PACKAGED = files("monitor.scoring") / "model" / "default.bin"


def test_the_packaged_model_is_no_worse_than_its_card_says() -> None:
    result = CliRunner().invoke(model, ["evaluate", "--model", "default"])
    assert result.exit_code == 0, result.output
    assert "sample-dev (84 texts)" in result.output
    assert "hard-dev (85 texts)" in result.output
    assert "negation-dev (110 texts)" in result.output


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


def test_calibration_prints_both_errors_of_each_set(tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="the train extra is not installed: scipy is missing")
    with as_file(files("monitor.scoring") / "model" / "hard-dev.ndjson") as path:
        (tmp_path / "hard-dev.ndjson").write_bytes(path.read_bytes())
    result = CliRunner().invoke(model, ["calibration", "--data", str(tmp_path)])
    name, as_it_is, crossed = result.output.splitlines()[1].split("\t")
    assert name == "hard-dev"
    assert 0 <= float(as_it_is) < 0.5
    assert 0 <= float(crossed) < 0.5


def lines(*texts: str) -> LabelledSet:
    return LabelledSet("own", tuple(LabelledText(text, polarity=1) for text in texts))


def test_own_lines_that_are_judged_by_are_not_learnt_from() -> None:
    division = Division((), (lines("一"),), (lines("二"),), (lines("三"),))
    assert [one.lines for one in _with_extra(division, [lines("一", "二", "三", "四")]).training] == [
        lines("四").lines
    ]


@pytest.mark.parametrize("copy", ["服务太差了!!", "服務太差了", "服务 太差了　", "服务太差了。@店家"])
def test_what_reads_like_a_judged_text_is_not_learnt_from(
    capsys: pytest.CaptureFixture[str], copy: str
) -> None:
    division = Division((), (lines("服务太差了"),), ())
    own = lines(copy, "服务太好了")
    assert _with_extra(division, [own]).training[0].lines == lines("服务太好了").lines
    assert "own: 1 of 2 lines are copies of texts that judge the model" in capsys.readouterr().err


def test_a_set_that_is_not_there_cannot_be_left_out(tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="the train extra is not installed: scipy is missing")
    (tmp_path / "a-train.ndjson").write_text('{"text": "好", "polarity": 1}\n', "utf-8")
    result = CliRunner().invoke(model, ["cross", "--data", str(tmp_path), "--without", "b"])
    assert result.exit_code == 2
    assert "there are a" in result.output
