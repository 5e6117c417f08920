"""``run --kafka`` on a real broker: interrupted and gone on with, and lines that no topic takes."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.connection import Connection
from streams.topic_admin import TopicAdmin
from streams.topics import plan
from tests.testkit.program import ROOT, command, environment, program
from tests.testkit.records import a_line, write_lines
from tests.testkit.services import KafkaServer

pytestmark = pytest.mark.system


class Intake:
    """Topics of two partitions under a prefix of their own."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        prefix = f"fed-{uuid4().hex[:8]}."
        topics = plan(prefix, 2)
        admin = TopicAdmin(connection)
        admin.create(topics.values(), 1)
        admin.close()
        self.posts = topics["posts"]
        self.variables: Mapping[str, str] = {
            "OPINION_MONITOR__KAFKA__PREFIX": f'"{prefix}"',
            "OPINION_MONITOR__KAFKA__PARTITIONS": "2",
        }

    def lines(self) -> list[bytes]:
        """All lines that lie on the topic, in order."""

        async def read() -> list[bytes]:
            places = [TopicPartition(self.posts.name, number) for number in range(2)]
            consumer = AIOKafkaConsumer(
                **self.connection.options(), enable_auto_commit=False, auto_offset_reset="earliest"
            )
            await consumer.start()
            found: list[bytes] = []
            try:
                consumer.assign(places)
                ends = await consumer.end_offsets(places)
                for place in places:
                    while await consumer.position(place) < ends[place]:
                        batches = await consumer.getmany(place, timeout_ms=500)
                        for messages in batches.values():
                            found += [line for one in messages for line in one.value.split(b"\n")]
            finally:
                await consumer.stop()
            return found

        return asyncio.run(read())


@pytest.fixture
def intake(kafka_server: KafkaServer) -> Intake:
    return Intake(Connection(servers=kafka_server.address))


def test_what_was_interrupted_goes_on_from_the_line_it_names(intake: Intake, tmp_path: Path) -> None:
    given = [a_line(id=f"r{number}") for number in range(6)]
    servers = intake.connection.servers
    with subprocess.Popen(
        command("run", "-", "--kafka", servers, "--json"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(intake.variables),
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n".join(given[:4]) + b"\n")
        process.stdin.flush()
        end = time.monotonic() + 60
        while len(intake.lines()) < 4:
            assert time.monotonic() < end
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.wait(30)  # with its input still open: the end of that would be the end of the feed
        out, err = process.communicate()
    assert process.returncode == 130, err
    assert json.loads(out)["fed"] == 4
    assert b"-: 4 lines fed, up to line 4; go on with: run - --from-line 5 --kafka" in err
    path = write_lines(tmp_path / "all.ndjson", given)
    ended = program("run", path, "--from-line", "5", "--kafka", servers, "--json", variables=intake.variables)
    assert (ended.code, json.loads(ended.out)["fed"]) == (0, 2), ended.err
    assert sorted(intake.lines()) == sorted(given)


def test_a_line_beyond_what_the_topic_takes_is_fed_in_pieces(intake: Intake, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "long.ndjson", [b"x" * 3_500_000, a_line(id="short")])
    ended = program("run", path, "--kafka", intake.connection.servers, "--json", variables=intake.variables)
    assert ended.code == 0, ended.err
    found = intake.lines()
    assert b"".join(found[:-1]) == b"x" * 3_500_000
    assert b'"id":"short"' in found[-1]


def test_a_line_that_is_not_there_is_said(intake: Intake, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "two.ndjson", [a_line(), a_line()])
    arguments = ("run", path, "--kafka", intake.connection.servers, "--from-line", "9")
    ended = program(*arguments, variables=intake.variables)
    assert ended.code == 2
    assert "has no line 9, its last one is 2; see to --from-line" in ended.err
    assert "go on with" not in ended.err
    assert "Traceback" not in ended.err


def test_from_line_without_a_broker_is_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "one.ndjson", [a_line()])
    ended = program("run", path, "--data", tmp_path / "data", "--from-line", "2")
    assert (ended.code, "--from-line goes with --kafka" in ended.err) == (2, True)
