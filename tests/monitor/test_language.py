"""Catalogues of messages."""

from __future__ import annotations

import pytest

from monitor.errors import LanguageError
from monitor.language import LANGUAGES, Language, catalogue, language_of
from tests.checks.catalogues import keys_of_source, problems


def test_a_message_is_filled_in_by_name() -> None:
    words = catalogue("zh")
    assert words.text("column {column}: {problem}", column=3, problem="坏了") == "第 3 字：坏了"


def test_an_unknown_key_is_an_error_and_not_shown_to_people() -> None:
    with pytest.raises(LanguageError, match="no message 'nonsense'"):
        catalogue("en").text("nonsense")


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(LanguageError, match="cannot be filled in"):
        catalogue("en").text("column {column}: {problem}", column=3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_in_both_languages_is_picked(language: Language) -> None:
    assert catalogue(language).of("open", "打开") == {"en": "open", "zh": "打开"}[language]


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("en-US,en;q=0.9", "en"),
        ("zh-TW", "zh"),
        ("fr,en;q=0.5", "en"),
        ("fr", "zh"),
        (None, "zh"),
        ("", "zh"),
    ],
)
def test_a_preference_names_a_language(wanted: str | None, language: Language) -> None:
    assert language_of(wanted) == language


def test_the_check_finds_the_keys_of_a_module() -> None:
    source = 'words.text("a", x=1); message("b"); words.text(key); text("c"); text(1)'
    assert list(keys_of_source(source)) == ["a", "b", "c"]


def test_every_message_is_in_every_language() -> None:
    assert list(problems()) == []
