"""The distributed mode at its edges: foreign producers, large messages, HTTP, reading, and refusals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from msgspec.structs import replace

from monitor.brokers import connection_of, topics_of
from monitor.composition import open_reader
from monitor.documents import DeadLetter, SourcePosition
from monitor.errors import BrokerError
from monitor.index.port import Query
from monitor.roles import Role
from monitor.scoring.weights import read_model, write_model
from streams.connection import Connection
from streams.topic_admin import TopicAdmin
from streams.topics import TopicKind, plan
from tests.testkit.cluster import Cluster
from tests.testkit.lossy_proxy import Answer, LossyProxy
from tests.testkit.program import ROOT, command, environment, program, start
from tests.testkit.records import a_line, write_lines
from tests.testkit.services import ElasticsearchServer, KafkaServer
from tests.testkit.services.processes import free_port
from tests.testkit.traffic import traffic

pytestmark = pytest.mark.system

SHIPPED = ROOT / "monitor" / "scoring" / "model" / "default.bin"
TOKEN = "a-token-for-system-tests"


def write_own_model(path: Path, name: str) -> None:
    """The model that comes with the package, under a name of its own; by renaming, as an operator does."""
    shipped = read_model(SHIPPED)
    fresh = path.with_suffix(".new")
    write_model(fresh, {**shipped.about, "name": name}, shipped.arrays)
    fresh.rename(path)


class Supervised(NamedTuple):
    """An installation whose workers ``worker all`` has started, and where its model lies."""

    cluster: Cluster
    supervisor: subprocess.Popen[bytes]
    model: Path


@pytest.fixture(scope="module")
def supervised(
    kafka_server: KafkaServer,
    elasticsearch_server: ElasticsearchServer,
    secure_broker: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Supervised]:
    """Four workers; ``worker all`` starts and supervises them. All go over TLS, with a user."""
    folder = tmp_path_factory.mktemp("edges")
    model = folder / "own.model"
    write_own_model(model, "first")
    variables = {**secure_broker, "OPINION_MONITOR__SCORING__MODEL_FILE": str(model)}
    addresses = (kafka_server.address, elasticsearch_server.address)
    with Cluster(*addresses, folder, name="edges", variables=variables) as made:
        # Into a file: a pipe that nobody reads fills, and then whoever writes to it stands still.
        with (folder / "workers.log").open("wb") as log:
            supervisor = subprocess.Popen(
                command("worker", "all", "--data", folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=environment(made.variables),
            )
        try:
            yield Supervised(made, supervisor, model)
        finally:
            supervisor.send_signal(signal.SIGTERM)
            assert supervisor.wait(30) == 128 + signal.SIGTERM


@pytest.fixture(scope="module")
def cluster(supervised: Supervised) -> Cluster:
    return supervised.cluster


def count(cluster: Cluster, wanted: int) -> int:
    cluster.settle(60)
    found = cluster.index().count(Query())
    end = time.monotonic() + 20
    while found < wanted and time.monotonic() < end:
        time.sleep(0.5)
        found = cluster.index().count(Query())
    return found


def produce(cluster: Cluster, messages: list[tuple[bytes | None, bytes]], kind: TopicKind = "posts") -> None:
    kafka = cluster.settings.settings.kafka
    options = connection_of(cluster.settings).options()
    producer = KafkaProducer(**options, acks="all", max_request_size=2_000_000)
    for key, value in messages:
        producer.send(topics_of(kafka)[kind].name, value, key)
    producer.flush(20)
    producer.close()


def test_single_messages_of_a_foreign_producer_are_indexed_over_tls(cluster: Cluster) -> None:
    assert cluster.settings.settings.kafka.security_protocol == "SASL_SSL"
    before = cluster.index().count(Query())
    keys: list[bytes | None] = [None, b"anything", b"its own key"]
    produce(cluster, [(keys[number % 3], a_line(id=f"foreign{number}")) for number in range(200)])
    assert count(cluster, before + 200) == before + 200


def test_messages_without_keys_give_the_same_documents_and_counts_as_one_process(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Spread over twelve partitions they keep no order, so campaigns may open elsewhere or later."""
    lines = traffic(1_000)
    produce(cluster, [(None, line) for line in lines])
    path = write_lines(tmp_path / "traffic.ndjson", lines)
    ended = program("run", path, "--data", tmp_path / "data", "--metrics", "off")
    assert ended.code == 0, ended.err
    expected = open_reader(tmp_path / "data")
    cluster.settle(120)
    index = cluster.index()
    wanted = [hit.document for hit in expected.search(Query(limit=5_000)).hits]
    assert len(wanted) > 900
    found = {hit.document.id: hit.document for hit in index.search(Query(limit=10_000)).hits}
    for document in wanted:
        ours = found[document.id]
        assert replace(ours, position=document.position, model=document.model) == document
    raws = [letter.raw for letter in index.dead_letters(reason="missing_field")]
    assert {letter.raw for letter in expected.dead_letters()} <= set(raws)
    figures = dict(index.figures("all", None, None, None))
    for key, figure in expected.figures("all", None, None, None):
        assert (figures[key].records, figures[key].people) == (figure.records, figure.people), key


