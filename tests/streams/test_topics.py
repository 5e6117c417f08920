"""Topics, slots and batches: what the rest of the pipeline builds on."""

from __future__ import annotations

import logging

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec import Batch, cut
from streams.log import OnceAMinute
from streams.sources.adapters import LinesAdapter
from streams.topics import MESSAGE_BYTES, SLOTS, TOPIC_KINDS, partition_of, plan, slot_of


class Item(msgspec.Struct, frozen=True, array_like=True):
    text: str


@given(st.text(), st.integers(1, 256))
def test_a_slot_lies_in_one_of_the_partitions(target: str, partitions: int) -> None:
    slot = slot_of(target)
    assert 0 <= slot < SLOTS
    assert 0 <= partition_of(slot, partitions) < partitions


def test_topics_that_need_one_order_have_one_partition() -> None:
    topics = plan("p.", 12)
    assert {kind for kind in TOPIC_KINDS if topics[kind].partitions == 1} == {
        "campaigns",
        "alerts",
        "verdicts",
        "dead-letter",
    }


def test_only_snapshots_and_what_people_judged_are_compacted() -> None:
    compacted = [kind for kind, one in plan("", 3).items() if one.settings["cleanup.policy"] == "compact"]
    assert compacted == ["verdicts", "detect-snapshots", "assess-snapshots"]


@pytest.mark.parametrize("kind", TOPIC_KINDS)
def test_every_topic_has_the_broker_set_the_time(kind: str) -> None:
    assert all(one.settings["message.timestamp.type"] == "LogAppendTime" for one in plan("", 3).values())


@given(st.lists(st.text(max_size=80)), st.integers(1, 300))
def test_batches_give_back_what_was_put_in_in_order(texts: list[str], limit: int) -> None:
    items = [Item(text) for text in texts]
    batch = Batch(Item)
    assert [item for message in cut(items, limit) for item in batch.decode(message)] == items


def test_a_batch_is_cut_before_it_is_too_large() -> None:
    messages = list(cut([Item("x" * 100_000) for _ in range(20)]))
    assert len(messages) == 4
    assert max(map(len, messages)) < MESSAGE_BYTES + 100


def test_one_line_a_minute_from_one_place() -> None:
    now = [0.0]
    quiet = OnceAMinute(60.0, lambda: now[0])
    record = logging.LogRecord("aiokafka", logging.ERROR, "x.py", 5, "broker away", (), None)
    assert [quiet.filter(record) for _ in range(3)] == [True, False, False]
    now[0] = 61.0
    assert quiet.filter(record)
    assert "2 more such lines" in record.getMessage()


@pytest.mark.parametrize(
    ("raw", "records"),
    [
        (b'{"a":1}', (b'{"a":1}',)),
        (b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (b'\n\r\n{"a":1}\n', [b'{"a":1}']),
        (b"\n\n", (b"\n\n",)),
        (b"", (b"",)),
    ],
)
def test_a_message_holds_one_record_or_a_line_each(raw: bytes, records: object) -> None:
    assert LinesAdapter().records(raw) == records
