"""What staff look up: overviews, cascades, campaigns and the wall."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from monitor.campaigns.port import Interval
from monitor.console.search_state import SearchState, state_of
from monitor.console.wall import IDLE_SECONDS
from monitor.documents import SENTIMENTS, Document
from monitor.errors import QueryError
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.opinion.figures import FigureKey
from monitor.scoring.port import LABELS
from tests.testkit.console import TestConsole, a_console
from tests.testkit.documents import NOON, a_campaign, a_document, a_figure, a_membership

MINUTE = 60_000
ROOT = "sina_weibo:root"


def cascade_documents() -> list[Document]:
    reposts = [
        msgspec.structs.replace(
            a_document(
                f"sina_weibo:r{number}",
                "转发微博" if number % 2 else f"说得好{number}",
                at=NOON + number * 10 * MINUTE,
                kind="repost",
                author=f"u{number % 12}",
                targets=(ROOT,),
            ),
            root=ROOT,
            parent=ROOT,
        )
        for number in range(1, 41)
    ]
    return [a_document(ROOT, "原帖", at=NOON, author="publisher", targets=(ROOT,)), *reposts]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    members = [f"sina_weibo:r{number}" for number in range(20, 26)]
    campaigns = [
        msgspec.structs.replace(
            a_campaign("c1", opened_at=NOON + 200 * MINUTE),
            targets=(ROOT,),
            intervals=(Interval(ROOT, NOON + 200 * MINUTE, NOON + 250 * MINUTE),),
        ),
        a_campaign("c2", opened_at=NOON),
    ]
    memberships = [a_membership(record) for record in members]
    memberships += [a_membership(record, "c2") for record in members[:2]]
    few = [a_document(f"tencent_weibo:{n}", "只有两个人说过", author=f"t{n}", at=NOON) for n in range(2)]
    every = [
        a_document(
            f"tencent_weibo:every{round_}{number}",
            "各种情感都有",
            author=f"e{round_}{number}",
            label="negative" if feeling not in LABELS else feeling,
            uncertain=feeling == "uncertain",
            confidence=0.0 if feeling == "unscored" else 0.9,
        )
        for round_ in range(2)
        for number, feeling in enumerate(SENTIMENTS)
    ]
    documents = [*cascade_documents(), *few, *every]
    with a_console(tmp_path_factory.mktemp("desks"), documents, campaigns, memberships) as opened:
        yield opened


def test_an_overview_counts_records_texts_and_people(console: TestConsole) -> None:
    found = console.console.desk.overview(SearchState(q="kind:repost"))
    assert (found.records, found.texts, found.people, found.exact) == (40, 21, 12, True)
    assert sum(bucket.count for bucket in found.histogram.buckets) == 40


def test_feelings_of_fewer_than_five_people_are_withheld(console: TestConsole) -> None:
    found = console.console.desk.overview(SearchState(q="只有两个人说过"))
    assert (found.records, found.people, found.withheld) == (2, None, True)
    assert found.facets["sentiment"] == ()


def test_who_passes_on_without_a_word_does_not_say_how_they_feel(tmp_path: Path) -> None:
    """One angry post and nine empty reposts are ten people, and the feeling of one."""
    silent = [
        a_document(f"sina_weibo:s{n}", "", author=f"s{n}", at=NOON, uncertain=True, confidence=0.0)
        for n in range(9)
    ]
    angry = [a_document("sina_weibo:a", "太气人了", author="a", at=NOON, label="negative", emotion="angry")]
    more = [
        a_document(f"sina_weibo:b{n}", "太气人了", author=f"b{n}", at=NOON, label="negative")
        for n in range(4)
    ]
    with a_console(tmp_path, [*silent, *angry]) as console:
        found = console.console.desk.overview(SearchState())
        assert (found.people, found.withheld) == (10, True)
        assert (found.facets["sentiment"], found.facets["emotion"]) == ((), ())
        assert found.facets["kind"] != ()
    with a_console(tmp_path / "more", [*silent, *angry, *more]) as console:
        found = console.console.desk.overview(SearchState())
        assert (found.people, found.withheld, found.emotions_withheld) == (14, False, True)
        assert found.facets["emotion"] == ()
        assert ("negative", 5) in [(bucket.key, bucket.count) for bucket in found.facets["sentiment"]]


def test_a_facet_of_sentiment_adds_up_to_all_records(console: TestConsole) -> None:
    found = console.console.desk.overview(SearchState(q="各种情感都有"))
    assert {bucket.key: bucket.count for bucket in found.facets["sentiment"]} == dict.fromkeys(SENTIMENTS, 2)


def test_near_duplicates_are_folded_with_their_count(console: TestConsole) -> None:
    page = console.console.desk.search(SearchState(q="转发微博"))
    assert [record.copies for record in page.records] == [20]
    unfolded = console.console.desk.search(SearchState(q="转发微博", fold=False, limit=5))
    assert [record.copies for record in unfolded.records] == [20] * 5


def test_campaigns_can_be_left_out(console: TestConsole) -> None:
    found = console.console.desk.overview(SearchState(q="kind:repost", without_campaigns=True))
    assert found.records == 34


def test_a_record_comes_with_what_it_answers_and_its_cascade(console: TestConsole) -> None:
    page = console.console.desk.record("sina_weibo:r7")
    assert page is not None
    cascade = page.cascade
    assert cascade.root is not None
    assert cascade.first is not None
    assert (cascade.root.document.text, cascade.first.document.id) == ("原帖", ROOT)
    assert (cascade.records, cascade.people) == (41, 13)
    assert sum(bucket.count for bucket in cascade.series.buckets) == 41


def test_what_is_not_stored_is_not_found(console: TestConsole) -> None:
    assert console.console.desk.record("sina_weibo:none") is None
    assert console.console.campaigns.page("none") is None


def test_a_campaign_stands_against_what_is_ordinary_on_its_target(console: TestConsole) -> None:
    page = console.console.campaigns.page("c1")
    assert page is not None
    assert page.timeline.target == ROOT
    assert sum(stretch.members for stretch in page.timeline.stretches) == 6
    assert page.timeline.ordinary is not None
    assert page.root is not None


def a_campaign_in_waves() -> list[Document]:
    """Ninety records on one target in two waves a day apart, and ten on another."""
    waves = [NOON + (number % 2) * 1_440 * MINUTE + number * 1_000 for number in range(90)]
    here = [
        a_document(
            f"sina_weibo:w{number}", f"好楼盘{number % 3}", at=at, author=f"w{number}", targets=("#a",)
        )
        for number, at in enumerate(waves)
    ]
    there = [
        a_document(
            f"sina_weibo:v{number}", "好楼盘", at=NOON - 9 * MINUTE, author=f"v{number}", targets=("#b",)
        )
        for number in range(10)
    ]
    return [*here, *there]


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    documents = a_campaign_in_waves()
    campaign = msgspec.structs.replace(
        a_campaign("c1", opened_at=NOON + MINUTE),
        targets=("#b", "#a"),
        records=100,
        last_seen_at=NOON + 1_442 * MINUTE,
        intervals=(
            Interval("#b", NOON - 9 * MINUTE, NOON - 9 * MINUTE),
            Interval("#a", NOON, NOON + 2 * MINUTE),
            Interval("#a", NOON + 1_440 * MINUTE, NOON + 1_442 * MINUTE),
        ),
    )
    members = [a_membership(one.id) for one in documents]
    with a_console(tmp_path_factory.mktemp("waves"), documents, [campaign], members) as opened:
        yield opened


def test_a_timeline_shows_every_record_of_its_target_and_says_what_is_elsewhere(waves: TestConsole) -> None:
    page = waves.console.campaigns.page("c1")
    assert page is not None
    timeline = page.timeline
    assert (timeline.target, timeline.members, timeline.all_members) == ("#a", 90, 100)
    assert sum(stretch.members for stretch in timeline.stretches) == 90
    assert [(one.key, one.count) for one in timeline.targets] == [("#a", 90), ("#b", 10)]
    assert len(timeline.intervals) == 2


def test_another_target_can_be_looked_at(waves: TestConsole) -> None:
    page = waves.console.campaigns.page("c1", "#b")
    assert page is not None
    assert (page.timeline.target, page.timeline.members) == ("#b", 10)
    none = waves.console.campaigns.page("c1", "#not-of-it")
    assert none is not None
    assert none.timeline.target == "#a"


def test_a_campaign_begins_with_its_first_record_not_when_it_is_noticed(waves: TestConsole) -> None:
    page = waves.console.campaigns.page("c1")
    assert page is not None
    assert page.began_at == NOON - 9 * MINUTE < page.revision.opened_at
    assert waves.console.campaigns.list().campaigns[0].began_at == page.began_at


def test_a_verdict_is_of_the_revision_that_was_shown(tmp_path: Path) -> None:
    with a_console(tmp_path, [a_document()], [a_campaign(revision=1)]) as opened:
        page = opened.console.campaigns.page("c1")
        assert page is not None
        with SqliteStore(tmp_path) as store, store.transaction():
            SqliteIndex(store).put_campaigns([a_campaign(revision=2)])
        judgement = opened.console.campaigns.judge("lin", page.revision, "coordinated")
        assert (judgement.revision, judgement.signals) == (1, page.revision.signals)
        assert opened.console.campaigns.revision("c1").revision == 2
        with pytest.raises(QueryError, match="revision 2 now, not 1"):
            opened.console.campaigns.revision("c1", 1)


def test_accounts_that_act_in_another_campaign_together_are_named(console: TestConsole) -> None:
    page = console.console.campaigns.page("c1")
    assert page is not None
    assert {account.author for account in page.accounts if account.together} == {"u8", "u9"}
    assert [(one.key, one.count) for one in page.joint] == [("c2", 2)]


def test_lists_of_campaigns_are_paged_the_latest_first(console: TestConsole) -> None:
    first = console.console.campaigns.list(limit=1)
    rest = console.console.campaigns.list(limit=1, cursor=first.cursor)
    assert [one.id for one in (*first.campaigns, *rest.campaigns)] == ["c1", "c2"]
    assert rest.cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "1", "1e9.c1", "٣.c1", f"{'9' * 30}.c1"])
def test_a_made_up_cursor_of_the_list_is_refused(console: TestConsole, cursor: str) -> None:
    with pytest.raises(QueryError, match="does not belong"):
        console.console.campaigns.list(cursor=cursor)


def test_the_state_of_a_search_stands_in_its_address() -> None:
    state = SearchState(q="房价 & 上涨", sort="reach", after=1, fold=False, without_campaigns=True)
    parameters = dict(pair.split("=", 1) for pair in state.url().split("&"))
    assert parameters["fold"] == "0"
    assert state_of({"q": state.q, **{k: v for k, v in parameters.items() if k != "q"}}) == state


def test_the_wall_says_since_when_there_is_no_data(tmp_path: Path) -> None:
    with a_console(tmp_path, [a_document(at=NOON)]) as opened:
        opened.clock.now = NOON / 1000 + IDLE_SECONDS + 1
        sources = {one.platform: one for one in opened.console.wall.wall().sources}
    assert (sources["sina_weibo"].last_at, sources["sina_weibo"].idle) == (NOON, True)
    assert (sources["tencent_weibo"].last_at, sources["tencent_weibo"].idle) == (None, True)


def test_the_wall_counts_people_beside_records_and_withholds_the_few(tmp_path: Path) -> None:
    with a_console(tmp_path, [a_document(at=NOON)], watchlists=("many", "few", "none")) as opened:
        with SqliteStore(tmp_path) as store, store.transaction():
            SqliteIndex(store).merge_figures(
                [
                    (FigureKey("many", "sina_weibo", NOON), a_figure(*(f"u{n % 6}" for n in range(9)))),
                    (FigureKey("few", "sina_weibo", NOON), a_figure("u1", "u2")),
                ]
            )
        many, few, none = opened.console.wall.wall().subjects
    assert (many.records, many.people, many.sentiment) == (9, 6, {"positive": 9, "uncertain": 0})
    assert (few.records, few.people, few.sentiment) == (2, None, None)
    assert (none.records, none.last_at, none.series.buckets) == (0, None, ())
    assert many.negative is None, "six people are too few to say how the public feels"


def test_the_wall_puts_the_share_of_people_beside_that_of_texts(tmp_path: Path) -> None:
    figure = a_figure(*(f"u{number}" for number in range(45)))
    figure.merge(a_figure(*(f"u{number}" for number in range(45, 60)), polarity=-0.8))
    figure.merge(a_figure(*(f"paid{number % 4}" for number in range(40)), polarity=-0.8))
    for number in range(4):
        figure.weigh(f"paid{number}", 9_500)
    with a_console(tmp_path, [a_document(at=NOON)], watchlists=("housing",)) as opened:
        with SqliteStore(tmp_path) as store, store.transaction():
            SqliteIndex(store).merge_figures([(FigureKey("housing", "sina_weibo", NOON), figure)])
        (housing,) = opened.console.wall.wall().subjects
    found = housing.negative
    assert found is not None
    assert found.raw == pytest.approx(0.55)
    assert found.value == pytest.approx(0.25, abs=0.01)
    assert found.low < 0.25 < found.high
    assert found.provisional
    assert found.people == pytest.approx(60, abs=1)
