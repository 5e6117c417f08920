"""Names that say whom a text is about, never how it feels: the model sees one mark for all of them.

A model learns from its texts that some places or platforms are spoken ill of and would then hold the name
itself against what is written next. The list, ``names.txt``, is ours.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import ahocorasick_rs
import opencc

NAME = 6
"""The mark that stands for a listed name."""


def listed_names() -> dict[str, tuple[str, ...]]:
    """The listed names by kind: places, platforms, agencies, people."""
    lines = (files("monitor.scoring") / "names.txt").read_text("utf-8").splitlines()
    kinds = (line.split(": ", maxsplit=1) for line in lines if not line.startswith("#"))
    return {kind: tuple(names.split()) for kind, names in kinds}


def masked(text: str) -> str:
    """``text`` with the mark of names in place of each listed one, the longest first."""
    found = _automaton().find_matches_as_indexes(text)
    if not found:
        return text
    pieces = []
    end = 0
    for _, start, stop in found:
        pieces += [text[end:start], chr(NAME)]
        end = stop
    pieces.append(text[end:])
    return "".join(pieces)


@cache
def _automaton() -> ahocorasick_rs.AhoCorasick:
    names = {name for kind in listed_names().values() for name in kind}
    traditional = opencc.OpenCC("s2t").convert("\n".join(sorted(names))).split("\n")
    return ahocorasick_rs.AhoCorasick(
        sorted(names.union(traditional)),
        matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
        implementation=ahocorasick_rs.Implementation.DFA,
    )
