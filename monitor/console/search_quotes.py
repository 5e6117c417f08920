r"""What is in quotation marks in a search, and what is not.

Whichever mark opens a stretch (``"``, ``“``, ``”`` or ``＂``), any of them closes it. Inside, everything
stands for itself, but ``\`` before a mark or before another ``\``. Outside, full-width punctuation counts as
its half-width form, and ``，、；`` part words as spaces do.
"""

from __future__ import annotations

import re

MARKS = '"“”＂'
SEPARATORS = "，、；"
PHRASE = r'"(?:\\[%(marks)s\\]|\\(?![%(marks)s\\])|[^"\\])*"' % {"marks": MARKS}  # noqa: UP031 - braces are many
"""A quoted stretch of what ``narrowed`` gives, as a regular expression."""

_WIDE = "：（）　"
_NARROW = str.maketrans(dict(zip(_WIDE, ":() ", strict=True)) | dict.fromkeys(SEPARATORS, " "))
_ESCAPED = re.compile(rf"\\([{MARKS}\\])")
_TO_ESCAPE = re.compile(rf"([{MARKS}\\])")
_NEEDS_MARKS = re.compile(rf"[\s(){SEPARATORS}{_WIDE}{MARKS}]|^//")


def narrowed(text: str) -> tuple[str, str]:
    """A text with every mark as ``"`` and what lies outside of them narrow; and the same with spaces for all
    that is quoted. Both are as long as the text. A stretch that is not closed counts as outside.
    """
    pieces: list[str] = []
    bare: list[str] = []
    start = 0
    while (opened := _next_mark(text, start, escapes=False)) is not None:
        closed = _next_mark(text, opened + 1, escapes=True)
        if closed is None:
            break
        outside = text[start:opened].translate(_NARROW)
        pieces += (outside, '"', text[opened + 1 : closed], '"')
        bare += (outside, " " * (closed + 1 - opened))
        start = closed + 1
    rest = text[start:].translate(_NARROW)
    for mark in MARKS:
        rest = rest.replace(mark, '"')
    return "".join([*pieces, rest]), "".join([*bare, rest])


def quoted(value: str) -> str:
    """A value in quotation marks."""
    return '"' + _TO_ESCAPE.sub(r"\\\1", value) + '"'


def quoted_where_needed(value: str) -> str:
    """A value that is read as it is."""
    return quoted(value) if _NEEDS_MARKS.search(value) else value


def unquoted(stretch: str) -> str:
    """What stands between the marks of a stretch."""
    return _ESCAPED.sub(r"\1", stretch[1:-1])


def _next_mark(text: str, start: int, *, escapes: bool) -> int | None:
    place = start
    while place < len(text):
        if escapes and text[place] == "\\" and text[place + 1 : place + 2] in (*MARKS, "\\"):
            place += 2
            continue
        if text[place] in MARKS:
            return place
        place += 1
    return None
