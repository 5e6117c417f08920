"""Reads a TOML file that people write, and says what is wrong with it so that they can put it right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from monitor.errors import SettingsError

UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`")
"""How msgspec says that a file has a key that it must not have."""
PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
"""How it says where; the end of its message."""


def read_toml(path: Path, what: str) -> dict[str, object]:
    """The content of a file; a byte order mark at its beginning, as some editors write it, is passed over.

    Raises:
        SettingsError: it cannot be read, is no UTF-8 text, or no TOML; ``what`` names what it should hold.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{path}: {what} cannot be read ({error.strerror}); check the name and its rights"
        ) from error
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}: line {line} is not UTF-8 text; save the file as UTF-8") from error
    except ValueError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
