"""From a ``Query`` to what Elasticsearch is asked.

Words are cut by ``monitor.index.words``, as for every engine, and asked for as terms, without analysis by
the engine: its analysis of texts gives each CJK character a position, and to it the character and its pair
with the next as terms.
"""

from __future__ import annotations

from monitor.index.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Has,
    Not,
    Within,
    Words,
    is_wordy,
    phrases_of,
)
from monitor.index.elasticsearch_schema import Json
from monitor.index.port import Query, TermsField
from monitor.index.selection import condition_of, is_ranked
from monitor.index.words import Phrase, phrase_terms

FIELDS: dict[TermsField, str] = {
    "platform": "platform",
    "kind": "kind",
    "sentiment": "sentiment",
    "watchlist": "watchlists",
    "author": "author",
    "campaign": "campaigns",
    "target": "targets",
    "emotion": "emotion",
}
# The years 1 to 9999: beyond them the engine cannot read a time, and there is no record.
_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_799_999


def translate(query: Query) -> Json:
    """The engine's query for the documents that a query finds, whatever its sort, limit and cursor.

    Raises ``QueryError``.
    """
    condition = condition_of(query)
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    scored = is_ranked(query)
    clauses: dict[str, list[Json]] = {"filter": []}
    for part in parts:
        if isinstance(part, Not):
            clauses.setdefault("must_not", []).append(_clause(part.part))
        else:
            clauses.setdefault("must" if scored and is_wordy(part) else "filter", []).append(_clause(part))
    if query.without_campaigns:
        clauses.setdefault("must_not", []).append({"exists": {"field": "campaigns"}})
    if query.without_texts:
        clauses.setdefault("must_not", []).append({"terms": {"text_key": list(query.without_texts)}})
    return {"bool": clauses}


def _clause(condition: Condition) -> Json:
    """A simplified condition; words are scored where what is around it is."""
    match condition:
        case Words():
            phrases = [_phrase(phrase) for phrase in phrases_of(condition)]
            return phrases[0] if len(phrases) == 1 else {"bool": {"must": phrases}}
        case Has(field, value):
            return {"term": {FIELDS[field]: value}}
        case Within(after, before):
            return {"range": {"created_at": _range(after, before)}}
        case Not(part):
            return {"bool": {"must_not": [_clause(part)]}}
        case AllOf(parts):
            kept = [_clause(part) for part in parts if not isinstance(part, Not)]
            left_out = [_clause(part.part) for part in parts if isinstance(part, Not)]
            return {"bool": {"must": kept, "must_not": left_out}}
        case AnyOf(()):
            return {"match_none": {}}
        case AnyOf(parts):
            return {"bool": {"should": [_clause(part) for part in parts], "minimum_should_match": 1}}


def _range(after: int | None, before: int | None) -> Json:
    bounds: Json = {"format": "epoch_millis"}
    if after is not None:
        bounds["gte"] = min(max(after, _EARLIEST), _LATEST)
    if before is not None:
        bounds["lt"] = min(max(before, _EARLIEST), _LATEST)
    return bounds


def _phrase(phrase: Phrase) -> Json:
    """The terms of a phrase, one right after the other."""
    terms: list[Json] = [{"text": term} for term in phrase_terms(phrase)]
    if len(terms) == 1:
        return {"term": terms[0]}
    return {"span_near": {"clauses": [{"span_term": term} for term in terms], "slop": 0, "in_order": True}}


def order(query: Query) -> list[Json]:
    """What hits are sorted by; the id settles ties, so that a cursor names one place."""
    if is_ranked(query):
        return [{"_score": {"order": "desc"}}, {"id": {"order": "asc"}}]
    if query.sort == "reach":
        return [{"reach": {"order": "desc", "missing": 0, "unmapped_type": "long"}}, {"id": {"order": "asc"}}]
    way = "asc" if query.sort == "oldest" else "desc"
    return [{"created_at": {"order": way}}, {"id": {"order": way}}]
