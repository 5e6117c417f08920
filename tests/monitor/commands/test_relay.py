"""``relay``, ``notify`` and ``alertmanager-config``: what an operator gets wrong is said in a sentence."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import commands
from monitor.errors import MonitorError
from tests.testkit.program import ROOT, command, environment
from tests.testkit.receiver import Receiver
from tests.testkit.services.processes import free_port

TOKEN = "a-token-for-the-relay"
REST = '[[team]]\nname = "duty"\nchannels = ["a"]\n[[channel]]\nname = "a"\n'


class Desk:
    """Settings of a test, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path in (ROOT / "config").glob("*.*"):
            shutil.copy(path, folder / path.name)
        self.variables = {
            "OPINION_MONITOR_CONFIG": str(folder / "monitor.toml"),
            "OPINION_MONITOR__NOTIFICATIONS__TOKEN": TOKEN,
            "OPINION_MONITOR__NOTIFICATIONS__ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        }

    def channels(self, text: str) -> None:
        (self.folder / "channels.toml").write_text(text, "utf-8")

    def call(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(commands, [str(one) for one in arguments], env=self.variables)

    def refused(self, *arguments: str | Path) -> str:
        """What is said about a call that cannot be done; the program says it and ends with code 2."""
        error = self.call(*arguments).exception
        assert isinstance(error, MonitorError), repr(error)
        assert error.exit_code == 2
        return str(error)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "config"
    folder.mkdir()
    return Desk(folder)


MAIL_ONLY = """[[team]]
name = "duty"
channels = ["office"]
[[channel]]
name = "office"
kind = "mail"
to = ["duty@example.org"]
"""


@pytest.mark.parametrize("call", [("config", "check"), ("relay",), ("alertmanager-config",)])
def test_a_team_that_hears_by_mail_only_needs_a_mail_server(desk: Desk, call: tuple[str, ...]) -> None:
    desk.channels(MAIL_ONLY)
    said = desk.refused(*call)
    assert "team duty hears by mail only (office), and there is no notifications.mail_server" in said
    assert "set it to HOST:PORT" in said
    desk.variables["OPINION_MONITOR__NOTIFICATIONS__MAIL_SERVER"] = "mail.example.org:25"
    if call != ("relay",):
        assert desk.call(*call).exit_code == 0


@pytest.mark.parametrize(("written", "meant"), [("10.0.0.1/8", "10.0.0.0/8"), ("inside", "10.20.0.0/16")])
def test_a_network_that_is_none_is_refused_with_what_may_be_meant(
    desk: Desk, written: str, meant: str
) -> None:
    desk.variables["OPINION_MONITOR__NOTIFICATIONS__ALLOWED_NETWORKS"] = f'["{written}"]'
    said = desk.refused("config", "check")
    assert said.startswith(f"notifications.allowed_networks: {written!r} is no network")
    assert said.endswith(f"write {meant}")


def test_a_test_message_arrives_and_says_so(desk: Desk) -> None:
    with Receiver() as receiver:
        desk.channels(receiver.channels())
        ended = desk.call("notify", "test", "dingtalk")
        assert (ended.exit_code, ended.stdout) == (0, "channel dingtalk took the message\n")
        (got,) = receiver.messages
    assert got.title == "舆情监测：测试消息"


def test_a_wrong_secret_is_said_in_the_robots_words(desk: Desk) -> None:
    with Receiver() as receiver:
        desk.channels(receiver.channels().replace("SECof-the-receiver", "SECof-another"))
        said = desk.refused("notify", "test", "feishu")
    assert said.endswith("channel feishu did not take the message: refused with code 310000: refused")


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        (
            'kind = "dingtalk"\nurl = "https://no-such-host.invalid/?t=1"',
            "no-such-host.invalid cannot be resolved",
        ),
        ('kind = "dingtalk"\nurl = "http://127.0.0.1:9/?t=1"', "127.0.0.1 cannot be reached (ConnectError)"),
        ('kind = "dingtalk"\nurl = "http://10.0.0.1/?t=1"', "10.0.0.1, which is not a public address"),
        ('kind = "mail"\nto = ["a@example.org"]', "channel a: set notifications.mail_server to send mail"),
    ],
)
def test_a_channel_that_cannot_be_reached_is_named_with_the_reason(
    desk: Desk, channel: str, sentence: str
) -> None:
    desk.channels(REST + channel)
    assert sentence in desk.refused("notify", "test", "a")


def test_an_unknown_channel_is_named_with_those_that_are_known(desk: Desk) -> None:
    desk.channels(REST + 'kind = "wecom"\nurl = "https://robot.example.org"')
    assert desk.refused("notify", "test", "b").endswith("no channel 'b'; known: a")


def test_the_list_says_which_channels_are_not_signed_and_no_secret(desk: Desk) -> None:
    desk.channels(REST + 'kind = "dingtalk"\nurl = "https://robot.example.org/?t=geheim"')
    listed = desk.call("notify", "list").stdout
    assert "channel a: dingtalk, zh, not signed" in listed
    assert "geheim" not in listed


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1:99999", "127.0.0.1:0", ":9301"])
def test_an_address_that_is_none_is_refused(desk: Desk, tmp_path: Path, listen: str) -> None:
    said = desk.refused("relay", "--data", tmp_path / "data", "--listen", listen)
    assert said.endswith("give HOST:PORT, with a port from 1 to 65535")


def test_an_occupied_port_is_named(desk: Desk, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        said = desk.refused("relay", "--data", tmp_path / "data", "--listen", listen)
    assert said.endswith(
        f"the relay cannot listen on {listen} (Address already in use); choose another address with --listen "
        "or notifications.listen"
    )


@pytest.fixture
def relay(desk: Desk, tmp_path: Path) -> Iterator[Path]:
    """A relay that runs, and its data directory."""
    data = tmp_path / "data"
    running = subprocess.Popen(
        command("relay", "--data", data, "--listen", f"127.0.0.1:{free_port()}"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
        env=environment(desk.variables),
    )  # fmt: skip
    until = time.monotonic() + 60
    while not (data / "relay.db-wal").exists():
        assert time.monotonic() < until
        assert running.poll() is None
        time.sleep(0.1)
    yield data
    running.kill()
    running.wait()


def test_a_second_relay_on_the_same_data_is_refused(desk: Desk, relay: Path) -> None:
    said = desk.refused("relay", "--data", relay, "--listen", f"127.0.0.1:{free_port()}")
    assert said.endswith("end the other relay that uses it")


def test_a_relay_without_token_and_a_file_that_cannot_be_written_are_refused(
    desk: Desk, tmp_path: Path
) -> None:
    assert "cannot be written" in desk.refused("alertmanager-config", "--out", tmp_path / "no" / "x.yml")
    desk.variables["OPINION_MONITOR__NOTIFICATIONS__TOKEN"] = "short"
    said = desk.refused("relay", "--data", tmp_path / "data")
    assert "notifications.token has 5 characters; allowed: at least 16" in said
