"""The servers of the test kit keep what was written, over every way of ending, and outlive nobody."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from tests.testkit.services import ElasticsearchServer, KafkaServer, Server, ServiceUnavailableError
from tests.testkit.services.fixtures import start_or_skip
from tests.testkit.services.java import find_jdk
from tests.testkit.services.processes import Process, free_port

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("workers")]


def write_messages(address: str, topic: str, count: int) -> None:
    admin = KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=address, acks="all")
    for number in range(count):
        producer.send(topic, str(number).encode())
    producer.flush(20)
    producer.close()


def read_messages(address: str, topic: str) -> list[bytes]:
    consumer = KafkaConsumer(
        topic, bootstrap_servers=address, auto_offset_reset="earliest", consumer_timeout_ms=3_000
    )
    values = []
    for message in consumer:
        values.append(message.value)
        if message.value == b"99":
            break
    consumer.close()
    return values


def test_a_killed_broker_comes_back_at_its_address_with_every_acknowledged_message(
    kafka_server: KafkaServer,
) -> None:
    address = kafka_server.address
    write_messages(address, "killed", 100)
    kafka_server.kill()
    assert not kafka_server.ready
    kafka_server.start()
    assert (kafka_server.address, len(read_messages(address, "killed"))) == (address, 100)


def test_a_restarted_broker_keeps_its_messages(kafka_server: KafkaServer) -> None:
    write_messages(kafka_server.address, "restarted", 100)
    kafka_server.restart()
    assert len(read_messages(kafka_server.address, "restarted")) == 100


def test_a_killed_engine_comes_back_at_its_address_with_every_acknowledged_document(
    elasticsearch_server: ElasticsearchServer,
) -> None:
    address = elasticsearch_server.address
    with Elasticsearch(address) as client:
        client.index(index="killed", id="1", document={"text": "微博"})
        elasticsearch_server.kill()
        assert not elasticsearch_server.ready
        elasticsearch_server.start()
        assert client.get(index="killed", id="1")["_source"] == {"text": "微博"}
    assert elasticsearch_server.address == address


def test_a_restarted_engine_keeps_its_documents(elasticsearch_server: ElasticsearchServer) -> None:
    with Elasticsearch(elasticsearch_server.address) as client:
        client.index(index="restarted", id="1", document={"text": "微博"})
        elasticsearch_server.restart()
        assert client.get(index="restarted", id="1")["found"]


def test_the_engine_analyses_chinese_by_pairs_of_characters(
    elasticsearch_server: ElasticsearchServer,
) -> None:
    with Elasticsearch(elasticsearch_server.address) as client:
        answer = client.indices.analyze(
            tokenizer="standard", filter=["cjk_width", "lowercase", "cjk_bigram"], text="公共舆情 ＡＢＣ"
        )
    assert [token["token"] for token in answer["tokens"]] == ["公共", "共舆", "舆情", "abc"]


def test_a_second_object_for_the_same_folder_finds_the_running_server(kafka_server: KafkaServer) -> None:
    again = KafkaServer(kafka_server.folder)
    assert (again.address, again.ready) == (kafka_server.address, True)


def test_a_server_listens_on_loopback_only(
    kafka_server: KafkaServer, elasticsearch_server: ElasticsearchServer
) -> None:
    listening = {
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if line.split()[3] == "0A"
    }
    assert {f"0100007F:{server.port:04X}" for server in (kafka_server, elasticsearch_server)} <= listening
    assert not {f"00000000:{server.port:04X}" for server in (kafka_server, elasticsearch_server)} & listening


LEASHED_CHILD = """
import pathlib, sys, time
from tests.testkit.services.processes import spawn
folder = pathlib.Path(sys.argv[1])
process = spawn(["/bin/sleep", "300"], folder, folder / "log", leashed=True)
print(process.pid, flush=True)
time.sleep(300)
"""


def test_nothing_is_left_behind_when_the_starter_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEASHED_CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        leashed = Process.of(int(starter.stdout.readline()))
        assert leashed is not None
        assert leashed.alive
        starter.send_signal(signal.SIGKILL)
    assert leashed.wait_gone(5)


def test_no_port_is_given_twice_nor_to_two_processes_of_a_test_run(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    for name in ("gw1", "gw2"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", name)
        given.append({free_port() for _ in range(50)})
    assert [len(ports) for ports in given] == [50, 50]
    assert not given[0] & given[1]
    assert len({port % 8 for port in given[0]}) == 1


def test_a_free_port_lies_below_those_of_outgoing_connections() -> None:
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
        lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        assert free_port() < lowest <= client.getsockname()[1]


def test_a_machine_without_a_new_enough_java_is_told_what_to_install() -> None:
    with pytest.raises(ServiceUnavailableError, match="no JDK 999 or newer: install one"):
        find_jdk(999, compiler=True)


class ServerWithoutJava(Server):
    """A server that this machine cannot run."""

    name = "nameless"

    @property
    def address(self) -> str:
        return self.loopback

    def _command(self) -> list[str]:
        raise ServiceUnavailableError("no JDK: install one")

    def _answers(self) -> bool:
        return False


def test_a_server_that_cannot_run_here_skips_its_tests_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="nameless cannot run here: no JDK: install one"):
        start_or_skip(ServerWithoutJava(tmp_path))


def test_a_server_that_cannot_run_in_continuous_integration_fails_its_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="nameless cannot run here"):
        start_or_skip(ServerWithoutJava(tmp_path))
