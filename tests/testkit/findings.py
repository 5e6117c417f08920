"""What an index holds in the end, to compare an installation with an embedded run of the same records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from monitor.campaigns.port import CampaignRevision
from monitor.index.port import OpinionReader, Query, Terms

Findings = Mapping[str, Mapping[str, object]]


def findings(index: OpinionReader) -> Findings:
    """Documents, figures, campaigns, alerts and dead letters by id, without where records came from."""
    documents: dict[str, object] = {}
    cursor: str | None = None
    while True:
        page = index.search(Query(sort="oldest", limit=5_000, cursor=cursor))
        for hit in page.hits:
            tree = msgspec.to_builtins(hit)
            del tree["document"]["position"]
            assert hit.document.id not in documents, f"{hit.document.id} is there twice"
            documents[hit.document.id] = tree
        cursor = page.cursor
        if cursor is None:
            break
    watchlists = ["all", *(str(one.key) for one in index.aggregate(Query(), Terms("watchlist", size=100)))]
    letters = Counter((letter.reason, letter.raw) for letter in index.dead_letters())
    return {
        "documents": documents,
        "figures": {
            f"{key.watchlist} {key.platform} {key.minute}": figure.canonical()
            for watchlist in watchlists
            for key, figure in index.figures(watchlist, None, None, None)
        },
        "campaigns": {one.id: _campaign(one) for one in index.campaigns()},
        "alerts": {one.id: msgspec.to_builtins(one) for one in index.alerts()},
        "dead letters": {str(content): number for content, number in letters.items()},
    }


def _campaign(revision: CampaignRevision) -> object:
    return msgspec.to_builtins(revision)


def differences(one: Findings, other: Findings) -> list[str]:
    """The first few differences of each kind; empty when both found the same."""
    found: list[str] = []
    for kind, ours in one.items():
        theirs = other[kind]
        differing = [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
        found += [f"{kind}: {len(differing)} of {len(ours)} and {len(theirs)} differ"] if differing else []
        found += [f"{key}: {ours.get(key)} / {theirs.get(key)}"[:600] for key in differing[:3]]
    return found
