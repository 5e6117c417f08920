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


USER, PASSWORD = "monitor", "a-password-for-tests"


def _secure(certificate: Path) -> dict[str, str]:
    return {
        "listener.name.secure.ssl.keystore.type": "PEM",
        "listener.name.secure.ssl.keystore.location": str(certificate),
        "listener.name.secure.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
    }


class KafkaServer(Server):
    """A broker without topics, which makes none by itself; ``properties`` overrides its settings.

    With a ``certificate`` (a PEM file with its key) there is a second listener, at ``secure_address``, which
    speaks TLS and lets ``USER`` in, by SCRAM-SHA-512.
    """

    name = "kafka"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        leashed: bool = True,
        heap_mib: int = 256,
        properties: Mapping[str, str] | None = None,
        certificate: Path | None = None,
        java_flags: tuple[str, ...] = _FLAGS,
    ) -> None:
        super().__init__(folder, port=port, leashed=leashed)
        self._heap_mib = heap_mib
        self._properties = dict(properties or {})
        self._certificate = certificate
        self._java_flags = java_flags

    @property
    def address(self) -> str:
        """``host:port``, a bootstrap server."""
        return self.loopback

    @property
    def secure_address(self) -> str:
        """``host:port`` of the listener that speaks TLS and asks for a user."""
        return f"{LOOPBACK}:{self._port('secure')}"

    def _command(self) -> list[str]:
        settings = self.folder / "server.properties"
        data = self.folder / "data"
        lines = [f"{key}={value}" for key, value in self._settings(data).items()]
        settings.write_text("\n".join(lines) + "\n")
        if not (data / "meta.properties").exists():
            self._format(settings)
        return self._java("kafka.Kafka", str(settings))

    def _settings(self, data: Path) -> dict[str, str]:
        controller = f"{LOOPBACK}:{self._port('controller')}"
        clients = f"PLAINTEXT://{self.loopback}"
        secure: dict[str, str] = {}
        if self._certificate is not None:
            clients += f",SECURE://{self.secure_address}"
            secure = _secure(self._certificate)
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": controller,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{clients},CONTROLLER://{controller}",
            "advertised.listeners": clients,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(data),
            **_ONE_NODE,
            **_SMALL_AND_QUICK,
            **secure,
            **self._properties,
        }

    def _port(self, name: str) -> int:
        """The port of another listener; it stays the same over restarts, as the quorum's has to."""
        kept = self.folder / f"{name}.port"
        if not kept.exists():
            taken = {int(one.read_text()) for one in self.folder.glob("*.port")}
            kept.write_text(str(free_port(taken={self.port, *taken})))
        return int(kept.read_text())

    def _format(self, settings: Path) -> None:
        # The tool takes the id for an option when it begins with a dash.
        cluster = "c" + urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        arguments = ["format", "--standalone", "--cluster-id", cluster, "--config", str(settings)]
        if self._certificate is not None:
            arguments += ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
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
