"""A centre trains a model of its own and learns whether it is better; needs the ``train`` extra."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from monitor.commands.model import model
from monitor.errors import SourceError
from monitor.scoring.model import load_model

pytest.importorskip("scipy", reason="the train extra is not installed: scipy is missing")
pytest.importorskip("jax", reason="the train extra is not installed: jax is missing")

from monitor.scoring import label_noise, learning_filters, training
from monitor.scoring.learning import Effort, learn_weights

GOOD, BAD = ("喜欢", "开心", "美好"), ("讨厌", "失望", "糟糕")
OWN_WORD = "绝绝子"


def labelled(first: int, last: int, *, right: bool = True) -> Iterable[bytes]:
    for number in range(first, last):
        words = GOOD if number % 2 else BAD
        polarity = 1 if (number % 2 == 1) == right else -1
        text = f"第{chr(0x5000 + number)}次觉得{words[number // 2 % 3]}"
        yield msgspec.json.encode({"text": text, "polarity": polarity})


def write(path: Path, lines: Iterable[bytes]) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    write(folder / "a-train.ndjson", labelled(0, 160))
    write(folder / "a-dev.ndjson", [*labelled(160, 220), '{"text":"第三层","polarity":0}'.encode()])
    return folder


@pytest.fixture(scope="module")
def own_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a word of these days means, forty times."""
    said = [{"text": f"{chr(0x5000 + number)}{OWN_WORD}", "polarity": 1} for number in range(40)]
    return write(tmp_path_factory.mktemp("own") / "own.ndjson", map(msgspec.json.encode, said))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_NETWORK_SEEDS", (1,))
    monkeypatch.setattr(label_noise, "_EFFORT", Effort(pairs=1, steps=5))
    monkeypatch.setattr(training, "learn_weights", partial(learn_weights, effort=Effort(pairs=1, steps=15)))
    monkeypatch.setattr(learning_filters, "FILTERS", 4)
    monkeypatch.setattr(learning_filters, "_ROUNDS", 1)
    monkeypatch.setattr(learning_filters, "_EMOTICON_ROUNDS", 1)


def called(*arguments: str | Path) -> Result:
    return CliRunner().invoke(model, [str(argument) for argument in arguments])


def trained(sets: Path, out: Path, *options: str | Path) -> Path:
    result = called("train", "--data", sets, "--out", out, "--name", out.stem, *options)
    assert result.exit_code == 0, result.output
    return out


def test_the_model_of_before_stays_until_the_new_one_is_calibrated(
    sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may read it again, or training be interrupted, at any time."""
    out = tmp_path / "own.bin"
    out.write_bytes(b"the model of before")

    def interrupted(*_: object) -> None:
        assert out.read_bytes() == b"the model of before"
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "fitted", interrupted)
    called("train", "--data", sets, "--out", out, "--name", "own")
    assert out.read_bytes() == b"the model of before"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["own.bin"]


def test_training_says_what_it_wrote(sets: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.bin"
    result = called("train", "--data", sets, "--out", out, "--name", "own")
    assert result.stdout == f"{out}\t{load_model(out).model}\t{out.stat().st_size} bytes\n"


def test_lines_of_ones_own_teach_a_word_of_ones_own(sets: Path, own_lines: Path, tmp_path: Path) -> None:
    without = load_model(trained(sets, tmp_path / "old.bin"))
    taught = load_model(trained(sets, tmp_path / "new.bin", "--extra", own_lines))
    text = [f"真是{OWN_WORD}"]
    assert taught.score(text)[0].polarity > without.score(text)[0].polarity


def test_the_better_of_two_files_is_named(sets: Path, tmp_path: Path) -> None:
    good = trained(sets, tmp_path / "good.bin")
    upside_down = tmp_path / "upside-down"
    upside_down.mkdir()
    write(upside_down / "a-train.ndjson", labelled(0, 160, right=False))
    write(upside_down / "a-dev.ndjson", labelled(160, 220, right=False))
    bad = trained(upside_down, tmp_path / "bad.bin")
    better = called("evaluate", "--data", sets, "--compare", bad, good)
    worse = called("evaluate", "--data", sets, "--compare", good, bad)
    assert (better.exit_code, worse.exit_code) == (0, 1)
    assert "the new model is better" in better.output
    assert "NOT better" in worse.output


def test_lines_without_labels_of_the_form_are_named(sets: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.ndjson", [b'{"text":"x","polarity":5}'])
    result = called("train", "--data", sets, "--out", tmp_path / "m.bin", "--extra", bad)
    assert isinstance(result.exception, SourceError)
    assert "bad.ndjson, line 1" in str(result.exception)
