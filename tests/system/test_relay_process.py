"""The relay as a process: killed while a robot has its message, it sends it once more, and says so."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.alert_chain import TOKEN, settings_folder
from tests.testkit.alerts import a_wake, an_alert
from tests.testkit.program import ROOT, command, environment
from tests.testkit.receiver import Got, Receiver
from tests.testkit.services.processes import free_port

pytestmark = pytest.mark.system
REPEAT = "本条可能是重复通知"
ALERT = an_alert("red")
WITHIN_SECONDS = 60.0


class DyingReceiver(Receiver):
    """Kills the relay when it has taken the first message, before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.victim: subprocess.Popen[bytes] | None = None

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, object] | None:
        answer = super().take(path, body, headers)
        if self.victim is not None and path.startswith("/dingtalk"):
            victim, self.victim = self.victim, None
            victim.send_signal(signal.SIGKILL)
            victim.wait()
        return answer


class RelayProcess:
    """A relay over an embedded index with one alert."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.port = free_port()
        self._data = folder / "data"
        config = settings_folder(folder / "config", receiver, "")
        self._variables = {
            "OPINION_MONITOR_CONFIG": str(config),
            "OPINION_MONITOR__NOTIFICATIONS__TOKEN": TOKEN,
            "OPINION_MONITOR__NOTIFICATIONS__ALIVE_AT": "off",
            "OPINION_MONITOR__NOTIFICATIONS__ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        }
        with SqliteStore(self._data, ()) as store, store.transaction():
            SqliteIndex(store).put_alerts([ALERT])

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, and wait until it listens."""
        running = subprocess.Popen(
            command("relay", "--embedded", "--data", self._data, "--listen", f"127.0.0.1:{self.port}"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
            env=environment(self._variables),
        )  # fmt: skip
        until = time.monotonic() + WITHIN_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert running.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
            else:
                return running

    def wake(self) -> int:
        """Send what Alertmanager sends; the status of the answer."""
        wake = a_wake(ALERT)
        alert = {
            "status": wake.status, "labels": wake.labels, "annotations": {}, "startsAt": wake.starts_at,
            "fingerprint": wake.fingerprint,
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = msgspec.json.encode({"version": "4", "alerts": [alert]})
        connection.request("POST", "/v1/alerts/duty", body, {"Authorization": f"Bearer {TOKEN}"})
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def receiver() -> Iterator[DyingReceiver]:
    with DyingReceiver() as made:
        yield made


def all_of(receiver: Receiver, kind: str, count: int) -> list[Got]:
    """What a robot took, when it has taken so many."""
    until = time.monotonic() + WITHIN_SECONDS
    while len(receiver.of(kind)) < count:
        assert time.monotonic() < until, receiver.complaints
        time.sleep(0.1)
    return receiver.of(kind)


def test_a_message_is_repeated_only_where_the_relay_died_before_the_answer_and_is_marked(
    tmp_path: Path, receiver: DyingReceiver
) -> None:
    relay = RelayProcess(tmp_path, receiver)
    first = receiver.victim = relay.start()
    assert relay.wake() == 200
    first.wait(WITHIN_SECONDS)
    second = relay.start()
    try:
        before, after = all_of(receiver, "dingtalk", 2)
        others = [all_of(receiver, kind, 1) for kind in ("wecom", "feishu", "webhook")]
        for _ in range(3):
            assert relay.wake() == 200
            time.sleep(1.0)
    finally:
        second.kill()
        second.wait()
    assert (REPEAT in before.text, REPEAT in after.text) == (False, True)
    assert len(receiver.of("dingtalk")) == 2
    assert all(len(receiver.of(messages[0].kind)) <= 2 for messages in others)
    assert not receiver.complaints


def test_a_robot_that_hangs_holds_up_no_other(tmp_path: Path, receiver: DyingReceiver) -> None:
    relay = RelayProcess(tmp_path, receiver)
    hanging = threading.Event()
    answered = receiver.take

    def take(path: str, body: bytes, headers: dict[str, str]) -> dict[str, object] | None:
        if path.startswith("/dingtalk"):
            hanging.wait(WITHIN_SECONDS)
        return answered(path, body, headers)

    receiver.take = take  # type: ignore[method-assign]
    running = relay.start()
    try:
        assert relay.wake() == 200
        for kind in ("wecom", "feishu", "webhook"):
            all_of(receiver, kind, 1)
        assert receiver.of("dingtalk") == []
    finally:
        hanging.set()
        running.kill()
        running.wait()


def test_neither_a_sender_who_stalls_nor_robots_that_hang_hold_up_the_end(
    tmp_path: Path, receiver: DyingReceiver
) -> None:
    relay = RelayProcess(tmp_path, receiver)
    hanging = threading.Event()
    answered = receiver.take

    def take(path: str, body: bytes, headers: dict[str, str]) -> dict[str, object] | None:
        hanging.wait(WITHIN_SECONDS)
        return answered(path, body, headers)

    receiver.take = take  # type: ignore[method-assign]
    running = relay.start()
    try:
        assert relay.wake() == 200
        with socket.create_connection(("127.0.0.1", relay.port)) as stalled:
            head = f"POST /v1/alerts/duty HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            stalled.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
            time.sleep(2.0)
            running.send_signal(signal.SIGTERM)
            running.wait(16)
    finally:
        hanging.set()
        running.kill()
        running.wait()
