"""The data directory: who may open it, what survives, and what a full disk or a wrong file says."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.documents import Document
from monitor.errors import StoreBusyError, StoreError, StoreFullError, StoreVersionError
from monitor.index.port import Query
from monitor.index.schema import INDEX_SCHEMA, Schema
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import DATABASE_NAME, SqliteStore
from tests.testkit.documents import a_document

NOTES = Schema("notes", (("CREATE TABLE notes (note TEXT NOT NULL) STRICT",),))
NOTES_2 = Schema(
    "notes",
    (*NOTES.migrations, ("ALTER TABLE notes ADD COLUMN mark INTEGER NOT NULL DEFAULT 7",)),
)
NOTES_BROKEN = Schema(
    "notes", (*NOTES.migrations, ("CREATE TABLE half (a TEXT) STRICT", "CREATE TABLE notes (b TEXT) STRICT"))
)


def tables(directory: Path) -> set[str]:
    with SqliteStore(directory, read_only=True) as store:
        return {name for (name,) in store.all("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_writer_makes_the_directory_for_its_owner_only(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "deep" / "data"):
        assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


def test_a_schema_is_brought_up_from_the_version_before(tmp_path: Path) -> None:
    with SqliteStore(tmp_path, [NOTES]) as store:
        store.write("INSERT INTO notes VALUES (?)", [("kept",)])
    with SqliteStore(tmp_path, [NOTES_2]) as store:
        assert store.all("SELECT note, mark FROM notes") == [("kept", 7)]


def test_schemas_have_versions_of_their_own(tmp_path: Path) -> None:
    with SqliteStore(tmp_path, [NOTES_2]) as store:
        versions = dict(store.all("SELECT name, version FROM schema_versions"))
    assert versions == {"index": INDEX_SCHEMA.version, "notes": 2}


def test_a_schema_joins_a_directory_that_has_others(tmp_path: Path) -> None:
    with SqliteStore(tmp_path):
        pass
    with SqliteStore(tmp_path, [NOTES]) as store:
        assert store.all("SELECT * FROM notes") == []


def test_a_migration_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    with SqliteStore(tmp_path, [NOTES]):
        pass
    with pytest.raises(StoreError, match="notes"):
        SqliteStore(tmp_path, [NOTES_BROKEN])
    assert "half" not in tables(tmp_path)
    with SqliteStore(tmp_path, [NOTES_2]) as store:
        assert store.all("SELECT mark FROM notes") == []


@pytest.mark.parametrize("read_only", [True, False])
def test_data_of_a_newer_program_are_refused(tmp_path: Path, read_only: bool) -> None:
    with SqliteStore(tmp_path, [NOTES_2]):
        pass
    with pytest.raises(StoreVersionError, match=r"notes.*version 2.*version 1"):
        SqliteStore(tmp_path, [NOTES], read_only=read_only)


def test_a_reader_does_not_bring_old_data_up_to_date_but_says_how(tmp_path: Path) -> None:
    with SqliteStore(tmp_path, [NOTES]):
        pass
    with pytest.raises(StoreVersionError, match="opinion-monitor run"):
        SqliteStore(tmp_path, [NOTES_2], read_only=True)


def test_a_second_writer_is_refused_and_told_the_directory(tmp_path: Path) -> None:
    with SqliteStore(tmp_path), pytest.raises(StoreBusyError, match=str(tmp_path)):
        SqliteStore(tmp_path)


def test_a_writer_that_has_closed_makes_room_for_the_next(tmp_path: Path) -> None:
    SqliteStore(tmp_path).close()
    with SqliteStore(tmp_path) as store:
        assert store.all("SELECT 1") == [(1,)]


def test_a_refused_writer_does_not_take_the_lock_with_it(tmp_path: Path) -> None:
    with SqliteStore(tmp_path, [NOTES_2]):
        pass
    with pytest.raises(StoreVersionError):
        SqliteStore(tmp_path, [NOTES])
    with SqliteStore(tmp_path, [NOTES_2]) as store:
        assert store.all("SELECT 1") == [(1,)]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.all("SELECT 1")


def test_a_reader_sees_what_is_committed_while_a_writer_goes_on(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        SqliteIndex(store).create([a_document("sina_weibo:1")])
        with SqliteStore(tmp_path, read_only=True) as reading:
            with store.transaction():
                SqliteIndex(store).create([a_document("sina_weibo:2")])
                assert SqliteIndex(reading).count(Query()) == 1
            assert SqliteIndex(reading).count(Query(text="天气")) == 2


def test_a_reader_may_not_write(tmp_path: Path) -> None:
    SqliteStore(tmp_path).close()
    with SqliteStore(tmp_path, read_only=True) as store, pytest.raises(StoreError, match="cannot be written"):
        SqliteIndex(store).create([a_document()])


def test_a_reader_leaves_a_directory_without_data_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"no data in {tmp_path}"):
        SqliteStore(tmp_path, read_only=True)
    with pytest.raises(StoreError, match="no data in"):
        SqliteStore(tmp_path / "none", read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"not a database at all, but text\n" * 99, b"SQLite format 3\x00" + b"\xff" * 9999]
)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes, read_only: bool) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(content)
    with pytest.raises(StoreError, match=DATABASE_NAME):
        SqliteStore(tmp_path, read_only=read_only)
    assert (tmp_path / DATABASE_NAME).read_bytes() == content


def test_a_database_of_another_program_is_not_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE_NAME) as foreign:
        foreign.execute("CREATE TABLE other (a)")
    foreign.close()
    with pytest.raises(StoreError, match="not a database of this program"):
        SqliteStore(tmp_path, read_only=True)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        SqliteStore(tmp_path / "file", read_only=read_only)


def write_and_stop(store: SqliteStore, document: Document) -> None:
    with store.transaction():
        SqliteIndex(store).create([document])
        raise KeyboardInterrupt


def test_an_exception_inside_a_transaction_leaves_nothing_of_it(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        index = SqliteIndex(store)
        index.create([a_document("sina_weibo:1")])
        with pytest.raises(KeyboardInterrupt):
            write_and_stop(store, a_document("sina_weibo:2", "火锅"))
        assert index.count(Query()) == 1
        assert index.count(Query(text="火锅")) == 0
        with store.transaction():
            assert index.create([a_document("sina_weibo:2", "火锅")]) == ["created"]
        assert index.count(Query(text="火锅")) == 1


_KILLED = """
import os, signal, sys
from pathlib import Path
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.documents import a_document
store = SqliteStore(Path(sys.argv[1]))
index = SqliteIndex(store)
with store.transaction():
    index.create([a_document("sina_weibo:1", "committed")])
