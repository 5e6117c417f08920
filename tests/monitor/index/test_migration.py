"""A data directory of the first version is brought up to date with all that is in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from monitor.index.console_store import ThreadReaders
from monitor.index.facts import text_key
from monitor.index.lists import AlertQuery, CampaignQuery
from monitor.index.port import Histogram, Query, Terms
from monitor.index.schema import INDEX_SCHEMA, VERSIONS_TABLE
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import DATABASE_NAME, SqliteStore
from monitor.index.stored import (
    document_sentiment_code,
    encode_alert,
    encode_campaign,
    encode_document,
    kind_code,
)
from tests.testkit.documents import NOON, a_campaign, a_document, an_alert

DOCUMENTS = [
    msgspec.structs.replace(
        a_document(
            f"sina_weibo:{number}", f"第{number}条", author=f"u{number % 2}", watchlists=("food", "水")
        ),
        reposts=number * 10,
        likes=1,
    )
    for number in range(4)
]


ALERTS = [
    an_alert("before-incidents"),
    msgspec.structs.replace(an_alert("a1"), incident="i1", watchlist="food"),
    msgspec.structs.replace(an_alert("a2", at=NOON + 1), incident="i1", watchlist="food", state="resolved"),
]


def write_first_version(directory: Path) -> None:
    directory.mkdir()
    with closing(sqlite3.connect(directory / DATABASE_NAME)) as connection:
        for statement in (VERSIONS_TABLE, *INDEX_SCHEMA.migrations[0]):
            connection.execute(statement)
        connection.execute("INSERT INTO schema_versions VALUES ('index', 1)")
        for number, one in enumerate(DOCUMENTS, 1):
            row = (number, one.id, one.created_at, one.platform, kind_code(one.kind))
            connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, NULL)", (*row, document_sentiment_code(one))
            )
            connection.execute("INSERT INTO bodies VALUES (?, ?)", (number, encode_document(one)))
        for alert in ALERTS:
            connection.execute(
                "INSERT INTO alerts VALUES (?, ?, ?)", (alert.id, alert.at, encode_alert(alert))
            )
        campaign = a_campaign("c1")
        connection.execute(
            "INSERT INTO campaigns VALUES ('c1', 1, ?, ?)", (campaign.opened_at, encode_campaign(campaign))
        )
        connection.commit()


def test_what_was_stored_can_be_sorted_folded_and_counted(tmp_path: Path) -> None:
    write_first_version(tmp_path / "data")
    with SqliteStore(tmp_path / "data") as store:
        index = SqliteIndex(store)
        by_reach = index.search(Query(sort="reach")).hits
        counts = index.text_counts(Query(), [text_key(one) for one in DOCUMENTS])
        found = index.overview(Query(), [Terms("watchlist")], lambda *_: Histogram(60))
    assert [hit.document for hit in by_reach] == DOCUMENTS[::-1]
    assert sorted(one.count for one in counts) == [1, 1, 1, 1]
    assert (found.records, found.texts, found.people, found.oldest) == (4, 4, 2, NOON)
    assert [(one.key, one.count) for one in found.facets["watchlist"]] == [("food", 4), ("水", 4)]


def test_the_console_brings_a_directory_up_to_date_by_itself(tmp_path: Path) -> None:
    write_first_version(tmp_path / "data")
    assert ThreadReaders(tmp_path / "data")().count(Query()) == 4


def test_incidents_and_campaigns_of_before_are_listed(tmp_path: Path) -> None:
    write_first_version(tmp_path / "data")
    with SqliteStore(tmp_path / "data") as store:
        index = SqliteIndex(store)
        assert index.find_alerts(AlertQuery()).alerts == (ALERTS[2], ALERTS[0])
        assert index.find_alerts(AlertQuery(watchlist="food", open=False)).alerts == (ALERTS[2],)
        assert index.incident("before-incidents") == [ALERTS[0]]
        assert index.gravest_campaigns(NOON, 5).total == 1
        assert len(index.find_campaigns(CampaignQuery(target="sina_weibo:1", level="yellow")).campaigns) == 1
