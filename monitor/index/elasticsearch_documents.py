"""Writing documents and their campaign memberships to Elasticsearch.

An ``_id`` is unique within one index only, and the index follows from the record's own time. A producer that
sends one id with two times, on both sides of a turn of the month, would have two documents; so each batch is
looked up in all indices first. The look-up sees what is older than the refresh interval, and a memory of the
last ``REMEMBERED`` documents covers the rest of what this writer wrote. What remains is such a repeat
within seconds, in another worker: the pipeline's own memory of recent ids is there for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
from elasticsearch import Elasticsearch

from monitor.campaigns.port import Membership
from monitor.documents import Document, SourcePosition
from monitor.index.elasticsearch_bulk import Action, BulkWriter, Target, action
from monitor.index.elasticsearch_patience import Patience, unread
from monitor.index.elasticsearch_schema import Json, Layout, engine_id
from monitor.index.elasticsearch_stored import (
    WEIGHED_FIELDS,
    Held,
    MembershipChange,
    Weighed,
    join,
    store_document,
)
from monitor.index.port import DocumentWeight, MembershipsWritten, WeighedDocument, Written

REMEMBERED = 100_000
_LOOKED_UP_AT_ONCE = 5_000
Rejected = Callable[[Document, str], None]


class _Where(msgspec.Struct):
    index: str = msgspec.field(name="_index")
    id: str = msgspec.field(name="_id")


class _WhereHits(msgspec.Struct):
    hits: list[_Where]


class _WhereAnswer(msgspec.Struct):
    hits: _WhereHits


class _Got(msgspec.Struct):
    id: str = msgspec.field(name="_id")
    found: bool = False
    seq_no: int = msgspec.field(name="_seq_no", default=0)
    primary_term: int = msgspec.field(name="_primary_term", default=0)
    source: Weighed | None = msgspec.field(name="_source", default=None)


class _GotAnswer(msgspec.Struct):
    docs: list[_Got]


class _Intended(msgspec.Struct, frozen=True):
    """What an update tried to write, and by how much it changes the document's weight (thousandths)."""

    memberships: tuple[Held, ...]
    change_milli: int