with store.transaction():
    index.create([a_document(f"sina_weibo:{n}", "half done " * 50) for n in range(2, 3000)])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_what_it_had_committed_and_no_lock(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    with SqliteStore(tmp_path, read_only=True) as reading:
        assert SqliteIndex(reading).count(Query()) == 1
    with SqliteStore(tmp_path) as store:
        assert SqliteIndex(store).count(Query()) == 1
        assert SqliteIndex(store).count(Query(text="half")) == 0
        assert store.all("PRAGMA integrity_check") == [("ok",)]


def fill_up(store: SqliteStore) -> None:
    """Write until no page is left."""
    index = SqliteIndex(store)
    (pages,) = store.all("PRAGMA page_count")[0]
    store.all(f"PRAGMA max_page_count = {pages + 30}")
    for start in range(0, 100_000, 100):
        with store.transaction():
            index.create([a_document(f"sina_weibo:{n}", f"火锅{n}" * 20) for n in range(start, start + 100)])


def test_a_full_disk_is_said_in_a_sentence_and_what_was_committed_stays(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        SqliteIndex(store).create([a_document("sina_weibo:first", "第一条")])
        with pytest.raises(StoreFullError, match=f"no space is left for {tmp_path}"):
            fill_up(store)
        assert SqliteIndex(store).count(Query(text="第一条")) == 1
        kept = SqliteIndex(store).count(Query())
    with SqliteStore(tmp_path) as again:
        assert SqliteIndex(again).count(Query()) == kept
        assert SqliteIndex(again).create([a_document("sina_weibo:new")]) == ["created"]


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="there is no /dev/full to write to")
def test_a_full_disk_met_by_another_writer_in_the_transaction_is_said_too(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store, pytest.raises(StoreFullError), store.transaction():
        Path("/dev/full").write_bytes(b"x")


@pytest.mark.parametrize(("durable", "level"), [(False, 1), (True, 2)])
def test_a_durable_writer_waits_for_the_disk_at_every_commit(
    tmp_path: Path, durable: bool, level: int
) -> None:
    """1 is NORMAL, 2 is FULL."""
    with SqliteStore(tmp_path, durable=durable) as store:
        assert store.all("PRAGMA synchronous") == [(level,)]
        assert store.all("PRAGMA journal_mode") == [("wal",)]
