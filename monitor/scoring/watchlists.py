"""Which subjects a record belongs to: boolean rules over keywords, hashtags and accounts.

A watchlist holds when one of ``any`` holds (or ``any`` is empty), every one of ``all`` holds, and none of
``none`` holds. A term is ``#tag`` (a hashtag), ``@platform:id`` (an account: as author, or, for an
official account, mentioned) or a keyword: found anywhere in the folded text, chain included. Keywords and
tags stand for the same words in the other script, simplified or traditional, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import ahocorasick_rs
import msgspec

from monitor.errors import SettingsError
from monitor.scripts import spellings
from monitor.text import POST_CHARACTERS, PSEUDONYM, fold, hashtags
from monitor.toml_file import UNKNOWN_FIELD, read_toml

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Term = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
RESERVED_NAME = "all"
_PSEUDONYM = re.compile(rf"(?<=[@＠])\s?{PSEUDONYM}")
"""Its digits and letters are nobody's words."""
_REMEMBERED_TEXTS = 4_096
"""People repeat what others wrote, or write nothing, when they pass a post on."""


class Watchlist(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One subject the centre watches; ``name`` is what labels, queries and files call it."""

    name: Name
    title_zh: str
    title_en: str
    any: tuple[Term, ...] = ()
    all: tuple[Term, ...] = ()
    none: tuple[Term, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    watchlist: tuple[Watchlist, ...] = ()


def load_watchlists(path: Path) -> tuple[Watchlist, ...]:
    """Read ``watchlists.toml``.

    Raises:
        SettingsError: not TOML, an unknown key, a wrong type, a name twice, or a rule that cannot hold.
    """
    tree = read_toml(path, "the watchlists")
    try:
        lists = msgspec.convert(tree, _File).watchlist
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {_sentence(tree, str(error))}") from error
    names: set[str] = set()
    for watchlist in lists:
        _check(watchlist, names, path)
    return lists


_AT = re.compile(r" - at `\$\.watchlist\[(?P<number>\d+)\](?:\.(?P<key>\w+))?[^`]*`")


def _sentence(tree: Mapping[str, Any], error: str) -> str:
    """What is wrong, in which watchlist of the file, and what is allowed."""
    at, unknown = _AT.search(error), UNKNOWN_FIELD.search(error)
    known = Watchlist if at else _File
    said = _AT.sub("", error)
    if unknown:
        said = f"unknown key {unknown['field']}; allowed here: {', '.join(known.__struct_fields__)}"
    if at is None:
        return said
    table = tree["watchlist"][int(at["number"])]
    name = table.get("name") if isinstance(table, dict) else None
    which = repr(name) if isinstance(name, str) else f"number {int(at['number']) + 1}"
    return f"watchlist {which}: {at['key']}: {said}" if at["key"] else f"watchlist {which}: {said}"


def _check(watchlist: Watchlist, names: set[str], path: Path) -> None:
    where = f"{path}: watchlist {watchlist.name!r}"
    if watchlist.name in names:
        raise SettingsError(f"{where} is there twice; give each its own name")
    if watchlist.name == RESERVED_NAME:
        raise SettingsError(f"{where}: the name stands for every record; choose another")
    names.add(watchlist.name)
    if not watchlist.any and not watchlist.all:
        raise SettingsError(f"{where} has neither any nor all, so it would match everything; add a term")
    for term in (*watchlist.any, *watchlist.all, *watchlist.none):
        if term.startswith("@") and not re.fullmatch(r"@[^:\s]+:\S+", term):
            raise SettingsError(f"{where}: account term {term!r} must be @platform:id")
        if not fold(term.removeprefix("#")):
            raise SettingsError(f"{where}: term {term!r} is empty once white space is taken away")


class WatchlistMatcher:
    """Matches texts against all watchlists in one pass (Aho and Corasick 1975)."""

    def __init__(self, watchlists: Sequence[Watchlist], accounts: Mapping[str, str]) -> None:
        """``accounts`` maps ``platform:id`` of each account term to what stands for it in documents."""
        keywords: dict[str, set[int]] = {}
        self._tags: dict[str, set[int]] = {}
        self._accounts: dict[str, set[int]] = {}
        numbers: dict[str, int] = {}

        def number(term: str) -> int:
            if term.startswith("@"):
                table, keys = self._accounts, [accounts.get(term[1:], term[1:])]
            elif term.startswith("#"):
                table, keys = self._tags, [fold(one) for one in spellings(term.strip("#"))]
            else:
                table, keys = keywords, [fold(one) for one in spellings(term)]
            found = numbers.setdefault(term, len(numbers))
            for key in keys:
                table.setdefault(key, set()).add(found)
            return found

        self._rules = tuple(
            (
                watchlist.name,
                frozenset(map(number, watchlist.any)),
                frozenset(map(number, watchlist.all)),
                frozenset(map(number, watchlist.none)),
            )
            for watchlist in watchlists
        )
        self._keyword_numbers = tuple(keywords.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(keywords)) if keywords else None
        self._said = lru_cache(maxsize=_REMEMBERED_TEXTS)(self._find)

    @property
    def names(self) -> tuple[str, ...]:
        """The watchlists in the order of the file."""
        return tuple(name for name, *_ in self._rules)

    def match(self, text: str, accounts: Iterable[str] = ()) -> tuple[str, ...]:
        """Names of the watchlists that hold, in the order of the file.

        ``text`` as posted (mentions may be pseudonyms); ``accounts``: ``platform:author`` of the author
        and ``platform:id`` of mentioned official accounts.
        """
        held = (self._said if len(text) <= POST_CHARACTERS else self._find)(text)
        if self._accounts:
            held = held.union(*[self._accounts[account] for account in accounts if account in self._accounts])
        if not held:
            return ()
        return tuple(
            name
            for name, some, every, never in self._rules
            if (not some or not some.isdisjoint(held)) and every <= held and never.isdisjoint(held)
        )

    def _find(self, text: str) -> frozenset[int]:
        """The keywords and tags in a text."""
        found: set[int] = set()
        if self._automaton is not None:
            said = _PSEUDONYM.sub(" ", text) if "@" in text or "＠" in text else text
            numbers = self._keyword_numbers
            matches = self._automaton.find_matches_as_indexes(fold(said), overlapping=True)
            found.update(*[numbers[pattern] for pattern, _, _ in matches])
        if self._tags:
            found.update(*[self._tags[tag] for tag in hashtags(text) if tag in self._tags])
        return frozenset(found)
