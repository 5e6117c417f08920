"""What an index does with what the pipeline writes, on every engine: every call may come again."""

from __future__ import annotations

import random
from itertools import permutations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.campaigns.port import Membership
from monitor.errors import QueryError
from monitor.index.port import Bucket, FoundCampaign, Histogram, Query, Terms, WeighedDocument
from monitor.opinion.figures import SAMPLE_SIZE, Figure, FigureKey
from tests.contracts.conftest import OpinionIndex
from tests.testkit.documents import (
    NOON,
    a_campaign,
    a_correction,
    a_dead_letter,
    a_document,
    a_figure,
    a_judgement,
    a_membership,
    an_alert,
)

KEY = FigureKey("food", "sina_weibo", NOON)


def test_a_document_is_stored_once_within_a_call_and_across_calls(index: OpinionIndex) -> None:
    first, other = a_document("sina_weibo:1"), a_document("sina_weibo:2")
    assert index.create([first, other, first]) == ["created", "created", "duplicate"]
    assert index.create([other, a_document("tencent_weibo:1")]) == ["duplicate", "created"]
    assert index.count(Query()) == 3


def test_a_repeat_does_not_replace_what_is_stored(index: OpinionIndex) -> None:
    index.create([a_document(text="先来的"), a_document(text="后来的")])
    index.create([a_document(text="更晚的")])
    hit = index.get("sina_weibo:1")
    assert hit is not None
    assert hit.document.text == "先来的"
    assert index.count(Query(text="更晚")) == 0


def test_ids_that_differ_in_case_are_two_documents(index: OpinionIndex) -> None:
    assert index.create([a_document("sina_weibo:a"), a_document("sina_weibo:A")]) == ["created", "created"]


def test_storing_nothing_is_allowed(index: OpinionIndex) -> None:
    assert index.create([]) == []
    assert index.update_memberships([]).weighed == ()
    index.put_campaigns([])
    index.merge_figures([])
    index.put_alerts([])
    index.put_dead_letters([])
    index.remove_dead_letters([])


def test_every_field_of_a_document_comes_back(index: OpinionIndex) -> None:
    document = msgspec.structs.replace(
        a_document(emotion="angry", watchlists=("水",), targets=("#a#",), text="换行\n制表\t𠮷"),
        parent="sina_weibo:0",
        official="市水务局",
        verified=True,
        followers=3,
        location="上海 徐汇区",
        source="微博 weibo.com",
        url="http://weibo.com/1",
        reposts=1,
        comments=2,
        likes=1 << 39,
    )
    index.create([document])
    hit = index.get(document.id)
    assert hit is not None
    assert hit.document == document


def test_what_is_not_stored_is_not_found(index: OpinionIndex) -> None:
    assert index.get("sina_weibo:none") is None
    assert index.campaign("none") is None
    assert index.dead_letter("none") is None
    assert index.search(Query()).hits == ()
    assert index.campaigns() == []
    assert index.figures("food", None, None, None) == []
    assert index.alerts() == []
    assert index.judgements() == []
    assert index.corrections() == []
    assert index.aggregate(Query(), Terms("platform")) == []


def test_a_time_range_holds_its_beginning_but_not_its_end(index: OpinionIndex) -> None:
    index.create([a_document(f"sina_weibo:{n}", at=NOON + n) for n in range(4)])
    found = index.search(Query(after=NOON + 1, before=NOON + 3, sort="oldest")).hits
    assert [hit.document.id for hit in found] == ["sina_weibo:1", "sina_weibo:2"]


def test_an_uncertain_document_has_no_label(index: OpinionIndex) -> None:
    index.create([a_document(label="negative", uncertain=True)])
    assert index.count(Query(sentiment="negative")) == 0
    assert index.count(Query(sentiment="uncertain")) == 1


def test_a_document_without_words_of_its_own_is_unscored_and_not_uncertain(index: OpinionIndex) -> None:
    index.create([a_document(label="neutral", uncertain=True, confidence=0.0)])
    assert index.count(Query(sentiment="uncertain")) == 0
    assert index.count(Query(sentiment="unscored")) == 1
    assert [(one.key, one.count) for one in index.aggregate(Query(), Terms("sentiment"))] == [("unscored", 1)]


@pytest.mark.parametrize("by", [Histogram(0), Histogram(-1), Terms("kind", 0), Terms("kind", 10_001)])
def test_a_count_out_of_bounds_is_refused(index: OpinionIndex, by: Histogram | Terms) -> None:
    with pytest.raises(QueryError):
        index.aggregate(Query(), by)


def test_ties_of_a_count_are_ordered_by_value(index: OpinionIndex) -> None:
    index.create([a_document(f"sina_weibo:{a}", author=a) for a in "cab"])
    assert index.aggregate(Query(), Terms("author", 2)) == [Bucket("a", 1), Bucket("b", 1)]


