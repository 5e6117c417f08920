"""The search port in plain Python, slow and plain to see through: what every engine is compared with.

Only how a text is cut (``search_stretches``, checked on its own) is shared with the engines. A text is a row
of units, characters and words; each knows whether it touches the unit after it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from monitor.campaigns.port import Membership
from monitor.documents import Document
from monitor.index.conditions import AllOf, AnyOf, Condition, Has, Not, Within, Words
from monitor.index.facts import reach_of, text_key
from monitor.index.port import Bucket, Cut, Histogram, Overview, Query, Terms, TermsField, Written
from monitor.text import is_cjk, search_stretches

_PIECES_AFTER_BREAKS = 4


@dataclass(frozen=True)
class Unit:
    """One CJK character or one word; ``touches`` when the next unit is a character right beside it."""

    text: str
    touches: bool


def units(text: str) -> list[Unit]:
    """The units of a text in order."""
    row: list[Unit] = []
    for stretch in search_stretches(text):
        if is_cjk(stretch):
            row += [Unit(character, touches=at < len(stretch) - 1) for at, character in enumerate(stretch)]
        else:
            row.append(Unit(stretch, touches=False))
    return row


def contains(row: Sequence[Unit], sought: Sequence[Unit]) -> bool:
    """Whether the sought units stand in the row one after the other, touching where they touch."""
    length = len(sought)
    if not {unit.text for unit in sought} <= {unit.text for unit in row}:
        return False
    return any(
        all(
            have.text == want.text and (have.touches or not want.touches)
            for have, want in zip(row[at : at + length], sought, strict=True)
        )
        for at in range(len(row) - length + 1)
    )


def sought_in(text: str) -> list[list[Unit]]:
    """What must all be found for a query's text."""
    plain = re.sub("[“”＂]", '"', text)
    sought: list[list[Unit]] = []
    for piece in re.findall(r'"[^"]*"|[^"]+', plain):
        if piece.startswith('"') and len(piece) > 1:
            sought += phrases(units(piece[1:-1]))
        else:
            sought += words(units(piece))
    return sought


