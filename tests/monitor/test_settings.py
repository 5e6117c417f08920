"""Settings: what is wrong is named, with the value and what is allowed."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from monitor.errors import SettingsError
from monitor.settings import REDACTED, Settings, load_settings, shown

SHIPPED = Path(__file__).parents[2] / "config" / "monitor.toml"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "monitor.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_states_every_setting_with_its_default() -> None:
    assert tomllib.loads(SHIPPED.read_text("utf-8")) == msgspec.json.decode(msgspec.json.encode(Settings()))


def test_every_setting_of_the_shipped_file_is_explained() -> None:
    lines = SHIPPED.read_text("utf-8").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if " = " in line and not line.startswith("#") and not before.startswith("#")
    ]
    assert bare == []


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, ""), {}).settings == Settings()


def test_environment_goes_before_file_goes_before_default(tmp_path: Path) -> None:
    path = write(tmp_path, "[run]\nbatch_records = 7\npartitions = 3\n")
    loaded = load_settings(path, {"OPINION_MONITOR__RUN__PARTITIONS": "5", "OTHER": "x"})
    assert (loaded.settings.run.batch_records, loaded.settings.run.partitions) == (7, 5)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[runs]\n", ("unknown key runs", "allowed here: records, privacy")),
        ("[run]\nbatch = 5\n", ("unknown key run.batch = 5", "batch_records")),
        ("[run]\nbatch_records = 0\n", ("run.batch_records = 0", ">= 1")),
        ('[run]\nbatch_records = "many"\n', ("run.batch_records = 'many'", "`int`")),
        ('[scoring]\nsentiment = "best"\n', ("scoring.sentiment = 'best'", "default, ngrams, snownlp, none")),
        ('[metrics]\nlisten = "9100"\n', ("metrics.listen = '9100'", "HOST:PORT")),
        ('[display]\ntimezone = "Mars"\n', ("display.timezone = 'Mars'", "Asia/Shanghai")),
        ('[records]\nplatforms = ["text"]\n', ("records.platforms", "'text'", "reserved")),
        ("records = 5\n", ("records = 5", "`object`")),
        ("[run\n", ("not TOML",)),
    ],
)
def test_what_is_wrong_is_named_with_value_and_way_out(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})
    message = str(caught.value)
    assert message.startswith(str(path))
    assert all(part in message for part in parts), message


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    variable = "OPINION_MONITOR__RUN__BATCH_SECONDS"
    with pytest.raises(SettingsError, match=f"^{variable}: run.batch_seconds = -1"):
        load_settings(write(tmp_path, ""), {variable: "-1"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: the settings file cannot be read"):
        load_settings(tmp_path / "none.toml", {})


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    key = "ab" * 32
    loaded = load_settings(write(tmp_path, f'[privacy]\npseudonym_key = "{key}"\n'), {})
    assert shown(loaded.settings)["privacy"]["pseudonym_key"] == REDACTED
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, f'[privacy]\npseudonym_key = ["{key}"]\n'), {})
    assert key not in str(caught.value)