def test_a_membership_joins_its_document_to_a_campaign(index: OpinionIndex) -> None:
    index.create([a_document(author="p7", watchlists=("food",)), a_document("sina_weibo:2")])
    written = index.update_memberships([a_membership(milli=800)])
    assert written.weighed == (WeighedDocument("sina_weibo", "p7", NOON, ("food",), 800),)
    assert [hit.document.id for hit in index.search(Query(campaign="c1")).hits] == ["sina_weibo:1"]


def test_a_membership_of_an_unknown_document_is_handed_back(index: OpinionIndex) -> None:
    index.create([a_document()])
    early = a_membership("sina_weibo:later")
    assert index.update_memberships([early, a_membership()]).missing == (early,)
    index.create([a_document("sina_weibo:later")])
    assert index.update_memberships([early]).missing == ()
    assert index.count(Query(campaign="c1")) == 2


def test_an_older_or_equal_revision_changes_nothing(index: OpinionIndex) -> None:
    index.create([a_document()])
    index.update_memberships([a_membership(revision=3, milli=900)])
    for revision in (1, 2, 3):
        assert index.update_memberships([a_membership(revision=revision, milli=100)]).weighed == ()
    hit = index.get("sina_weibo:1")
    assert hit is not None
    assert hit.campaigns == (FoundCampaign("c1", 900),)


def test_probability_nought_takes_a_document_out_for_good(index: OpinionIndex) -> None:
    index.create([a_document()])
    index.update_memberships([a_membership(revision=1, milli=900)])
    written = index.update_memberships([a_membership(revision=2, milli=0)])
    assert [weighed.change_milli for weighed in written.weighed] == [-900]
    assert index.update_memberships([a_membership(revision=1, milli=900)]).weighed == ()
    assert index.count(Query(campaign="c1")) == 0


def test_the_weight_is_the_highest_probability_of_all_campaigns(index: OpinionIndex) -> None:
    index.create([a_document()])
    steps = [("a", 300), ("b", 800), ("c", 500)]
    changes = [
        sum(w.change_milli for w in index.update_memberships([a_membership(campaign=c, milli=m)]).weighed)
        for c, m in steps
    ]
    assert changes == [300, 500, 0]
    hit = index.get("sina_weibo:1")
    assert hit is not None
    assert [found.id for found in hit.campaigns] == ["b", "c", "a"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    drawn=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(1, 4), st.integers(0, 1000)), min_size=1, max_size=12
    ),
    cut=st.integers(0, 12),
    number=st.integers(0, 1 << 60),
)
def test_the_changes_of_weight_add_up_whatever_the_order_and_the_batches(
    index: OpinionIndex, drawn: list[tuple[str, int, int]], cut: int, number: int
) -> None:
    record = f"sina_weibo:{number}"
    index.create([a_document(record)])
    unique = {(campaign, revision): milli for campaign, revision, milli in drawn}
    memberships = [
        Membership(record, campaign, revision, milli) for (campaign, revision), milli in unique.items()
    ]
    before = index.get(record)
    assert before is not None
    start = max((found.probability_milli for found in before.campaigns), default=0)
    written = [index.update_memberships(part) for part in (memberships[:cut], memberships[cut:])]
    after = index.get(record)
    assert after is not None
    end = max((found.probability_milli for found in after.campaigns), default=0)
    assert sum(weighed.change_milli for part in written for weighed in part.weighed) == end - start


def test_the_highest_revision_of_a_campaign_holds_in_any_order(index: OpinionIndex) -> None:
    for number, order in enumerate(permutations((1, 2, 3))):
        revisions = [a_campaign(f"c{number}", revision=revision) for revision in order]
        index.put_campaigns(revisions[:2])
        index.put_campaigns(revisions[2:])
        found = index.campaign(f"c{number}")
        assert found == msgspec.structs.replace(a_campaign(f"c{number}", revision=3), members=())


def test_campaigns_come_in_order_of_opening(index: OpinionIndex) -> None:
    index.put_campaigns(
        [a_campaign("b", opened_at=2), a_campaign("a", opened_at=2), a_campaign("c", opened_at=1)]
    )
    assert [campaign.id for campaign in index.campaigns()] == ["c", "a", "b"]


def test_partial_figures_merge_in_any_order_to_the_same_bytes(index: OpinionIndex) -> None:
    partials = [a_figure(*(f"p{n}" for n in range(start, start + 150))) for start in range(0, 600, 100)]
    chance = random.Random(1)
    keys = [FigureKey(f"list{number}", "sina_weibo", NOON) for number in range(4)]
    for key in keys:
        chance.shuffle(partials)
        index.merge_figures([(key, partial) for partial in partials[:2]])
        index.merge_figures([(key, partial) for partial in partials[2:]])
    stored = {index.figures(key.watchlist, None, None, None)[0][1].canonical() for key in keys}
    assert stored == {Figure.of(partials).canonical()}


