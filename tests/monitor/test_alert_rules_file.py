"""Rules are validated like the settings: file, key, value, and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.alert_rules import load_rules
from monitor.alerts.rules import Rules
from monitor.errors import SettingsError


def test_the_file_that_is_shipped_holds_the_defaults() -> None:
    assert load_rules(Path("config/alerts.toml")) == Rules()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[surge]\nwindow = 5", "unknown key surge.window = 5; allowed here: enabled, window_minutes"),
        ("[wave]\nlevels = []", "unknown key wave = {'levels': []}; allowed here: time, history"),
        ("[surge]\nwindow_minutes = 0", "surge.window_minutes = 0: Expected `int` >= 1"),
        ("[surge]\nlevels = [3, 2, 6, 12]", "surge.levels = [3.0, 2.0, 6.0, 12.0]: from blue over yellow"),
        ("[surge]\nlevels = [1, 2, 3]", "surge.levels = [1, 2, 3]: Expected `array` of length 4"),
        ("[time]\nstep_seconds = 7\nlate_seconds = 7", "time.step_seconds = 7: allowed are divisors of 60"),
        ("[time]\nlate_seconds = 5", "time.late_seconds = 5: must be a multiple of time.step_seconds (10)"),
        ("surge =", "not TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_rules(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: the rules cannot be read"):
        load_rules(tmp_path / "none.toml")
