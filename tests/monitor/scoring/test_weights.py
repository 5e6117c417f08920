"""A model file gives back what was written, the same bytes for the same content, and no damage passes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.errors import ModelError
from monitor.scoring.feelings import FEELINGS
from monitor.scoring.model import load_model
from monitor.scoring.ngrams import SLOTS
from monitor.scoring.weights import UNIT, companded, read_model, squared, write_model


def written(folder: Path, name: str = "m.bin", value: float = 1.0) -> Path:
    path = folder / name
    arrays: dict[str, NDArray[np.generic]] = {"a": np.array([value, 2.0], dtype=np.float32)}
    write_model(path, {"name": "m"}, arrays)
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_model(written(tmp_path)).floats("a", 2).tolist() == [1.0, 2.0]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path).read_bytes() == written(tmp_path, "n.bin").read_bytes()


def test_other_weights_are_another_version(tmp_path: Path) -> None:
    assert read_model(written(tmp_path)).digest != read_model(written(tmp_path, "n.bin", 3.0)).digest


@pytest.mark.parametrize("place", [20, 60, -1])
def test_a_changed_byte_is_found(tmp_path: Path, place: int) -> None:
    path = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError):
        read_model(path)


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ModelError, match="damaged"):
        read_model(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.bin"):
        read_model(tmp_path / "nowhere.bin")


def test_another_file_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(ModelError, match="not a model file"):
        read_model(path)


def test_a_file_without_our_arrays_is_no_scorer(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"m\.bin is a model of another version.*weights"):
        load_model(written(tmp_path))


def test_a_file_that_does_not_say_what_its_arrays_are_is_of_another_version(tmp_path: Path) -> None:
    packaged = read_model(Path(str(files("monitor.scoring") / "model" / "default.bin")))
    kept = {name: array for name, array in packaged.arrays.items() if name not in ("weights", "characters")}
    blank = {"weights": np.zeros((SLOTS, len(FEELINGS)), dtype=np.int8)}
    path = tmp_path / "m.bin"
    write_model(path, {"name": "m"}, {**kept, **blank, "characters": np.zeros(1, dtype=np.int32)})
    with pytest.raises(ModelError, match=r"another version.*widths"):
        load_model(path)


@given(st.lists(st.floats(-5, 5, width=32), min_size=2, max_size=40))
def test_companding_keeps_weights_within_a_hundredth_of_the_largest(values: list[float]) -> None:
    weights = np.array(values, dtype=np.float32)[:, None]
    stored, largest = companded(weights)
    assert np.abs(squared(stored) / UNIT * largest - weights).max() <= 0.0101 * largest[0] + 1e-6


def test_a_link_to_a_model_goes_on_leading_to_it_and_its_mode_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "v1.bin", tmp_path / "current.bin"
    write_model(target, {"name": "old"}, {"x": np.zeros(3, dtype=np.float32)})
    target.chmod(0o640)
    link.symlink_to(target)
    write_model(link, {"name": "new"}, {"x": np.zeros(3, dtype=np.float32)})
    assert link.is_symlink()
    assert read_model(target).about["name"] == "new"
    assert target.stat().st_mode & 0o777 == 0o640