def test_merging_leaves_the_partial_as_it_was(index: OpinionIndex) -> None:
    partial = a_figure("p1")
    before = partial.canonical()
    index.merge_figures([(KEY, partial), (KEY, a_figure("p2"))])
    index.merge_figures([(KEY, a_figure("p3"))])
    assert partial.canonical() == before


def test_a_full_author_sample_stays_bounded(index: OpinionIndex) -> None:
    index.merge_figures([(KEY, a_figure(*(f"p{n}" for n in range(2 * SAMPLE_SIZE))))])
    assert len(index.figures("food", None, None, None)[0][1].voices) == SAMPLE_SIZE


def test_figures_come_in_order_within_their_range(index: OpinionIndex) -> None:
    minute = 60_000
    keys = [
        FigureKey("food", platform, NOON + n * minute)
        for n in (2, 0, 1, 3)
        for platform in ("tencent_weibo", "sina_weibo")
    ]
    index.merge_figures([(key, a_figure("p1")) for key in (*keys, FigureKey("other", "sina_weibo", NOON))])
    found = [key for key, _ in index.figures("food", None, NOON + minute, NOON + 3 * minute)]
    assert found == [
        FigureKey("food", platform, NOON + n * minute)
        for n in (1, 2)
        for platform in ("sina_weibo", "tencent_weibo")
    ]
    assert [key.minute for key, _ in index.figures("food", "sina_weibo", None, NOON + minute)] == [NOON]


def test_an_alert_is_kept_once_and_alerts_come_in_order_of_time(index: OpinionIndex) -> None:
    index.put_alerts([an_alert("b", at=2), an_alert("c", at=1), an_alert("a", at=2)])
    index.put_alerts([an_alert("b", at=2)])
    assert [alert.id for alert in index.alerts()] == ["c", "a", "b"]
    assert index.alerts()[0] == an_alert("c", at=1)


def test_dead_letters_come_in_order_of_position_with_their_bytes(index: OpinionIndex) -> None:
    letters = [a_dead_letter(2), a_dead_letter(10), a_dead_letter(1, source="replay:a")]
    index.put_dead_letters(letters)
    index.put_dead_letters(letters)
    assert index.dead_letters() == [letters[2], letters[0], letters[1]]
    assert index.dead_letter(letters[1].id) == letters[1]


def test_dead_letters_are_listed_by_reason_and_up_to_a_limit(index: OpinionIndex) -> None:
    index.put_dead_letters([a_dead_letter(n, reason="not_utf8" if n % 2 else "not_json") for n in range(6)])
    assert [letter.position.offset for letter in index.dead_letters(reason="not_utf8", limit=2)] == [1, 3]
    assert index.dead_letters(limit=0) == []


def test_removed_dead_letters_are_gone(index: OpinionIndex) -> None:
    index.put_dead_letters([a_dead_letter(1), a_dead_letter(2)])
    index.remove_dead_letters([a_dead_letter(1).id, "none"])
    assert index.dead_letters() == [a_dead_letter(2)]


def test_judgements_are_kept_once_by_id_and_read_in_order_of_time(index: OpinionIndex) -> None:
    first, second = a_judgement("j2", at=NOON), a_judgement("j1", at=NOON + 1)
    other = a_judgement("j3", "c2", at=NOON + 2)
    index.put_judgements([second, first, other])
    index.put_judgements([a_judgement("j2", at=NOON, finding="ordinary")])
    assert index.judgements() == [first, second, other]
    assert index.judgements("c1") == [first, second]


def test_corrections_are_kept_once_by_id_and_read_in_order_of_time(index: OpinionIndex) -> None:
    first, second = a_correction("k2", at=NOON), a_correction("k1", at=NOON + 1, label="neutral")
    other = a_correction("k3", "sina_weibo:2", at=NOON + 2, label="cannot_tell")
    index.put_corrections([second, first, other])
    index.put_corrections([a_correction("k2", at=NOON, label="positive")])
    assert index.corrections() == [first, second, other]
    assert index.corrections("sina_weibo:1") == [first, second]
    assert index.corrections("") == index.corrections("sina_weibo:9") == []


def test_a_correction_changes_nothing_of_what_is_found_or_counted(index: OpinionIndex) -> None:
    index.create([a_document("sina_weibo:1", "房价又涨了")])
    before = index.search(Query()).hits, index.aggregate(Query(), Terms("sentiment"))
    index.put_corrections([a_correction()])
    assert (index.search(Query()).hits, index.aggregate(Query(), Terms("sentiment"))) == before
