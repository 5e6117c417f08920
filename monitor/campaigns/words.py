"""How own words are compared: folded, without what does not tell two texts apart."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORDS = re.compile(r"[\W_]+")


def compared(own: str) -> str:
    """Letters and digits of a text, folded; a text without any (emoji, dots) stands for itself."""
    folded = own if own.isascii() else unicodedata.normalize("NFKC", own)
    return _NOT_WORDS.sub("", folded.casefold()) or folded
