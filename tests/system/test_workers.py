"""Four worker roles on a real broker and a real engine find what one process finds, whatever is killed.

The oracle is an embedded run of the same numbered lines: the same documents, figures, campaigns, memberships,
alerts and dead letters, byte for byte.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from monitor.composition import open_reader
from monitor.roles import Role
from tests.testkit.cluster import Cluster
from tests.testkit.findings import Findings, differences, findings
from tests.testkit.program import program
from tests.testkit.records import write_lines
from tests.testkit.services import ElasticsearchServer, KafkaServer
from tests.testkit.traffic import traffic

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("workers")]

RECORDS = int(os.environ.get("OPINION_MONITOR_SYSTEM_RECORDS", "50000"))


def embedded(folder: Path, lines: list[bytes]) -> tuple[Path, Findings]:
    path = write_lines(folder / "traffic.ndjson", lines)
    ended = program("run", path, "--data", folder / "data", "--metrics", "off")
    assert ended.code == 0, ended.err
    return path, findings(open_reader(folder / "data"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Findings]:
    return embedded(tmp_path_factory.mktemp("large"), traffic(RECORDS))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Findings]:
    return embedded(tmp_path_factory.mktemp("small"), traffic(6_000))


def assert_same(cluster: Cluster, expected: Findings) -> None:
    """Alerts follow event time, which goes on a few seconds after everything was read."""
    for _ in range(4):
        time.sleep(3)
        found = differences(expected, findings(cluster.index()))
        if not found:
            return
    assert not found, "\n".join(found)


def test_nothing_is_lost_or_counted_twice_whatever_is_killed(
    kafka_server: KafkaServer,
    elasticsearch_server: ElasticsearchServer,
    undisturbed: tuple[Path, Findings],
    tmp_path: Path,
) -> None:
    path, expected = undisturbed
    assert len(expected["campaigns"]) > 20
    lines = path.read_bytes().splitlines()
    third = len(lines) // 3
    with Cluster(kafka_server.address, elasticsearch_server.address, tmp_path, name="killed") as cluster:
        cluster.start_all()
        roles: tuple[tuple[Role, Role], ...] = (("score", "detect"), ("assess", "index"))
        for number, pair in enumerate(roles):
            cluster.feed_lines(lines[number * third : (number + 1) * third])
            for role in pair:
                cluster.wait_until_busy(role)
                assert cluster.at_work
                cluster.kill(f"{role}-1")
                cluster.start(role)
        cluster.feed_lines(lines[2 * third :])
        for server in (kafka_server, elasticsearch_server):
            assert cluster.at_work
            server.kill()
            time.sleep(1)
            server.start()
        cluster.settle(300)
        assert_same(cluster, expected)
        assert max(cluster.log_lines(name) for name in cluster.workers) < 60


def test_the_ledger_of_inputs_adds_up(undisturbed: tuple[Path, Findings]) -> None:
    path, expected = undisturbed
    assert path.read_bytes().count(b"\n") >= RECORDS
    valid: list[str] = []
    garbage: list[bytes] = []
    for line in path.read_bytes().splitlines():
        record = json.loads(line)
        if "garbage" in record:
            garbage.append(line)
        else:
            valid.append(f"{record['platform']}:{record['id']}")
    assert set(expected["documents"]) == set(valid)
    assert sum(int(str(number)) for number in expected["dead letters"].values()) == len(garbage) > 50
    assert len(valid) > len(set(valid))


@pytest.mark.parametrize("partitions", [1, 12])
def test_partitions_and_workers_that_come_and_go_change_nothing(
    kafka_server: KafkaServer,
    elasticsearch_server: ElasticsearchServer,
    small: tuple[Path, Findings],
    tmp_path: Path,
    partitions: int,
) -> None:
    path, expected = small
    name = f"parted-{partitions}"
    with Cluster(
        kafka_server.address, elasticsearch_server.address, tmp_path, name=name, partitions=partitions
    ) as cluster:
        cluster.start_all()
        cluster.feed(path)
        cluster.start("score", 2)
        cluster.start("detect", 2)
        cluster.wait_until_busy("detect")
        assert cluster.stop("detect-1") == 0
        assert cluster.stop("score-1") == 0
        cluster.settle(120)
        assert_same(cluster, expected)
