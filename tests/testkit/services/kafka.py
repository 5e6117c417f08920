"""One real Kafka node (KRaft, broker and controller in one process)."""

from __future__ import annotations

import socket
import struct
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from tests.testkit.services.java import bring_jars, find_jdk
from tests.testkit.services.processes import LOOPBACK, free_port
from tests.testkit.services.server import Server, ServerError

_JAVA = 17
# Quick to start and small; a bench that measures the broker passes other flags.
_FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true")
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)
_ONE_NODE = {
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
}
_SMALL_AND_QUICK = {
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "4194304",
    # The controller refuses a broker back until its session before the crash has ended.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "250",
}


class KafkaServer(Server):
    """A broker without topics, which makes none by itself; ``properties`` overrides its settings."""

    name = "kafka"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        leashed: bool = True,
        heap_mib: int = 256,
        properties: Mapping[str, str] | None = None,
        java_flags: tuple[str, ...] = _FLAGS,
    ) -> None:
        super().__init__(folder, port=port, leashed=leashed)
        self._heap_mib = heap_mib
        self._properties = dict(properties or {})
        self._java_flags = java_flags

    @property
    def address(self) -> str:
        """``host:port``, a bootstrap server."""
        return self.loopback

    def _command(self) -> list[str]:
        settings = self.folder / "server.properties"
        data = self.folder / "data"
        lines = [f"{key}={value}" for key, value in self._settings(data).items()]
        settings.write_text("\n".join(lines) + "\n")
        if not (data / "meta.properties").exists():
            self._format(settings)
        return self._java("kafka.Kafka", str(settings))

    def _settings(self, data: Path) -> dict[str, str]:
        controller = f"{LOOPBACK}:{self._controller_port()}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": controller,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.loopback},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.loopback}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(data),
            **_ONE_NODE,
            **_SMALL_AND_QUICK,
            **self._properties,
        }

    def _controller_port(self) -> int:
        """A port of its own; the quorum remembers it, so it must stay the same over restarts."""
        kept = self.folder / "controller.port"
        if not kept.exists():
            kept.write_text(str(free_port(taken={self.port})))
        return int(kept.read_text())

    def _format(self, settings: Path) -> None:
        # The tool takes the id for an option when it begins with a dash.
        cluster = "c" + urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        arguments = ["format", "--standalone", "--cluster-id", cluster, "--config", str(settings)]
        done = subprocess.run(
            self._java("kafka.tools.StorageTool", *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")

    def _java(self, main: str, *arguments: str) -> list[str]:
        java = str(find_jdk(_JAVA, compiler=False) / "bin" / "java")
        flags = [f"-Xmx{self._heap_mib}m", *self._java_flags, *_LOGGING]
        return [java, *flags, "-cp", f"{bring_jars('kafka')}/*", main, *arguments]

    def _answers(self) -> bool:
        return live_brokers(self.port) > 0


def live_brokers(port: int, timeout_seconds: float = 2.0) -> int:
    """How many live brokers the one on this loopback port lists (a Metadata request, version 1).

    An open port is not enough: a broker that does not list itself cannot lead partitions yet.
    """
    client = b"testkit"
    head = struct.pack(">hhih", 3, 1, 1, len(client)) + client
    request = head + struct.pack(">i", 0)
    with socket.create_connection((LOOPBACK, port), timeout_seconds) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            answer = stream.read(12)
    if len(answer) < 12:
        raise ConnectionError("the broker hung up before it answered")
    brokers: int = struct.unpack(">iii", answer)[2]
    return brokers
