"""The audit log: complete, in order, and never rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.console.audit import AuditLog
from monitor.console.database import ConsoleDatabase
from monitor.errors import QueryError, StoreError
from tests.testkit.console import Clock


@pytest.fixture
def database(tmp_path: Path) -> Iterator[ConsoleDatabase]:
    with ConsoleDatabase(tmp_path) as opened:
        yield opened


def test_pages_hold_every_entry_once_the_latest_first(database: ConsoleDatabase) -> None:
    log = AuditLog(database, Clock())
    for number in range(25):
        log.record("li", "search", f"query {number}")
    subjects, before = [], None
    while True:
        page = log.page(before=before, limit=10)
        subjects += [entry.subject for entry in page.entries]
        before = page.before
        if before is None:
            break
    assert subjects == [f"query {number}" for number in reversed(range(25))]


@pytest.mark.parametrize("before", [-1, 1 << 63, 10**30])
def test_a_page_before_no_number_is_refused(database: ConsoleDatabase, before: int) -> None:
    with pytest.raises(QueryError, match=str(before)):
        AuditLog(database, Clock()).page(before=before)


def test_entries_are_found_by_user_and_action(database: ConsoleDatabase) -> None:
    log = AuditLog(database, Clock())
    log.record("li", "search", "房价")
    log.record("wang", "search", "地铁")
    log.record("li", "export", "房价", format="csv", rows=3)
    assert [entry.subject for entry in log.page(user="li", action="search").entries] == ["房价"]
    assert log.page(action="export").entries[0].details == {"format": "csv", "rows": 3}


@pytest.mark.parametrize("statement", ["UPDATE audit SET user = 'x'", "DELETE FROM audit"])
def test_the_log_cannot_be_rewritten(database: ConsoleDatabase, statement: str) -> None:
    AuditLog(database, Clock()).record("li", "search", "房价")
    with pytest.raises(StoreError, match="append-only"):
        database.run(statement)


def test_what_is_no_text_is_logged_all_the_same(database: ConsoleDatabase) -> None:
    log = AuditLog(database, Clock())
    log.record("\ud800", "sign_in_failed", "\ud800" * 10_000, state="\ud800" * 10_000)
    assert log.page().entries[0].user == "\\ud800"


def test_a_page_has_a_size(database: ConsoleDatabase) -> None:
    with pytest.raises(QueryError, match="1 to 500"):
        AuditLog(database).page(limit=501)
