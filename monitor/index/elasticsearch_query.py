"""From a ``Query`` to what Elasticsearch is asked.

Words are cut by ``monitor.index.words``, as for every engine, and asked for as terms, without analysis by
the engine: its analysis of texts gives each CJK character a position, and to it the character and its pair
with the next as terms.
"""

from __future__ import annotations

from monitor.index.elasticsearch_schema import Json
from monitor.index.port import Query, TermsField
from monitor.index.selection import check_query
from monitor.index.words import Phrase, phrase_terms, wanted

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
_ASKED: tuple[TermsField, ...] = (
    "platform",
    "kind",
    "sentiment",
    "watchlist",
    "author",
    "campaign",
    "target",
)
# The years 1 to 9999: beyond them the engine cannot read a time, and there is no record.
_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_799_999


def translate(query: Query) -> Json:
    """The engine's query for the documents that a query finds, whatever its sort, limit and cursor.

    Raises ``QueryError``.
    """
    check_query(query)
    phrases = wanted(query.text)
    if phrases is not None and not phrases:
        return {"match_none": {}}
    filters: list[Json] = [
        {"term": {FIELDS[field]: value}} for field in _ASKED if (value := getattr(query, field)) is not None
    ]
    if query.after is not None or query.before is not None:
        filters.append({"range": {"created_at": _range(query.after, query.before)}})
    words = [_phrase(phrase) for phrase in phrases or ()]
    scored = "must" if is_ranked(query) else "filter"
    clauses: dict[str, list[Json]] = {"filter": filters}
    clauses.setdefault(scored, []).extend(words)
    return {"bool": clauses}


def is_ranked(query: Query) -> bool:
    """Whether hits are in order of relevance: only words can be more or less relevant."""
    return query.sort == "relevance" and bool(wanted(query.text))


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
    way = "asc" if query.sort == "oldest" else "desc"
    return [{"created_at": {"order": way}}, {"id": {"order": way}}]
