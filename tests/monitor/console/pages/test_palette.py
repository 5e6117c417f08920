"""The colours of the console can be told apart by everybody."""

import re
from importlib.resources import files

import pytest

from monitor.campaigns.port import LEVELS
from monitor.console.pages.palette import GRAPHIC_PAIRS, TEXT_PAIRS, THEMES, Theme, contrast

SHEET = (files("monitor.console.pages") / "console.css").read_text("utf-8")


def test_black_on_white_has_the_highest_contrast_there_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_what_it_stands_on(theme: Theme) -> None:
    colours = THEMES[theme]
    faint = {pair for pair in TEXT_PAIRS if contrast(colours[pair[0]], colours[pair[1]]) < 4.5}
    assert not faint


@pytest.mark.parametrize("theme", THEMES)
def test_controls_and_parts_of_charts_stand_out(theme: Theme) -> None:
    colours = THEMES[theme]
    faint = {pair for pair in GRAPHIC_PAIRS if contrast(colours[pair[0]], colours[pair[1]]) < 3.0}
    assert not faint


def test_the_colours_of_levels_stand_for_levels_only() -> None:
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", SHEET)
    used = {
        selector.strip()
        for selector, rule in rules
        if set(re.findall(r"var\(--([\w-]+)\)", rule)) & set(LEVELS)
    }
    assert used == {f".level.{level}" for level in LEVELS}


def test_the_style_sheet_names_colours_of_the_palette_only() -> None:
    named = set(re.findall(r"var\(--([\w-]+)", SHEET)) - {"font", "mono"}
    assert named <= THEMES["light"].keys()


def test_the_style_sheet_asks_for_nothing_from_elsewhere() -> None:
    assert "url(" not in SHEET
    assert "@import" not in SHEET
