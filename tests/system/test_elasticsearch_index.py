"""What the index does when Elasticsearch is away, full, overloaded or refuses: nothing is lost or doubled."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from monitor.commands.index import index as index_commands
from monitor.documents import SourcePosition
from monitor.errors import StoreAwayError, StoreError
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import FAMILIES, Layout
from monitor.index.elasticsearch_setup import differences, install, require, uninstall
from monitor.index.port import Query
from monitor.opinion.figures import FigureKey
from tests.testkit.documents import NOON, a_document, a_figure, a_membership
from tests.testkit.lossy_proxy import Answer, Exchange, LossyProxy
from tests.testkit.services import ElasticsearchServer
from tests.testkit.services.fixtures import start_or_skip
from tests.testkit.services.processes import free_port

pytestmark = pytest.mark.system
DAY = 86_400_000


class Bench:
    """An engine, a layout of its own on it, and a proxy before it."""

    def __init__(self, client: Elasticsearch, proxy: LossyProxy, layout: Layout) -> None:
        self.client = client
        self.proxy = proxy
        self.layout = layout
        self.retries: list[str] = []
        self.outcomes: list[str] = []
        self.rejected: list[str] = []
        self.stopping = threading.Event()
        self.index = ElasticsearchIndex(
            connect(proxy.url),
            proxy.url,
            layout,
            refresh_writes=True,
            stopping=self.stopping,
            on_retry=self.retries.append,
            on_request=lambda outcome, _seconds: self.outcomes.append(outcome),
            on_rejected=lambda document, cause: self.rejected.append(f"{document.id} {cause}"),
        )


@pytest.fixture
def bench(elasticsearch_server: ElasticsearchServer) -> Iterator[Bench]:
    layout = Layout(prefix=f"bench-{uuid4().hex[:8]}-", replicas=0)
    with connect(elasticsearch_server.address) as client, LossyProxy(elasticsearch_server.address) as proxy:
        install(client, elasticsearch_server.address, layout)
        yield Bench(client, proxy, layout)
        uninstall(client, elasticsearch_server.address, layout)


@contextmanager
def soon(action: object, after_seconds: float = 0.5) -> Iterator[None]:
    """Run something a little later, while what stands inside is waiting for it."""
    assert callable(action)
    timer = threading.Timer(after_seconds, action)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def lose_first_answers(path: str, count: int = 1) -> object:
    """Let the engine do what it is asked, and lose its first answers to requests on this path."""
    left = [count]

    def meddle(exchange: Exchange) -> Answer | None:
        if path in exchange.path and left[0]:
            left[0] -= 1
            return None
        return exchange.answer

    return meddle


def test_a_document_whose_acknowledgement_was_lost_is_created_once_and_is_no_duplicate(bench: Bench) -> None:
    bench.proxy.meddle = lose_first_answers("_bulk")  # type: ignore[assignment]
    assert bench.index.create([a_document()]) == ["created"]
    assert (bench.retries, bench.outcomes) == (["connection"], ["connection", "ok"])
    assert bench.index.count(Query()) == 1


def test_a_change_of_weight_whose_acknowledgement_was_lost_is_told_once(bench: Bench) -> None:
    bench.index.create([a_document()])
    bench.proxy.meddle = lose_first_answers("_bulk")  # type: ignore[assignment]
    written = bench.index.update_memberships([a_membership(milli=700)])
    assert [weighed.change_milli for weighed in written.weighed] == [700]


def test_a_figure_whose_acknowledgement_was_lost_is_added_once(bench: Bench) -> None:
    key = FigureKey("food", "sina_weibo", NOON)
    bench.index.merge_figures([(key, a_figure("p1"))])
    bench.proxy.meddle = lose_first_answers("_bulk")  # type: ignore[assignment]
    bench.index.merge_figures([(key, a_figure("p2"))])
    assert bench.index.figures("food", None, None, None)[0][1].records == 2


def merge_often(index: ElasticsearchIndex, key: FigureKey) -> None:
    for _ in range(20):
        index.merge_figures([(key, a_figure("p"))])


def test_two_writers_merging_one_figure_lose_nothing(bench: Bench) -> None:
    key = FigureKey("food", "sina_weibo", NOON)
    other = ElasticsearchIndex(bench.client, "", bench.layout)
    writers = [threading.Thread(target=merge_often, args=(index, key)) for index in (bench.index, other)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    bench.client.indices.refresh(index=bench.layout.alias("figures"))
    assert bench.index.figures("food", None, None, None)[0][1].records == 40


def test_an_overloaded_engine_gets_smaller_requests_until_it_takes_them(bench: Bench) -> None:
    def refuse_large(path: str) -> Answer | None:
        return (
            Answer.error(429, "es_rejected_execution_exception")
            if "_bulk" in path and next(tries) < 3
            else None
        )

    tries = iter(range(1_000))
    bench.proxy.refuse = refuse_large
    outcomes = bench.index.create([a_document(f"sina_weibo:{n}") for n in range(600)])
    assert outcomes == ["created"] * 600
    assert bench.retries == ["too_many_requests"] * 3


def test_a_full_disk_holds_writing_up_until_there_is_space(bench: Bench) -> None:
    bench.index.create([a_document("sina_weibo:1")])
    name = bench.layout.index("opinions", NOON)

    def block(value: bool | None) -> None:
        bench.client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": value})

    block(True)
    with soon(lambda: block(None)):
        assert bench.index.create([a_document("sina_weibo:2")]) == ["created"]
    assert set(bench.retries) == {"blocked"}


def test_an_engine_that_may_not_open_more_shards_is_no_fault_of_the_document(bench: Bench) -> None:
    def limit(shards: int | None) -> None:
        bench.client.cluster.put_settings(persistent={"cluster.max_shards_per_node": shards})

    bench.index.create([a_document("sina_weibo:earlier", at=NOON - 40 * DAY)])
    limit(1)
    with soon(lambda: limit(None)):
        assert bench.index.create([a_document()]) == ["created"]
    assert set(bench.retries) == {"engine_fault"}


def test_what_the_engine_refuses_for_good_is_rejected_alone(bench: Bench) -> None:
    bad = msgspec.structs.replace(a_document("sina_weibo:bad"), likes=1 << 70)
    outcomes = bench.index.create([a_document("sina_weibo:1"), bad, a_document("sina_weibo:2")])
    assert outcomes == ["created", "rejected", "created"]
    assert bench.rejected == ["sina_weibo:bad document_parsing_exception"]


def test_a_good_document_after_a_rejected_one_of_the_same_id_is_stored(bench: Bench) -> None:
    bad = msgspec.structs.replace(a_document(), likes=1 << 70)
    assert bench.index.create([bad, a_document(), a_document()]) == ["rejected", "created", "duplicate"]


def test_one_id_with_times_in_two_months_is_one_document(bench: Bench) -> None:
    bench.index.create([a_document(at=NOON)])
    assert bench.index.create([a_document(at=NOON - 40 * DAY)]) == ["duplicate"]
    fresh = ElasticsearchIndex(bench.client, "", bench.layout)
    assert fresh.create([a_document(at=NOON + 40 * DAY)]) == ["duplicate"]
    assert bench.index.count(Query()) == 1


def test_positions_are_those_of_the_documents_that_are_stored_as_of_now(bench: Bench) -> None:
    here, later = a_document("sina_weibo:1"), a_document("sina_weibo:2", at=NOON + 40 * DAY)
    bench.index.create([here, later])
    asked = {
        here.id: NOON,
        later.id: later.created_at,
        "sina_weibo:3": NOON,
        "sina_weibo:4": NOON + 900 * DAY,
    }
    again = msgspec.structs.replace(here, position=SourcePosition("replay:test", 9, 0))
    assert bench.index.create([again]) == ["duplicate"]
    assert bench.index.positions(asked) == {here.id: here.position, later.id: later.position}
    assert bench.index.positions({}) == {}


def test_an_id_longer_than_the_engine_allows_is_stored_and_found(bench: Bench) -> None:
    identity = "sina_weibo:" + "水" * 128 + "𠮷" * 128
    assert bench.index.create([a_document(identity)]) == ["created"]
    assert bench.index.create([a_document(identity)]) == ["duplicate"]
    assert bench.index.update_memberships([a_membership(identity)]).missing == ()
    hit = bench.index.get(identity)
    assert hit is not None
    assert hit.document.id == identity


def test_a_total_of_a_lower_version_never_replaces_a_higher_one(bench: Bench) -> None:
    key = FigureKey("food", "sina_weibo", NOON)
    bench.index.put_figures([(key, a_figure("p1", "p2"), 2)])
    bench.index.put_figures([(key, a_figure("p1"), 1)])
    assert bench.index.figures("food", None, None, None)[0][1].records == 2


def test_stopping_ends_the_wait_for_an_engine_that_is_away(bench: Bench) -> None:
    bench.proxy.refuse = lambda _path: Answer.error(503, "unavailable")
    with (
        soon(bench.stopping.set),
        pytest.raises(StoreError, match="stopped while waiting for the engine"),
    ):
        bench.index.create([a_document()])


def test_an_engine_that_is_away_makes_one_line_of_log_a_minute(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.proxy.refuse = lambda _path: Answer.error(503, "unavailable")
    with caplog.at_level(logging.INFO), soon(bench.stopping.set, 1.5), pytest.raises(StoreError):
        bench.index.create([a_document()])
    assert len(bench.retries) > 2
    assert len([line for line in caplog.messages if "nothing is lost" in line]) == 1


def test_a_reader_is_told_at_once_that_the_engine_is_away(bench: Bench) -> None:
    bench.proxy.refuse = lambda _path: Answer.error(503, "unavailable")
    with pytest.raises(StoreError, match="answered 503"):
        bench.index.search(Query())


def test_a_wrong_api_key_is_one_sentence(bench: Bench) -> None:
    bench.proxy.refuse = lambda _path: Answer.error(401, "security_exception")
    with pytest.raises(StoreError, match="refuses the API key"):
        require(connect(bench.proxy.url, api_key="d3Jvbmc6a2V5"), bench.proxy.url, bench.layout)


def test_an_engine_of_another_major_version_is_one_sentence(bench: Bench) -> None:
    greeting = {"version": {"number": "10.0.1"}, "tagline": "You Know, for Search"}
    bench.proxy.refuse = lambda _path: Answer(200, json.dumps(greeting).encode())
    with pytest.raises(StoreError, match=r"Elasticsearch 10\.0\.1: it is not Elasticsearch 9"):
        require(connect(bench.proxy.url), bench.proxy.url, bench.layout)


def test_an_engine_too_old_for_the_client_is_one_sentence(bench: Bench) -> None:
    bench.proxy.refuse = lambda _path: Answer.error(400, "media_type_header_exception")
    with pytest.raises(StoreError, match="is not Elasticsearch 9"):
        require(connect(bench.proxy.url), bench.proxy.url, bench.layout)


def test_a_prepared_engine_has_no_differences(bench: Bench) -> None:
    bench.index.create([a_document()])
    assert differences(bench.client, bench.proxy.url, bench.layout) == []


def test_a_missing_template_is_named_with_the_way_out(bench: Bench) -> None:
    bench.client.indices.delete_index_template(name=bench.layout.alias("alerts"))
    assert differences(bench.client, bench.proxy.url, bench.layout) == [
        f"the index template {bench.layout.alias('alerts')} is missing; run 'opinion-monitor index create'"
    ]


def test_an_index_of_another_making_is_named(bench: Bench) -> None:
    name = bench.layout.index("opinions", NOON)
    bench.client.indices.create(index=name, mappings={"_meta": {"digest": "old"}})
    found = differences(bench.client, bench.proxy.url, bench.layout)
    assert len(found) == 1
    assert found[0].startswith(f"the index {name} was made by another version")


def _take_away(bench: Bench, index: str) -> None:
    """Let an index be there but for its shards, as after the loss of a node."""
    bench.client.indices.close(index=index)
    bench.client.indices.put_settings(
        index=index, settings={"index.routing.allocation.require._name": "nowhere"}
    )
    bench.client.indices.open(index=index, wait_for_active_shards=0)


def _give_back(bench: Bench, index: str) -> None:
    bench.client.indices.put_settings(index=index, settings={"index.routing.allocation.require._name": None})
    bench.client.cluster.health(index=index, wait_for_status="green", timeout="30s")


def test_a_figure_whose_shard_is_away_is_not_taken_for_one_that_was_never_written(bench: Bench) -> None:
    key = FigureKey("housing", "sina_weibo", NOON)
    bench.index.put_figures([(key, a_figure("p1", "p2", "p3"), 3)])
    bench.index.create([a_document()])
    bench.index.update_memberships([a_membership()])
    figures, opinions = bench.layout.index("figures", NOON), bench.layout.index("opinions", NOON)
    found: list[object] = []

    def look() -> None:
        found.append(bench.index.stored_figures([key])[key].records)
        found.append(len(bench.index.weights(["sina_weibo:1"])))

    for index in (figures, opinions):
        _take_away(bench, index)
        found.clear()
        looking = threading.Thread(target=look)
        looking.start()
        looking.join(1.0)
        _give_back(bench, index)
        looking.join(30.0)
        assert found == [3, 1], index
    assert "unreadable" in bench.retries
    assert bench.index.waiting_for == ""


def test_a_list_is_whole_or_an_error(bench: Bench) -> None:
    months = (NOON, NOON + 31 * DAY)
    totals = [
        (FigureKey("housing", "sina_weibo", month + minute * 60_000), a_figure("p1"), 1)
        for month in months
        for minute in range(700)
    ]
    bench.index.put_figures(totals)
    listing = bench.index._search.scan("figures", {"match_all": {}}, ["minute", "platform"])
    assert len([next(listing) for _ in range(300)]) == 300
    bench.client.indices.close(index=bench.layout.index("figures", months[1]))
    with pytest.raises(StoreError):
        list(listing)


def test_a_closed_index_is_told_and_keeps_no_worker_from_beginning(bench: Bench) -> None:
    bench.index.create([a_document()])
    name = bench.layout.index("opinions", NOON)
    bench.client.indices.close(index=name)
    (told,) = differences(bench.client, bench.proxy.url, bench.layout)
    assert told.startswith(f"the index {name} is closed")
    require(bench.client, bench.proxy.url, bench.layout)


def test_a_full_disk_is_waited_for_at_the_start_too(bench: Bench) -> None:
    bench.index.create([a_document()])
    name = bench.layout.index("opinions", NOON)
    bench.client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": True})
    with pytest.raises(StoreAwayError, match=f"the index {name} takes no writes"):
        require(bench.client, bench.proxy.url, bench.layout)
    bench.client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": None})
    require(bench.client, bench.proxy.url, bench.layout)


def test_records_are_taken_in_again_after_their_index_was_deleted(bench: Bench) -> None:
    assert bench.index.create([a_document()]) == ["created"]
    bench.client.indices.delete(index=bench.layout.index("opinions", NOON))
    assert bench.index.create([a_document()]) == ["created"]
    assert bench.index.create([a_document()]) == ["duplicate"]
    assert bench.index.count(Query()) == 1


def test_an_engine_killed_while_documents_come_has_each_of_them_once_afterwards(tmp_path: Path) -> None:
    server = ElasticsearchServer(tmp_path)
    start_or_skip(server)
    layout = Layout(replicas=0)
    documents = [a_document(f"sina_weibo:{n}", at=NOON + n) for n in range(6_000)]
    outcomes: list[str] = []
    with server, connect(server.address, timeout_seconds=5) as client:
        install(client, server.address, layout)
        index = ElasticsearchIndex(client, server.address, layout)

        def write() -> None:
            for start in range(0, len(documents), 300):
                outcomes.extend(index.create(documents[start : start + 300]))

        writer = threading.Thread(target=write)
        writer.start()
        while len(outcomes) < 1_500:
            time.sleep(0.01)
        server.kill()
        server.start()
        writer.join(60)
        client.indices.refresh(index=layout.alias("opinions"))
        assert outcomes == ["created"] * len(documents)
        assert index.count(Query()) == len(documents)


def run_index(url: str, variables: dict[str, str], command: str) -> Result:
    return CliRunner(env=variables).invoke(index_commands, ["--elasticsearch", url, command])


def test_index_create_prepares_what_index_check_misses(elasticsearch_server: ElasticsearchServer) -> None:
    layout = Layout(prefix=f"cli-{uuid4().hex[:8]}-", replicas=0)
    variables = {
        "OPINION_MONITOR__ELASTICSEARCH__PREFIX": layout.prefix,
        "OPINION_MONITOR__ELASTICSEARCH__REPLICAS": "0",
    }
    url = elasticsearch_server.address
    before = run_index(url, variables, "check")
    missing = before.output.count("is missing; run 'opinion-monitor index create'")
    assert (before.exit_code, missing) == (1, len(FAMILIES))
    assert run_index(url, variables, "create").exit_code == 0
    after = run_index(url, variables, "check")
    assert (after.exit_code, after.output) == (0, f"{url} is as it should be\n")
    with connect(url) as client:
        uninstall(client, url, layout)


def test_index_check_says_that_nobody_answers() -> None:
    result = run_index(f"http://127.0.0.1:{free_port()}", {}, "check")
    assert isinstance(result.exception, StoreError)
    assert "cannot be reached; start it, or correct the address" in str(result.exception)
