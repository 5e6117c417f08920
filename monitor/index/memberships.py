"""Campaign memberships of stored documents, guarded by revision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.campaigns.port import Membership
from monitor.index.documents import json_list
from monitor.index.port import MembershipsWritten, WeighedDocument
from monitor.index.store import SqliteStore
from monitor.index.stored import decode_document

_Held = dict[str, tuple[int, int]]
"""By campaign: revision and probability in thousandths."""


def update_memberships(store: SqliteStore, memberships: Sequence[Membership]) -> MembershipsWritten:
    """Set memberships; an older or equal revision of the same record and campaign changes nothing."""
    docids = _docids(store, memberships)
    held = _held(store, docids.values())
    before = {docid: _weight(campaigns) for docid, campaigns in held.items()}
    changed: dict[tuple[int, str], tuple[int, int]] = {}
    missing: list[Membership] = []
    for membership in memberships:
        docid = docids.get(membership.record)
        if docid is None:
            missing.append(membership)
            continue
        campaigns = held[docid]
        known = campaigns.get(membership.campaign)
        if known is None or known[0] < membership.revision:
            now = (membership.revision, membership.probability_milli)
            campaigns[membership.campaign] = changed[docid, membership.campaign] = now
    store.write(
        "INSERT INTO memberships VALUES (?, ?, ?, ?) ON CONFLICT (docid, campaign) "
        "DO UPDATE SET revision = excluded.revision, probability_milli = excluded.probability_milli",
        [(docid, campaign, *value) for (docid, campaign), value in changed.items()],
    )
    changes = {docid: _weight(held[docid]) - weight for docid, weight in before.items()}
    return MembershipsWritten(tuple(_weighed(store, changes)), tuple(missing))


def _docids(store: SqliteStore, memberships: Sequence[Membership]) -> dict[str, int]:
    """Row number of each stored record, in order of first mention."""
    records = list(dict.fromkeys(membership.record for membership in memberships))
    found: dict[str, int] = dict(
        store.all(
            "SELECT id, docid FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            (json_list(records),),
        )
    )
    return {record: found[record] for record in records if record in found}


def _held(store: SqliteStore, docids: Iterable[int]) -> dict[int, _Held]:
    held: dict[int, _Held] = {docid: {} for docid in docids}
    for docid, campaign, revision, probability in store.all(
        "SELECT docid, campaign, revision, probability_milli FROM memberships "
        "WHERE docid IN (SELECT value FROM json_each(?))",
        (json_list(list(held)),),
    ):
        held[docid][campaign] = (revision, probability)
    return held


def _weight(campaigns: _Held) -> int:
    """The highest probability of a document's campaigns, in thousandths."""
    return max((probability for _, probability in campaigns.values()), default=0)


def _weighed(store: SqliteStore, changes: dict[int, int]) -> Iterable[WeighedDocument]:
    moved = [docid for docid, change in changes.items() if change]
    bodies: dict[int, bytes] = dict(
        store.all(
            "SELECT docid, body FROM bodies WHERE docid IN (SELECT value FROM json_each(?))",
            (json_list(moved),),
        )
    )
    for docid in moved:
        document = decode_document(bodies[docid])
        yield WeighedDocument(
            document.platform, document.author, document.created_at, document.watchlists, changes[docid]
        )
