"""Random queries over a corpus: what people type, what documents hold, what breaks query languages."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TypeVar, get_args

from monitor.documents import Document
from monitor.index.conditions import (
    AllOf,
    AnyOf,
    Condition,
    ConditionField,
    Has,
    Not,
    Within,
    Words,
)
from monitor.index.facts import text_key
from monitor.index.port import Histogram, Query, Sort, Terms, TermsField
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS, LABELS

_HOSTILE = (
    '"',
    " OR ",
    " AND NOT ",
    "*",
    "NEAR(",
    "-",
    "\0",
    "words:",
    "^",
    "(",
    "{keys}",
    "'",
    "“",
    "\\",
    "+",
    ";--",
)
_SORTS: tuple[Sort, ...] = get_args(Sort)
_FIELDS: tuple[TermsField, ...] = get_args(TermsField)
_Value = TypeVar("_Value")


def random_queries(documents: Sequence[Document], count: int, seed: int) -> Iterator[Query]:
    """Queries of which most find something; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _query(chance.choice(documents), chance)


def _query(like: Document, chance: random.Random) -> Query:
    return Query(
        text=_text(like.text, chance) if chance.random() < 0.8 else "",
        platform=_maybe(like.platform, chance, 0.2),
        kind=_maybe(chance.choice((like.kind, *KINDS)), chance, 0.15),
        sentiment=_maybe(chance.choice((*LABELS, "uncertain", "unscored")), chance, 0.15),
        watchlist=_maybe(chance.choice((*like.watchlists, "food")), chance, 0.15),
        author=_maybe(like.author, chance, 0.05),
        campaign=_maybe(f"c{chance.randrange(5)}", chance, 0.1),
        target=_maybe(chance.choice((*like.targets, "#none")), chance, 0.1),
        after=_maybe(like.created_at - chance.randrange(60_000), chance, 0.2),
        before=_maybe(like.created_at + chance.choice((0, 1, 60_000, 86_400_000)), chance, 0.2),
        emotion=_maybe(chance.choice(EMOTIONS), chance, 0.05),
        condition=_maybe(random_condition(like, chance, 3), chance, 0.3),
        without_campaigns=chance.random() < 0.1,
        without_texts=(text_key(like),) if chance.random() < 0.05 else (),
        sort=chance.choice(_SORTS),
        limit=chance.choice((1, 3, 20, 100, 1000)),
    )


def random_condition(like: Document, chance: random.Random, depth: int) -> Condition:
    """A condition of which many parts hold for one document."""
    if depth == 0 or chance.random() < 0.3:
        return _leaf(like, chance)
    match chance.choice(("all", "any", "not", "any")):
        case "not":
            return Not(random_condition(like, chance, depth - 1))
        case kind:
            parts = tuple(
                random_condition(like, chance, depth - 1) for _ in range(chance.choice((0, 1, 2, 2, 3)))
            )
            return AllOf(parts) if kind == "all" else AnyOf(parts)


def _leaf(like: Document, chance: random.Random) -> Condition:
    if chance.random() < 0.5:
        return Words(_text(like.text, chance), phrase=chance.random() < 0.3)
    if chance.random() < 0.2:
        return Within(
            _maybe(like.created_at - chance.randrange(60_000), chance, 0.7),
            _maybe(like.created_at + chance.choice((0, 1, 60_000)), chance, 0.7),
        )
    values: dict[ConditionField, tuple[str, ...]] = {
        "platform": (like.platform, "tencent_weibo"),
        "kind": (like.kind, *KINDS, "none of ours"),
        "sentiment": (*LABELS, "uncertain", "unscored", "none of ours"),
        "emotion": EMOTIONS,
        "watchlist": (*like.watchlists, "food"),
        "author": (like.author,),
        "target": (*like.targets, "#none"),
        "campaign": ("c0", "c1", "c2"),
    }
    field = chance.choice(tuple(values))
    return Has(field, chance.choice(values[field]))


def _maybe(value: _Value, chance: random.Random, probability: float) -> _Value | None:
    return value if chance.random() < probability else None


def _text(text: str, chance: random.Random) -> str:
    parts = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        start = chance.randrange(max(len(text), 1))
        part = text[start : start + chance.choice((1, 2, 2, 3, 4, 8, 20))]
        if chance.random() < 0.4:
            part = chance.choice(('"{}"', "“{}”")).format(part.replace('"', " "))
        parts.append(part)
    if chance.random() < 0.15:
        parts.insert(chance.randrange(len(parts) + 1), chance.choice(_HOSTILE))
    return chance.choice((" ", " ", "，", "")).join(parts)


def random_aggregation(chance: random.Random) -> Histogram | Terms:
    """A histogram or a count of values."""
    if chance.random() < 0.3:
        return Histogram(chance.choice((1, 60, 3600, 86_400)), chance.choice((0, 0, -28_800, 7)))
    return Terms(chance.choice(_FIELDS), chance.choice((1, 3, 10, 1000)))
