"""What lies between the program and the shell that calls it: three streams, and the words of the call."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence


def open_streams() -> None:
    """Make the standard streams safe to use.

    One that is closed is opened on nothing, or the next file would take its number, and what is meant for the
    user would be written into it. Output that is no terminal's is UTF-8 whatever the locale, since programs
    read it; a terminal that lacks a character shows its number.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def typed(words: Sequence[str]) -> list[str]:
    """Words of the command line; those that the locale cannot read are read as UTF-8, if they are that."""
    return [_read(word) for word in words]


def _read(word: str) -> str:
    try:
        word.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(word).decode()
        except UnicodeDecodeError:
            return word
    return word