def words(row: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Two touching characters together; what touches nothing alone."""
    before = False
    for at, unit in enumerate(row):
        if unit.touches:
            yield [unit, Unit(row[at + 1].text, touches=False)]
        elif not before:
            yield [unit]
        before = unit.touches


def phrases(row: Sequence[Unit]) -> Iterator[list[Unit]]:
    """The row, cut after every fourth break between CJK characters that do not touch."""
    current: list[Unit] = []
    breaks = 0
    for unit in row:
        if current and not current[-1].touches and is_cjk(current[-1].text) and is_cjk(unit.text):
            breaks += 1
            if breaks > _PIECES_AFTER_BREAKS:
                yield current
                current, breaks = [], 0
        current.append(unit)
    if current:
        yield current


@dataclass
class ReferenceIndex:
    """Documents and memberships in dictionaries."""

    documents: dict[str, Document] = field(default_factory=dict)
    rows: dict[str, list[Unit]] = field(default_factory=dict)
    holding: dict[str, set[str]] = field(default_factory=dict)
    """By unit, which documents have it: who lacks one cannot be found by it."""
    memberships: dict[str, dict[str, Membership]] = field(default_factory=dict)
    _last: tuple[Query, list[Document]] | None = None

    def create(self, documents: Iterable[Document]) -> list[Written]:
        """Keep the first document of each id."""
        outcomes: list[Written] = []
        for document in documents:
            outcomes.append("duplicate" if document.id in self.documents else "created")
            if outcomes[-1] == "created":
                self.documents[document.id] = document
                self.rows[document.id] = units(document.text)
                for unit in self.rows[document.id]:
                    self.holding.setdefault(unit.text, set()).add(document.id)
        return outcomes

    def update_memberships(self, memberships: Iterable[Membership]) -> None:
        """Keep the highest revision of each record and campaign."""
        for membership in memberships:
            held = self.memberships.setdefault(membership.record, {})
            known = held.get(membership.campaign)
            if known is None or known.revision < membership.revision:
                held[membership.campaign] = membership

    def campaigns_of(self, identity: str) -> list[str]:
        """Campaigns that a document belongs to."""
        held = self.memberships.get(identity, {}).values()
        return [membership.campaign for membership in held if membership.probability_milli > 0]

    def found(self, query: Query) -> list[Document]:
        """Every document the query finds, in order of time, then id (or the reverse)."""
        if self._last is None or self._last[0] != query:
            self._last = query, self._find(query)
        return self._last[1]

    def _find(self, query: Query) -> list[Document]:
        worded = (self.documents[identity] for identity in self._worded(query.text))
        documents = [document for document in worded if self._fits(document, query)]
        if query.sort == "reach":
            return sorted(documents, key=lambda document: (-reach_of(document), document.id))
        documents.sort(
            key=lambda document: (document.created_at, document.id), reverse=query.sort != "oldest"
        )
        return documents

    def _worded(self, text: str) -> Iterable[str]:
        """Ids of the documents that have a query's text."""
        if not text.strip():
            return self.documents
        sought = sought_in(text)
        if not sought:
            return ()
        held = [self.holding.get(unit.text, set()) for want in sought for unit in want]
        return [
            identity
            for identity in set.intersection(*held)
            if all(contains(self.rows[identity], want) for want in sought)
        ]

    def holds(self, condition: Condition, document: Document) -> bool:
        """Whether a condition holds for a document."""
        match condition:
            case Words():
                sought = _sought(condition)
                return bool(sought) and all(contains(self.rows[document.id], want) for want in sought)
            case Has(field, value):
                return value in self._values(document, field)
            case Within(after, before):
                at = document.created_at
                return (after is None or at >= after) and (before is None or at < before)
            case AllOf(parts):
                return all(self.holds(part, document) for part in parts)
            case AnyOf(parts):
                return any(self.holds(part, document) for part in parts)
            case Not(part):
                return not self.holds(part, document)

    def overview(self, query: Query, facets: Sequence[Terms], cut: Cut) -> Overview:
        """Counts of all that is found."""
        documents = self.found(query)
        if not documents:
            return Overview.of_nothing(facets)
        times = [document.created_at for document in documents]
        histogram = cut(min(times), max(times))
        return Overview(
            records=len(documents),
            texts=len({text_key(document) for document in documents}),
            people=len({document.author for document in documents}),
            exact=True,
            facets={facet.field: tuple(self.aggregate(query, facet)) for facet in facets},
            histogram=tuple(self.aggregate(query, histogram)),
            interval_seconds=histogram.interval_seconds,
            oldest=min(times),
            newest=max(times),
        )

    def _fits(self, document: Document, query: Query) -> bool:
        return (
            query.emotion in {None, document.emotion}
            and self._fits_plainly(document, query)
            and not (query.without_campaigns and self.campaigns_of(document.id))
            and not (query.without_texts and text_key(document) in query.without_texts)
            and (query.condition is None or self.holds(query.condition, document))
        )

    def _fits_plainly(self, document: Document, query: Query) -> bool:
        return (
            query.platform in {None, document.platform}
            and query.kind in {None, document.kind}
            and query.sentiment in {None, sentiment(document)}
            and query.author in {None, document.author}
            and (query.watchlist is None or query.watchlist in document.watchlists)
            and (query.target is None or query.target in document.targets)
            and (query.campaign is None or query.campaign in self.campaigns_of(document.id))
            and (query.after is None or document.created_at >= query.after)
            and (query.before is None or document.created_at < query.before)
        )

    def aggregate(self, query: Query, by: Histogram | Terms) -> list[Bucket]:
        """Counts by time or value."""
        documents = self.found(query)
        if isinstance(by, Histogram):
            width = by.interval_seconds * 1000
            shift = by.shift_seconds * 1000
            starts = Counter((document.created_at - shift) // width * width + shift for document in documents)
            return [Bucket(start, count) for start, count in sorted(starts.items())]
        counts = Counter(value for document in documents for value in self._values(document, by.field))
        ranked = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
        return [Bucket(value, count) for value, count in ranked[: by.size]]

    def _values(self, document: Document, field: TermsField) -> set[str]:
        match field:
            case "campaign":
                return set(self.campaigns_of(document.id))
            case "watchlist" | "target":
                return set(document.watchlists if field == "watchlist" else document.targets)
            case "sentiment":
                return {sentiment(document)}
            case _:
                value: str | None = getattr(document, field)
                return set() if value is None else {value}


@cache
def _sought(words: Words) -> list[list[Unit]]:
    plain = re.sub('["“”＂]', " ", words.text)
    return list(phrases(units(plain))) if words.phrase else sought_in(words.text)


def sentiment(document: Document) -> str:
    """The label of a certain document, else ``uncertain``, or ``unscored`` when it has no words."""
    if document.confidence == 0:
        return "unscored"
    return "uncertain" if document.uncertain else document.label
