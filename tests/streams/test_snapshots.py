"""What the embedded runner remembers, over versions of the program."""

from __future__ import annotations

from pathlib import Path

from monitor.index.schema import Schema
from monitor.index.store import SqliteStore
from streams.snapshots import STREAMS_SCHEMA, InputPosition, SnapshotStore

_FIRST = Schema("streams", STREAMS_SCHEMA.migrations[:1])
_POSITION = InputPosition("posts", 1, 40, finished=False)


def test_detection_of_the_first_version_begins_anew_and_inputs_go_on(tmp_path: Path) -> None:
    with SqliteStore(tmp_path, (_FIRST,)) as store, store.transaction():
        snapshots = SnapshotStore(store.connection)
        snapshots.put_slot(3, b"in the form of then")
        snapshots.put_joiner(b"in the form of then")
        snapshots.put_input_position(_POSITION)
        snapshots.put_fact("event-time-reached", b"7")
    with SqliteStore(tmp_path, (STREAMS_SCHEMA,)) as store:
        snapshots = SnapshotStore(store.connection)
        assert list(snapshots.slots()) == []
        assert snapshots.joiner() is None
        assert list(snapshots.journal()) == []
        assert snapshots.input_position("posts") == _POSITION
        assert snapshots.fact("event-time-reached") == b"7"
