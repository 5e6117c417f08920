"""``python -m tests.checks.catalogues``: every message exists in every language, with the same values.

Keys are found in the code where they are written out: as the first argument of ``….text("…")``, of a
``text`` of its own, and of ``message("…")`` (``monitor.language``).
"""

from __future__ import annotations

import ast
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from monitor.errors import LanguageError
from monitor.language import LANGUAGES, Language, catalogue

PACKAGE = Path(__file__).parents[2] / "monitor"


def keys_of_source(source: str) -> Iterator[str]:
    """The keys that a module writes out."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        first = node.args[0]
        named = (isinstance(node.func, ast.Attribute) and node.func.attr == "text") or (
            isinstance(node.func, ast.Name) and node.func.id in {"message", "text"}
        )
        if named and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def used_keys() -> set[str]:
    """The keys that the package writes out."""
    return {key for path in PACKAGE.rglob("*.py") for key in keys_of_source(path.read_text("utf-8"))}


def names_in(text: str) -> set[str]:
    """The names in braces of a message."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def problems() -> Iterator[str]:
    """What is missing or differs."""
    messages: dict[Language, dict[str, str]] = {
        language: dict(catalogue(language).messages) for language in LANGUAGES
    }
    known = set().union(*messages.values())
    for key in sorted(used_keys() - known):
        yield f"{key!r} is used and stands in no catalogue"
    for language, texts in messages.items():
        for key in sorted(known - texts.keys()):
            yield f"{key!r} is missing in monitor/catalogues/{language}"
    for key in sorted(set.intersection(*(set(texts) for texts in messages.values()))):
        if len({frozenset(names_in(texts[key])) for texts in messages.values()}) > 1:
            yield f"{key!r} has other names in braces in one language than in another"


def main() -> int:
    """Say what is wrong; 1 when anything is."""
    try:
        found = list(problems())
    except LanguageError as error:
        found = [str(error)]
    sys.stdout.write("".join(f"{problem}\n" for problem in found) or "catalogues: every message is there\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
