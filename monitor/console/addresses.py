"""What is wrong in the query part of an address."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


def refused_parameter(given: Mapping[str, str], kind: type[msgspec.Struct]) -> str:
    """The first parameter that a ``kind`` (whose fields have defaults) alone cannot have."""
    for name, value in given.items():
        try:
            msgspec.convert({name: value}, kind, strict=False)
        except msgspec.ValidationError:
            return name
    return next(iter(given))
