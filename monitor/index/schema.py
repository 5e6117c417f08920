"""Tables of the embedded index, as numbered migrations.

A ``Schema`` is a named list of migrations; several live side by side in one database, each with its own
version, so that the runner keeps its tables in the same file. A migration, once released, never changes:
append another. Statements may call the functions of ``monitor.index.store.FUNCTIONS`` on stored bodies.

``terms`` is an inverted index without a copy of the text. Its column ``words`` holds one term for each
position of a text: a CJK character with its right neighbour (alone at the end of a stretch), or a word. Its
column ``keys`` holds hashes of what documents are filtered by (``monitor.index.terms``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Schema:
    """Tables of one owner: ``migrations[n]`` are the statements that lead from version n to n + 1."""

    name: str
    migrations: tuple[tuple[str, ...], ...]

    @property
    def version(self) -> int:
        """The version that this program writes."""
        return len(self.migrations)


VERSIONS_TABLE = (
    "CREATE TABLE IF NOT EXISTS schema_versions (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"
)

_FIRST = (
    """CREATE TABLE documents (
         docid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
         platform TEXT NOT NULL, kind INTEGER NOT NULL, sentiment INTEGER NOT NULL,
         emotion INTEGER) STRICT""",
    "CREATE INDEX documents_in_time ON documents (created_at)",
    "CREATE TABLE bodies (docid INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    """CREATE VIRTUAL TABLE terms USING fts5(
         words, keys, content='', tokenize="ascii tokenchars '_.:,;''#*'")""",
    """CREATE TABLE memberships (
         docid INTEGER NOT NULL, campaign TEXT NOT NULL, revision INTEGER NOT NULL,
         probability_milli INTEGER NOT NULL, PRIMARY KEY (docid, campaign)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX memberships_of_campaign ON memberships (campaign, docid, probability_milli)",
    """CREATE TABLE campaigns (
         id TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, opened_at INTEGER NOT NULL,
         body BLOB NOT NULL) STRICT""",
    """CREATE TABLE figures (
         watchlist TEXT NOT NULL, platform TEXT NOT NULL, minute INTEGER NOT NULL, body BLOB NOT NULL,
         UNIQUE (watchlist, minute, platform)) STRICT""",
    "CREATE TABLE alerts (id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT",
    """CREATE TABLE dead_letters (
         id TEXT NOT NULL UNIQUE, reason TEXT NOT NULL, source TEXT NOT NULL, message INTEGER NOT NULL,
         place INTEGER NOT NULL, body BLOB NOT NULL) STRICT""",
    "CREATE INDEX dead_letters_in_order ON dead_letters (source, message, place)",
)

_TO_SORT_FOLD_AND_COUNT_BY = (
    "ALTER TABLE documents ADD COLUMN reach INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN author_key INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN text_key INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN watchlist_set INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE watchlist_sets (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE) STRICT",
    "INSERT INTO watchlist_sets (names) SELECT DISTINCT body_watchlists(body) FROM bodies",
    """UPDATE documents SET
         (reach, author_key, text_key) = (
           SELECT body_reach(body), body_author_key(body), body_text_key(body)
           FROM bodies WHERE bodies.docid = documents.docid),
         watchlist_set = (
           SELECT s.id FROM bodies JOIN watchlist_sets s ON s.names = body_watchlists(body)
           WHERE bodies.docid = documents.docid)""",
    "CREATE INDEX documents_by_reach ON documents (reach)",
    "CREATE INDEX documents_of_text ON documents (text_key)",
    """CREATE TABLE judgements (
         id TEXT NOT NULL UNIQUE, campaign TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT""",
)

_CORRECTIONS = (
    """CREATE TABLE corrections (
         id TEXT NOT NULL UNIQUE, record TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT""",
    "CREATE INDEX corrections_of_record ON corrections (record, at)",
)


def _filled(table: str, columns: Sequence[str]) -> str:
    """Fill columns from what ``<table>_facts`` says of a body: a JSON array of one value for each."""
    values = ", ".join(f"json_extract(facts, '$[{place}]')" for place in range(len(columns)))
    return (
        f"UPDATE {table} SET ({', '.join(columns)}) = "  # noqa: S608  # names written here
        f"(SELECT {values} FROM (SELECT {table}_facts(body) AS facts))"
    )


_ALERT_FACTS = ("incident", "watchlist", "platform", "rule", "level", "state")
_CAMPAIGN_FACTS = ("state", "level", "gravity", "last_seen_at", "targets")
_TO_LIST_BY = (
    *(f"ALTER TABLE alerts ADD COLUMN {name} TEXT NOT NULL DEFAULT ''" for name in _ALERT_FACTS),
    _filled("alerts", _ALERT_FACTS),
    "CREATE INDEX alerts_in_time ON alerts (at, id)",
    "CREATE INDEX alerts_of_incident ON alerts (incident, at, id)",
    "ALTER TABLE campaigns ADD COLUMN state TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE campaigns ADD COLUMN level TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE campaigns ADD COLUMN gravity REAL NOT NULL DEFAULT 0",
    "ALTER TABLE campaigns ADD COLUMN last_seen_at INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE campaigns ADD COLUMN targets TEXT NOT NULL DEFAULT '[]'",
    _filled("campaigns", _CAMPAIGN_FACTS),
    "CREATE INDEX campaigns_in_time ON campaigns (opened_at, id)",
    "CREATE INDEX campaigns_that_go_on ON campaigns (state, last_seen_at)",
)

INDEX_SCHEMA = Schema("index", (_FIRST, _TO_SORT_FOLD_AND_COUNT_BY, _CORRECTIONS, _TO_LIST_BY))
