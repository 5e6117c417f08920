"""An installation on a real broker and engine: its worker processes, and when they have done all."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
)
from kafka.structs import TopicPartition

from monitor.brokers import connection_of, publisher_of, topics_of
from monitor.engine import engine_client, layout_of
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_setup import install
from monitor.roles import ROLES, Role
from monitor.settings import LoadedSettings, load_settings
from streams.sources.kafka_feed import feed
from streams.sources.replay import Line
from streams.topic_admin import TopicAdmin
from streams.topics import TopicKind
from tests.testkit.program import KEY, NOTHING, ROOT, command, environment, program
from tests.testkit.services.processes import free_port

T = TypeVar("T")
READS: Mapping[Role, tuple[TopicKind, ...]] = {
    "score": ("posts", "comments"),
    "detect": ("sightings",),
    "assess": ("figures", "campaigns"),
    "index": ("scored", "joined", "alerts", "verdicts", "dead-letter"),
}


class Cluster:
    """The four roles under a prefix of their own; ``with`` makes topics and indices, and ends the workers."""

    def __init__(
        self,
        broker: str,
        engine: str,
        folder: Path,
        *,
        name: str,
        partitions: int = 12,
        refresh_seconds: int = 1,
        snapshot_seconds: float = 0.5,
        variables: Mapping[str, str] = NOTHING,
    ) -> None:
        self.folder = folder
        self.variables = {
            "OPINION_MONITOR__KAFKA__SERVERS": broker,
            "OPINION_MONITOR__KAFKA__PREFIX": f'"{name}."',
            "OPINION_MONITOR__KAFKA__SNAPSHOT_SECONDS": str(snapshot_seconds),
            "OPINION_MONITOR__KAFKA__SESSION_SECONDS": "3",
            "OPINION_MONITOR__KAFKA__PARTITIONS": str(partitions),
            "OPINION_MONITOR__ELASTICSEARCH__URL": engine,
            "OPINION_MONITOR__ELASTICSEARCH__PREFIX": f'"{name}-"',
            "OPINION_MONITOR__ELASTICSEARCH__REPLICAS": "0",
            # What a test reads in the end is all there is: seconds instead of a third of one.
            "OPINION_MONITOR__ELASTICSEARCH__CODEC": "default",
            "OPINION_MONITOR__ELASTICSEARCH__REFRESH_SECONDS": str(refresh_seconds),
            **variables,
        }
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.revivals = 0
        self.metrics: dict[str, str] = {}
        self._ports: set[int] = set()
        self._logs: dict[str, Path] = {}
        self._stopped: set[str] = set()
        self._admin: KafkaAdminClient | None = None

    @cached_property
    def settings(self) -> LoadedSettings:
        """The settings that the workers have."""
        variables = {"OPINION_MONITOR__PRIVACY__PSEUDONYM_KEY": KEY, **self.variables}
        return load_settings(ROOT / "config" / "monitor.toml", variables)

    def __enter__(self) -> Self:
        kafka, engine = self.settings.settings.kafka, self.settings.settings.elasticsearch
        admin = TopicAdmin(connection_of(self.settings))
        admin.create(topics_of(kafka).values(), kafka.replication)
        admin.close()
        install(engine_client(engine, self.settings.path), engine.url, layout_of(engine))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.workers.values():
            process.kill()
            process.wait()
        if self._admin is not None:
            self._admin.close()

    def start(self, role: Role, number: int = 1) -> None:
        """Start a worker, or start it again after it ended."""
        name = f"{role}-{number}"
        self._stopped.discard(name)
        log = self._logs[name] = self.folder / f"{name}.log"
        arguments = ["worker", role, "--instance", name, "--data", self.folder, "--metrics"]
        if name not in self.metrics:
            self.metrics[name] = f"127.0.0.1:{free_port(taken=self._ports)}"
            self._ports.add(int(self.metrics[name].rpartition(":")[2]))
        arguments.append(self.metrics[name])
        with log.open("ab") as out:
            self.workers[name] = subprocess.Popen(
                command(*map(str, arguments)),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env=environment(self.variables),
            )

    def start_all(self) -> None:
        """Start one worker for each role."""
        for role in ROLES:
            self.start(role)

    def kill(self, name: str) -> None:
        """End a worker as a crash would."""
        self.workers[name].kill()
        self.workers[name].wait()

    def stop(self, name: str, seconds: float = 15.0) -> int:
        """End a worker in order; its exit code."""
        self._stopped.add(name)
        self.workers[name].send_signal(signal.SIGTERM)
        return self.workers[name].wait(seconds)

    def feed(self, path: Path) -> None:
        """Feed a file to the intake topic."""
        ended = program(
            "run", path, "--kafka", self.settings.settings.kafka.servers, variables=self.variables
        )
        assert ended.code == 0, ended.err

    def feed_lines(self, lines: list[bytes]) -> None:
        """Feed lines to the intake topic, behind those fed before."""
        kafka = self.settings.settings.kafka
        numbered = [Line(number, raw) for number, raw in enumerate(lines, start=1)]

        async def publish() -> None:
            publisher = publisher_of(self.settings)
            await feed(numbered, "lines", topics_of(kafka)["posts"], publisher)
            await publisher.close()

        asyncio.run(publish())

    @property
    def at_work(self) -> bool:
        """Whether there is anything left to do."""
        return any(self.lags().values())

    def lags(self) -> dict[str, int]:
        """Messages not done yet, by topic."""
        kafka = self.settings.settings.kafka
        topics = topics_of(kafka)
        lags: dict[str, int] = {}
        for role, kinds in READS.items():
            done = self._ask(partial(_committed, group=f"{kafka.prefix}{role}"))
            places = [
                TopicPartition(topics[kind].name, number)
                for kind in kinds
                for number in range(topics[kind].partitions)
            ]
            ends = self._ask(partial(_ends, places=places))
            for place in places:
                key = (place.topic, place.partition)
                lags[place.topic] = lags.get(place.topic, 0) + ends[key] - max(0, done.get(key, 0))
        return lags

    def _ask(self, question: Callable[[KafkaAdminClient], T]) -> T:
        """Ask the broker over one connection, or over a new one where that is broken."""
        if self._admin is not None:
            try:
                return question(self._admin)
            except KafkaError:
                self._admin.close()
        self._admin = KafkaAdminClient(**connection_of(self.settings).options())
        return question(self._admin)

    def wait_until_busy(self, role: Role, seconds: float = 60.0) -> None:
        """Wait until a role has done something."""
        end = time.monotonic() + seconds
        while not self.done(role):
            assert time.monotonic() < end, self.log(f"{role}-1")
            time.sleep(0.1)

    def done(self, role: Role) -> int:
        """How many messages of all its topics a role has committed."""
        committed = self._ask(partial(_committed, group=f"{self.settings.settings.kafka.prefix}{role}"))
        return sum(max(0, offset) for offset in committed.values())

    def settle(self, seconds: float, *, every_seconds: float = 0.2) -> float:
        """Wait until everything is done; how long it took. Fails with the lags and the end of each log."""
        began = time.monotonic()
        quiet = 0
        while quiet < 2:
            self.revive()
            lags = {topic: lag for topic, lag in self.lags().items() if lag}
            quiet = 0 if lags else quiet + 1
            spent = time.monotonic() - began
            assert spent < seconds, f"after {spent:.0f} s: {lags}\n" + "\n".join(map(self.log, self.workers))
            time.sleep(every_seconds)
        return time.monotonic() - began

    def revive(self) -> None:
        """Start again workers that ended by themselves, as a supervisor does; not too often."""
        for name, process in list(self.workers.items()):
            if process.poll() is not None and name not in self._stopped:
                self.revivals += 1
                assert self.revivals < 20, self.log(name)
                wanted, _, number = name.partition("-")
                self.start(next(role for role in ROLES if role == wanted), int(number))

    def log_lines(self, name: str) -> int:
        """How many lines a worker has logged, over all its lives."""
        return self._logs[name].read_bytes().count(b"\n")

    def log(self, name: str) -> str:
        """The end of a worker's log."""
        return f"{name}: {self._logs[name].read_bytes()[-2000:].decode(errors='replace')}"

    def index(self) -> ElasticsearchIndex:
        """What the installation has indexed."""
        engine = self.settings.settings.elasticsearch
        client = engine_client(engine, self.settings.path)
        client.indices.refresh(index=f"{engine.prefix}*")
        return ElasticsearchIndex(client, engine.url, layout_of(engine))


def _committed(admin: KafkaAdminClient, group: str) -> dict[tuple[str, int], int]:
    """Committed offsets; none while the broker does not know the group."""
    try:
        return _offsets(admin.list_group_offsets(group)[group])
    except (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError):
        return {}


def _ends(admin: KafkaAdminClient, places: Sequence[TopicPartition]) -> dict[tuple[str, int], int]:
    """Where partitions end."""
    return _offsets(admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST)))


def _offsets(answer: object) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    assert isinstance(answer, dict)
    for place, offset in answer.items():
        assert isinstance(place, TopicPartition)
        found[place.topic, place.partition] = int(offset.offset)
    return found
