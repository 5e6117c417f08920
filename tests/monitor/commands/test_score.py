"""``score`` uses the model that the settings name, and says what is wrong with it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from monitor.cli import commands
from monitor.composition import reloadable_scorer
from monitor.errors import ModelError
from monitor.scoring.weights import read_model, write_model
from monitor.settings import LoadedSettings, load_settings

PACKAGED = Path(str(files("monitor.scoring") / "model" / "default.bin"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged weights under another name."""
    path = tmp_path_factory.mktemp("own") / "own.bin"
    stored = read_model(PACKAGED)
    write_model(path, {**stored.about, "name": "own"}, stored.arrays)
    return path


def settings_with(folder: Path, model_file: str) -> Path:
    path = folder / "monitor.toml"
    path.write_text(f'[scoring]\nmodel_file = "{model_file}"\n', "utf-8")
    return path


def loaded(folder: Path, model_file: str) -> LoadedSettings:
    return load_settings(settings_with(folder, model_file), {})


def scored(folder: Path, settings: Path, *options: str) -> Result:
    texts = folder / "texts.ndjson"
    texts.write_text('{"id":"1","text":"今天真的太开心了，谢谢大家"}\n', "utf-8")
    return CliRunner().invoke(commands, ["--config", str(settings), "score", str(texts), "--json", *options])


def test_a_score_names_the_model_of_the_settings(tmp_path: Path, own: Path) -> None:
    result = scored(tmp_path, settings_with(tmp_path, str(own)))
    assert msgspec.json.decode(result.stdout)["model"].startswith("own-")


def test_a_relative_name_starts_at_the_settings_folder(tmp_path: Path) -> None:
    (tmp_path / "m.bin").write_bytes(PACKAGED.read_bytes())
    result = scored(tmp_path, settings_with(tmp_path, "m.bin"))
    assert msgspec.json.decode(result.stdout)["label"] == "positive"


def test_scorers_without_a_file_are_not_asked_to_take_one(tmp_path: Path, own: Path) -> None:
    result = scored(tmp_path, settings_with(tmp_path, str(own)), "--sentiment", "none")
    assert msgspec.json.decode(result.stdout)["model"] == "none"


def test_the_words_behind_a_score_are_those_of_the_model_in_use(tmp_path: Path, own: Path) -> None:
    result = scored(tmp_path, settings_with(tmp_path, str(own)), "--explain")
    row = msgspec.json.decode(result.stdout)
    assert row["model"].startswith("own-")
    assert row["parts"]


def test_a_text_without_words_of_its_own_says_so_instead_of_words(tmp_path: Path) -> None:
    file = tmp_path / "t.ndjson"
    file.write_text('{"id": "1", "text": "转发微博//@某人:气死我了"}\n', "utf-8")
    assert "no text of its own" in CliRunner().invoke(commands, ["score", str(file), "--explain"]).stdout


def test_only_our_own_models_are_explained(tmp_path: Path) -> None:
    result = scored(tmp_path, settings_with(tmp_path, ""), "--sentiment", "none", "--explain")
    assert result.exit_code == 2
    assert "our own models, not of none" in result.output


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (None, "cannot be read"),
        (b"hello", "not a model file of this version"),
        (PACKAGED.read_bytes()[:4_000_000], "damaged"),
    ],
    ids=["missing", "something else", "half of it"],
)
def test_a_model_file_that_is_none_stops_the_command_by_name(
    tmp_path: Path, content: bytes | None, part: str
) -> None:
    if content is not None:
        (tmp_path / "bad.bin").write_bytes(content)
    result = scored(tmp_path, settings_with(tmp_path, "bad.bin"))
    assert isinstance(result.exception, ModelError)
    assert result.exception.exit_code == 2
    assert "bad.bin" in str(result.exception)
    assert part in str(result.exception)


def test_the_file_of_the_settings_is_what_is_read_again(tmp_path: Path, own: Path) -> None:
    (tmp_path / "m.bin").write_bytes(PACKAGED.read_bytes())
    scorer = reloadable_scorer(loaded(tmp_path, "m.bin"))
    (tmp_path / "m.bin").write_bytes(own.read_bytes())
    scorer.request_reload()
    assert scorer.reload_if_requested()
    assert scorer.model.startswith("own-")