class DocumentWriter:
    """Creates documents and sets their memberships.

    ``on_rejected`` is told each document that the engine refuses for good, with the engine's name for the
    fault, which quotes nothing of the document.
    """

    def __init__(
        self,
        client: Elasticsearch,
        layout: Layout,
        bulk: BulkWriter,
        patience: Patience,
        on_rejected: Rejected,
    ) -> None:
        self._client = client
        self._layout = layout
        self._bulk = bulk
        self._patience = patience
        self._on_rejected = on_rejected
        self._remembered: dict[str, str] = {}

    def create(self, documents: Sequence[Document]) -> list[Written]:
        """Store the documents that are not there yet; one outcome each, in order."""
        outcomes: dict[int, Written] = {}
        rounds: defaultdict[str, list[int]] = defaultdict(list)
        for number, document in enumerate(documents):
            rounds[document.id].append(number)
        for identity in self._get(self._locate(rounds)):
            outcomes.update(dict.fromkeys(rounds.pop(identity), "duplicate"))
        # The second of an identity gets its turn only when the engine refuses the first.
        while rounds:
            turn = [numbers.pop(0) for numbers in rounds.values()]
            for number, outcome in zip(turn, self._create([documents[one] for one in turn]), strict=True):
                outcomes[number] = outcome
                rest = rounds[documents[number].id]
                if outcome != "rejected":
                    outcomes.update(dict.fromkeys(rest, "duplicate"))
                if outcome != "rejected" or not rest:
                    del rounds[documents[number].id]
        return [outcomes[number] for number in range(len(documents))]

    def _create(self, documents: Sequence[Document]) -> Iterator[Written]:
        """Create documents of different identities."""
        settled = self._bulk.run([self._creation(document) for document in documents])
        unsure = [
            document
            for document, one in zip(documents, settled, strict=True)
            if one.verdict == "conflict" and one.unsure
        ]
        ours = self._stored_by_us(unsure)
        for document, one in zip(documents, settled, strict=True):
            if one.verdict == "rejected":
                self._on_rejected(document, one.cause)
                yield "rejected"
                continue
            self._remember(document.id, self._index_of(document))
            yield "created" if one.verdict == "done" or document.id in ours else "duplicate"

    def _creation(self, document: Document) -> Action:
        target = Target(self._index_of(document), engine_id(document.id))
        return action("create", target, store_document(document))

    def _index_of(self, document: Document) -> str:
        return self._layout.index("opinions", document.created_at)

    def _stored_by_us(self, documents: Sequence[Document]) -> set[str]:
        """Those whose stored form has the same source position: a try of ours whose answer was lost."""
        stored = self._get({document.id: self._index_of(document) for document in documents})
        return {
            document.id
            for document in documents
            if (got := stored.get(document.id)) and got.source and got.source.position == document.position
        }

    def _remember(self, identity: str, index: str) -> None:
        self._remembered[identity] = index
        while len(self._remembered) > REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    def _locate(self, identities: Iterable[str]) -> dict[str, str]:
        """The indices of those identities that are stored, by identity."""
        found: dict[str, str] = {}
        unknown: dict[str, str] = {}
        for identity in identities:
            index = self._remembered.get(identity)
            if index is None:
                unknown[engine_id(identity)] = identity
            else:
                found[identity] = index
        ids = list(unknown)
        for start in range(0, len(ids), _LOOKED_UP_AT_ONCE):
            part = ids[start : start + _LOOKED_UP_AT_ONCE]
            found |= {unknown[hit.id]: hit.index for hit in self._look_up(part)}
        return found

    def _look_up(self, ids: list[str]) -> list[_Where]:
        """Where documents with these ids lie, as of the last refresh."""
        query: Json = {
            "query": {"ids": {"values": ids}},
            # The same id may lie in two indices.
            "size": 2 * len(ids),
            "_source": False,
            "track_total_hits": False,
            "sort": ["_doc"],
        }
        answer = self._patience.insist(
            lambda: self._client.search(
                index=self._layout.alias("opinions"),
                ignore_unavailable=True,
                allow_partial_search_results=False,
                body=query,
                filter_path="hits.hits._id,hits.hits._index",
            )
        )
        return msgspec.convert(answer, _WhereAnswer).hits.hits if answer else []

    def _get(self, indices: dict[str, str]) -> dict[str, _Got]:
        """Stored documents by identity, as of now (not as of the last refresh)."""
        if not indices:
            return {}
        identities = {engine_id(identity): identity for identity in indices}
        wanted: list[Json] = [
            {"_index": index, "_id": engine_id(identity), "_source": WEIGHED_FIELDS}
            for identity, index in indices.items()
        ]
        answer = self._patience.insist(lambda: self._client.mget(body={"docs": wanted}), unread)
        return {identities[got.id]: got for got in msgspec.convert(answer, _GotAnswer).docs if got.found}

    def update_memberships(self, memberships: Sequence[Membership]) -> MembershipsWritten:
        """Set memberships, each document by a partial update that fails when another one came between.

        A document that is not stored yet gets none: an update that created it would take its place.
        """
        wanted: defaultdict[str, list[Membership]] = defaultdict(list)
        for membership in memberships:
            wanted[membership.record].append(membership)
        indices = self._locate(wanted)
        changes: dict[str, WeighedDocument] = {}
        missing = set(wanted) - set(indices)
        intended: dict[str, _Intended] = {}
        left = {record: indices[record] for record in wanted if record in indices}
        while left:
            stored = self._get(left)
            missing |= set(left) - set(stored)
            left = self._update(stored, left, wanted, intended, changes)
        return MembershipsWritten(
            tuple(changes[record] for record in wanted if record in changes),
            tuple(membership for membership in memberships if membership.record in missing),
        )

    def weights(self, records: Sequence[str]) -> list[DocumentWeight]:
        """How stored documents weigh as of now; those that are not stored are left out."""
        return [
            DocumentWeight(
                record,
                source.platform,
                source.author,
                source.created_at,
                source.watchlists,
                source.weight_milli,
                sum(held.revision + 1 for held in source.memberships),
            )
            for record, got in self._get(self._locate(records)).items()
            if (source := got.source) is not None
        ]

    def positions(self, records: Mapping[str, int]) -> dict[str, SourcePosition]:
        """The positions that made stored documents, as of now, by record.

        ``records`` have their event times (milliseconds since the epoch), which say where to look.
        """
        indices = {record: self._layout.index("opinions", at) for record, at in records.items()}
        names, found = list(indices), dict[str, SourcePosition]()
        for start in range(0, len(names), _LOOKED_UP_AT_ONCE):
            part = {name: indices[name] for name in names[start : start + _LOOKED_UP_AT_ONCE]}
            found |= {record: got.source.position for record, got in self._get(part).items() if got.source}
        return found

    def _update(
        self,
        stored: dict[str, _Got],
        indices: dict[str, str],
        wanted: dict[str, list[Membership]],
        intended: dict[str, _Intended],
        changes: dict[str, WeighedDocument],
    ) -> dict[str, str]:
        """One round: those that another writer came before are left for the next."""
        actions: dict[str, Action] = {}
        for record, got in stored.items():
            assert got.source is not None
            earlier = intended.pop(record, None)
            if earlier is not None and earlier.memberships == got.source.memberships:
                _note(changes, record, got.source, earlier.change_milli)
                continue
            now = join(got.source.memberships, wanted[record])
            if now == got.source.memberships:
                continue
            change = max(held.probability_milli for held in now) - got.source.weight_milli
            intended[record] = _Intended(now, change)
            target = Target(indices[record], engine_id(record), got.seq_no, got.primary_term)
            actions[record] = action("update", target, {"doc": MembershipChange.to(now)})
        left: dict[str, str] = {}
        for record, one in zip(actions, self._bulk.run(list(actions.values())), strict=True):
            source = stored[record].source
            if one.verdict == "done" and source is not None:
                _note(changes, record, source, intended[record].change_milli)
            elif one.verdict != "rejected":
                left[record] = indices[record]
            if not one.unsure:
                # Only a try whose answer was lost can have been ours.
                del intended[record]
        return left


def _note(changes: dict[str, WeighedDocument], record: str, document: Weighed, change_milli: int) -> None:
    if change_milli:
        changes[record] = WeighedDocument(
            document.platform, document.author, document.created_at, document.watchlists, change_milli
        )
