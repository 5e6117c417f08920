"""The stages that both runners drive: scoring, slots, joining, figures."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.campaigns.joiner import CampaignsJoiner
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.composition import detector_factory
from monitor.desk.officials import OfficialAccount, OfficialAccounts
from monitor.documents import Document, SourcePosition
from monitor.errors import SnapshotVersionError
from monitor.opinion.figures import Figure
from monitor.privacy import Pseudonymizer
from monitor.records import RecordDecoder, RejectedRecord
from monitor.scoring.none import NoScorer
from monitor.scoring.watchlists import Watchlist, WatchlistMatcher
from streams.positions import MAXIMUM_SOURCES, Positions
from streams.sources.adapters import RecordAdapter
from streams.stages import (
    DetectStage,
    Incoming,
    Scored,
    ScoreStage,
    Sighted,
    flatten,
    join,
    partial_figures,
)
from streams.topics import SLOTS, partition_of, slot_of
from tests.testkit.records import a_line
from tests.testkit.sightings import a_sighting

NOW = 1_900_000_000.0
WORDS = "这家店的东西质量真不错下次还会再来"
OFFICIALS = OfficialAccounts([OfficialAccount("sina_weibo", "42", "云州发布", "云州市")])


def score(*lines: bytes) -> Scored:
    watchlists = [
        Watchlist(name="housing", title_zh="住房", title_en="Housing", any=("房价",)),
        Watchlist(name="answers", title_zh="答复", title_en="Answers", any=("@sina_weibo:42",)),
    ]
    stage = ScoreStage(
        RecordDecoder(frozenset({"sina_weibo"})),
        Pseudonymizer(bytes(32), OFFICIALS),
        OFFICIALS,
        NoScorer(),
        WatchlistMatcher(watchlists, {"sina_weibo:42": "sina_weibo:42"}),
    )
    incoming = [Incoming(SourcePosition("in#1", number, 0), raw) for number, raw in enumerate(lines, start=1)]
    return stage.score(incoming, RecordAdapter(), NOW)


def test_what_is_a_record_becomes_a_document_and_the_rest_a_dead_letter() -> None:
    scored = score(a_line(id="a"), b"garbage", a_line(id="b"))
    assert [document.id for document in scored.documents] == ["sina_weibo:a", "sina_weibo:b"]
    assert [document.position.offset for document in scored.documents] == [1, 3]
    assert [(letter.reason, letter.raw, letter.position.offset) for letter in scored.dead_letters] == [
        ("not_json", b"garbage", 2)
    ]
    assert len(scored.sightings) == len(scored.documents)


def test_watchlists_find_keywords_official_authors_and_their_mentions() -> None:
    told = [
        {"text": "房价"},
        {"author": "42", "text": "早"},
        {"text": "@云州发布 在吗"},
        {"text": "＠云州发布 在吗"},
        {"text": "早"},
    ]
    found = [document.watchlists for document in score(*[a_line(**fields) for fields in told]).documents]
    assert found == [("housing",), ("answers",), ("answers",), ("answers",), ()]


def test_no_document_names_a_person() -> None:
    (document,) = score(a_line(author={"id": "10086", "name": "张三"}, text="@李四 好")).documents
    assert document.official is None
    assert not any(word in repr(document) for word in ("10086", "张三", "李四"))


def test_an_official_account_keeps_its_registered_name() -> None:
    (document,) = score(a_line(author="42")).documents
    assert (document.author, document.official) == ("42", "云州发布")


def test_the_same_garbage_in_the_same_place_is_the_same_dead_letter() -> None:
    one, other = score(b"x").dead_letters[0], score(b"x").dead_letters[0]
    assert one.id == other.id != score(b"y").dead_letters[0].id


@given(st.text(min_size=1, max_size=30), st.integers(1, 256))
def test_an_object_has_one_slot_and_a_slot_one_partition(target: str, partitions: int) -> None:
    slot = slot_of(target)
    assert 0 <= slot < SLOTS
    assert slot == slot_of(target)
    assert 0 <= partition_of(slot, partitions) < partitions


def test_slots_never_move() -> None:
    """What is stored lies in these slots; another hash would lose it."""
    assert [slot_of(target) for target in ("sina_weibo:1", "#限购", "link:t.cn/a")] == [62, 1, 184]


def test_a_step_taken_before_is_not_taken_again() -> None:
    positions = Positions()
    steps = [("a", 1, 0), ("a", 1, 0), ("a", 1, 1), ("b", 1, 0), ("a", 0, 9), ("a", 2, 0)]
    taken = [positions.advance(SourcePosition(name, offset, 0), ordinal) for name, offset, ordinal in steps]
    assert taken == [True, False, True, True, False, True]


def test_positions_of_many_sources_stay_bounded() -> None:
    positions = Positions()
    for number in range(2 * MAXIMUM_SOURCES):
        positions.advance(SourcePosition(f"file{number}", 1, 0), 0)
    assert len(positions.steps()) == MAXIMUM_SOURCES


def sightings(count: int, first: int = 0) -> list[Sighted]:
    """A burst of one text on one object, half a second apart."""
    return [
        Sighted(
            SourcePosition("in#1", number, 0),
            0,
            a_sighting(WORDS, at=number * 500, author=f"u{number}", record=f"p:{number}"),
        )
        for number in range(first, first + count)
    ]


def revisions(stage: DetectStage, seen: Sequence[Sighted]) -> list[CampaignRevision]:
    return [revised.revision for one in seen for revised in stage.detect(one)]


def test_seeing_again_what_a_slot_has_seen_changes_nothing() -> None:
    stage = DetectStage(detector_factory())
    burst = sightings(60)
    assert revisions(stage, burst)
    before = stage.snapshot(slot_of(burst[0].sighting.object))
    assert revisions(stage, burst) == []
    assert stage.snapshot(slot_of(burst[0].sighting.object)) == before


@pytest.mark.parametrize("cut", [1, 10, 30, 59])
def test_a_restored_slot_goes_on_exactly_and_skips_what_it_covers(cut: int) -> None:
    burst = sightings(60)
    slot = slot_of(burst[0].sighting.object)
    whole, first, second = (DetectStage(detector_factory()) for _ in range(3))
    expected = revisions(whole, burst)
    before = revisions(first, burst[:cut])
    second.restore(slot, first.snapshot(slot))
    assert before + revisions(second, burst) == expected
    assert second.snapshot(slot) == whole.snapshot(slot)


def test_a_slot_that_another_version_wrote_is_refused() -> None:
    snapshot = msgspec.msgpack.encode(({}, msgspec.msgpack.encode({"once": {"o": [1]}}), 1, []))
    with pytest.raises(SnapshotVersionError, match="slot 5 was written by another version"):
        DetectStage(detector_factory()).restore(5, snapshot)


def test_joining_follows_the_order_of_steps_whatever_the_partition() -> None:
    stage = DetectStage(detector_factory())
    revised = [one for seen in sightings(60) for one in stage.detect(seen)]
    assert join(CampaignsJoiner(), revised[::-1]) == join(CampaignsJoiner(), revised)


def test_figures_of_parts_merge_to_figures_of_the_whole() -> None:
    documents = score(*[a_line(text="房价", author=f"a{n % 7}") for n in range(40)]).documents
    whole = partial_figures(documents)
    parts = [partial_figures(documents[start::3]) for start in range(3)]
    assert {key.watchlist for key in whole} == {"all", "housing"}
    for key, figure in whole.items():
        assert Figure.of(part[key] for part in parts if key in part).canonical() == figure.canonical()


def test_flattened_sightings_keep_their_place() -> None:
    scored = score(a_line(text="#限购# 房价又涨了看看这个 http://t.cn/abc 大家都来说说看"))
    document: Document = scored.documents[0]
    steps = flatten(document, scored.sightings[0])
    assert [one.ordinal for one in steps] == list(range(len(document.targets)))
    assert [one.sighting.object for one in steps] == list(document.targets)


def test_a_sighting_cannot_carry_an_opinion() -> None:
    forbidden = {"polarity", "label", "sentiment", "emotion", "watchlists", "official", "verified"}
    assert forbidden.isdisjoint(Sighting.__struct_fields__)


def test_a_refused_message_of_an_adapter_is_kept_as_it_came() -> None:
    class Refusing:
        format = "record"

        def records(self, _raw: bytes) -> Sequence[bytes | RejectedRecord]:
            return (RejectedRecord("bad_value", "no"), b"{}")

    blind, matcher = Pseudonymizer(bytes(32), OFFICIALS), WatchlistMatcher([], {})
    stage = ScoreStage(RecordDecoder(frozenset()), blind, OFFICIALS, NoScorer(), matcher)
    letters = stage.score([Incoming(SourcePosition("in#1", 1, 0), b"original")], Refusing(), NOW).dead_letters
    assert [(letter.raw, letter.position.index) for letter in letters] == [(b"original", 0), (b"{}", 1)]