def test_a_new_model_is_read_on_a_hangup_of_the_supervisor(supervised: Supervised) -> None:
    cluster = supervised.cluster
    produce(cluster, [(None, a_line(id="before", text="这家店真不错"))])
    cluster.settle(60)
    write_own_model(supervised.model, "second")
    supervised.supervisor.send_signal(signal.SIGHUP)
    models: list[str] = []
    for number in range(10):
        produce(cluster, [(None, a_line(id=f"after{number}", text="这家店真不错"))])
        cluster.settle(60)
        hits = [cluster.index().get(f"sina_weibo:{one}") for one in ("before", f"after{number}")]
        models = [hit.document.model for hit in hits if hit is not None]
        if models[0] != models[1]:
            break
    assert "first" in models[0]
    assert "second" in models[1]


def test_a_message_of_900_kibibytes_of_lines_is_indexed(cluster: Cluster) -> None:
    before = cluster.index().count(Query())
    lines: list[bytes] = []
    random = Random(1)
    while sum(map(len, lines)) < 900 * 1024:
        text = "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(110))
        lines.append(a_line(id=f"large{len(lines)}", text=text))
    produce(cluster, [(None, b"\n".join(lines))])
    assert count(cluster, before + len(lines)) == before + len(lines)


def request(url: str, body: bytes, token: str) -> tuple[int, object]:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_records_over_http_are_indexed(cluster: Cluster) -> None:
    before = cluster.index().count(Query())
    port = free_port()
    variables = {**cluster.variables, "OPINION_MONITOR__INTAKE__TOKEN": TOKEN}
    process = start("intake", "--listen", f"127.0.0.1:{port}", variables=variables)
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        url = f"http://127.0.0.1:{port}/v1/records"
        assert request(url, a_line(id="http1"), TOKEN) == (200, {"records": [{"status": "accepted"}]})
        assert request(url, a_line(), "wrong")[0] == 401
        assert count(cluster, before + 1) == before + 1
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def test_commands_read_from_the_engine(cluster: Cluster) -> None:
    engine = cluster.settings.settings.elasticsearch.url
    asked = ("dead-letters", "list", "--reason", "not_json", "--elasticsearch", engine, "--json")
    before = program(*asked, variables=cluster.variables).out.count("\n")
    produce(cluster, [(None, a_line(id="readme", text="独一无二的一句话")), (None, b"no record")])
    count(cluster, 1)
    found = program("search", "独一无二", "--elasticsearch", engine, "--json", variables=cluster.variables)
    assert (found.code, found.out.count("\n")) == (0, 1), found.err
    assert program(*asked, variables=cluster.variables).out.count("\n") == before + 1


def test_dead_letters_that_are_records_now_go_back_onto_the_intake_topics(cluster: Cluster) -> None:
    engine = cluster.settings.settings.elasticsearch.url
    place = SourcePosition("opinion.posts/0", 7, 0)
    mended, broken = (
        DeadLetter(f"opinion.posts/0:7:{number}", "unknown_platform", "a sentence", raw, place)
        for number, raw in enumerate([a_line(id="mended"), b'{"id":"broken"}'])
    )
    cluster.index().put_dead_letters([mended, broken])
    cluster.index()
    asked = ("dead-letters", "replay", "--reason", "unknown_platform", "--json")
    brokers = ("--elasticsearch", engine, "--kafka", cluster.settings.settings.kafka.servers)
    ended = program(*asked, *brokers, variables=cluster.variables)
    assert msgspec.json.decode(ended.out) == {"sent": 1, "left": 1}, ended.err
    cluster.settle(60)
    index = cluster.index()
    assert index.get("sina_weibo:mended") is not None
    assert [one.id for one in index.dead_letters(reason="unknown_platform")] == [broken.id]


def test_a_message_of_ours_that_cannot_be_read_goes_to_the_dead_letters(cluster: Cluster) -> None:
    produce(cluster, [(None, b"from another version")], kind="sightings")
    cluster.settle(60)
    end = time.monotonic() + 20
    while not (letters := cluster.index().dead_letters(reason="undecodable")):
        assert time.monotonic() < end
        time.sleep(0.5)
    assert [letter.raw for letter in letters] == [b"from another version"]


