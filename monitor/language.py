"""Words for people in Chinese and English: catalogues in gettext's PO format, read as they are.

A message is named by its key, a short English sentence or word: ``catalogue("zh").text("Sign in")``. Values
stand in braces (``"{count} records"``) and are given by name. Each part of the product has a file of its own
beside the others (``catalogues/zh/console.po``); a key stands in one file only.
``python -m tests.checks.catalogues`` says which key is missing, and where.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Literal, get_args

from babel.messages.pofile import read_po

from monitor.errors import LanguageError

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "zh"
FOLDER = files("monitor") / "catalogues"


def message(key: str) -> str:
    """The key itself: marks, for the check of catalogues, a key that is looked up elsewhere."""
    return key


class Catalogue:
    """All messages of one language."""

    def __init__(self, language: Language, messages: dict[str, str]) -> None:
        self.language = language
        self.messages = MappingProxyType(messages)

    def text(self, key: str, **values: object) -> str:
        """The message of a key with its values filled in.

        Raises:
            LanguageError: no such key, or a value that the message needs is missing.
        """
        found = self.messages.get(key)
        if found is None:
            raise LanguageError(
                f"the catalogues of {self.language!r} have no message {key!r}; "
                f"add it to a file in monitor/catalogues/{self.language}"
            )
        try:
            return found.format(**values) if values else found
        except (KeyError, IndexError, ValueError) as error:
            raise LanguageError(
                f"the message {key!r} of {self.language!r} cannot be filled in ({error!r}); "
                "give a value for every name in braces"
            ) from error

    def of(self, en: str, zh: str) -> str:
        """The one of two sentences that is in this language: findings carry both."""
        return zh if self.language == "zh" else en


@cache
def catalogue(language: Language = DEFAULT_LANGUAGE) -> Catalogue:
    """The messages of a language, of every file together.

    Raises:
        LanguageError: a file cannot be read, or two files have the same key.
    """
    messages: dict[str, str] = {}
    for file in sorted((FOLDER / language).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".po"):
            found = read_catalogue(file, language)
            twice = sorted(messages.keys() & found.keys())
            if twice:
                raise LanguageError(f"{file}: {twice[0]!r} stands in another file too; keep one of them")
            messages |= found
    return Catalogue(language, messages)


def read_catalogue(file: Traversable, language: Language) -> dict[str, str]:
    """The finished messages of one file, by key.

    Raises:
        LanguageError: the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            catalog = read_po(stream, locale=language, abort_invalid=True)
    except (OSError, ValueError) as error:
        raise LanguageError(f"{file}: cannot be read as a catalogue ({error})") from error
    return {
        entry.id: entry.string
        for entry in catalog
        if isinstance(entry.id, str) and isinstance(entry.string, str) and entry.id and entry.string
    }


def language_of(text: str | None) -> Language:
    """The language that a preference names (``zh``, ``zh-CN``, ``en-US,en;q=0.9``), else the default."""
    for part in (text or "").lower().split(","):
        primary = part.split(";")[0].strip().split("-")[0].split("_")[0]
        for language in LANGUAGES:
            if primary == language:
                return language
    return DEFAULT_LANGUAGE
