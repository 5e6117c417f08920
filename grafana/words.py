"""The same in two languages, and what has a colour beside."""

from __future__ import annotations

from typing import Literal

import msgspec

Language = Literal["zh", "en"]


class Words(msgspec.Struct, frozen=True):
    """The same in Chinese and English."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """The one of a language."""
        return self.zh if language == "zh" else self.en


class Named(msgspec.Struct, frozen=True):
    """What a series or a value is called; without a ``colour`` Grafana chooses one."""

    words: Words
    colour: str = ""


class Column(msgspec.Struct, frozen=True):
    """A column of a table: the ``field`` of each language, its title, and the unit of its numbers."""

    field: Words
    title: Words
    unit: str = ""