REFUSALS: Mapping[str, tuple[Role, Mapping[str, str], str]] = {
    "topic": (
        "detect",
        {"KAFKA__PREFIX": '"nothing."'},
        "the topic nothing.posts is missing; run 'opinion-monitor topics create'",
    ),
    "partitions": (
        "score",
        {"KAFKA__PARTITIONS": "5"},
        "the topic edges.posts has 12 partitions, the settings say 5",
    ),
    "key": (
        "index",
        {"ELASTICSEARCH__URL": "refusing", "ELASTICSEARCH__API_KEY": "d3Jvbmc6a2V5"},
        "refuses the API key; make a new one and put it into the settings",
    ),
    "version": (
        "assess",
        {"ELASTICSEARCH__URL": "old"},
        "is Elasticsearch 8.19.2: it is not Elasticsearch 9, which this program needs",
    ),
}


@pytest.fixture
def stand_ins() -> Iterator[Mapping[str, str]]:
    """Small servers that answer as engines do that the test kit has not: one with security, one too old."""
    with LossyProxy("unused") as refusing, LossyProxy("unused") as old:
        refusing.refuse = lambda _path: Answer.error(401, "security_exception")
        greeting = {"version": {"number": "8.19.2"}, "tagline": "You Know, for Search"}
        old.refuse = lambda _path: Answer(200, json.dumps(greeting).encode())
        yield {"refusing": refusing.url, "old": old.url}


@pytest.mark.parametrize("what", list(REFUSALS))
def test_a_worker_says_what_keeps_it_from_working(
    cluster: Cluster, stand_ins: Mapping[str, str], tmp_path: Path, what: str
) -> None:
    role, changed, sentence = REFUSALS[what]
    own = {f"OPINION_MONITOR__{name}": stand_ins.get(value, value) for name, value in changed.items()}
    ended = program(
        "worker", role, "--data", tmp_path, "--metrics", "off", variables={**cluster.variables, **own}
    )
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
    assert sentence in ended.err


def test_a_wrong_number_of_partitions_is_said(kafka_server: KafkaServer) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka_server.address)
    admin.create_topics([NewTopic("other.posts", num_partitions=5, replication_factor=1)])
    admin.close()
    checked = TopicAdmin(Connection(servers=kafka_server.address))
    (first, *rest) = checked.differences([plan("other.", 12)["posts"]])
    checked.close()
    assert first.startswith("the topic other.posts has 5 partitions, the settings say 12;")
    assert any("message.timestamp.type = CreateTime, it should be LogAppendTime" in one for one in rest)


def test_topics_are_made_once(cluster: Cluster) -> None:
    kafka = cluster.settings.settings.kafka
    admin = TopicAdmin(connection_of(cluster.settings))
    try:
        assert admin.create(topics_of(kafka).values(), 1) == []
        assert admin.differences(topics_of(kafka).values()) == []
    finally:
        admin.close()


def test_a_broker_that_is_away_is_said() -> None:
    variables = {
        "OPINION_MONITOR__KAFKA__SERVERS": f"127.0.0.1:{free_port()}",
        "OPINION_MONITOR__KAFKA__TIMEOUT_SECONDS": "0.3",
    }
    ended = program("topics", "check", variables=variables)
    assert ended.code == 2
    assert "cannot be reached; start it, or correct kafka.servers" in ended.err


def test_feeding_a_broker_without_topics_is_refused(kafka_server: KafkaServer, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "one.ndjson", [a_line()])
    variables = {"OPINION_MONITOR__KAFKA__PREFIX": '"none."'}
    ended = program("run", path, "--kafka", kafka_server.address, variables=variables)
    assert (ended.code, "none.posts is missing" in ended.err) == (2, True)


def test_an_intake_without_a_token_does_not_start(cluster: Cluster) -> None:
    ended = program("intake", variables=cluster.variables)
    assert (ended.code, "intake.token has 0 characters" in ended.err) == (2, True)


def children_of(number: int) -> list[str]:
    return Path(f"/proc/{number}/task/{number}/children").read_text().split()


def lives(number: str) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_ours_is_left_when_a_supervisor_ends(
    cluster: Cluster, tmp_path: Path, how: signal.Signals
) -> None:
    arguments = ["worker", "all", "--instance", "second", "--data", str(tmp_path)]
    process = start(*arguments, variables=cluster.variables)
    children: list[str] = []
    end = time.monotonic() + 20
    while len(children) < 4 and time.monotonic() < end:
        time.sleep(0.1)
        children = children_of(process.pid)
    process.send_signal(how)
    process.wait(40)
    assert len(children) == 4
    if how == signal.SIGTERM:  # it waits for its roles; a killed one cannot
        assert not any(map(lives, children))
    until = time.monotonic() + 40
    while any(map(lives, children)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(lives, children))


def test_the_error_names_the_broker() -> None:
    with pytest.raises(BrokerError, match=r"Kafka at 127\.0\.0\.1:1 cannot be reached"):
        TopicAdmin(Connection(servers="127.0.0.1:1", timeout_seconds=0.3))
