"""Records over HTTP into a data directory: what was answered is there, whatever happens then."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from monitor.composition import open_reader
from monitor.index.port import Query
from tests.testkit.program import program, start
from tests.testkit.records import a_line
from tests.testkit.services.processes import free_port

pytestmark = pytest.mark.system

TOKEN = "a-token-for-system-tests"
VARIABLES = {"OPINION_MONITOR__INTAKE__TOKEN": TOKEN}


def ask(url: str, body: bytes | None = None) -> tuple[int, str]:
    asked = urllib.request.Request(url, body, {"Authorization": f"Bearer {TOKEN}"})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    port = free_port()
    metrics = free_port(taken={port})
    listen = ("--listen", f"127.0.0.1:{port}", "--metrics", f"127.0.0.1:{metrics}")
    process = start("intake", "--data", tmp_path / "data", *listen, variables=VARIABLES)
    try:
        wait_for(port)
        url = f"http://127.0.0.1:{port}"
        status, body = ask(f"{url}/v1/records", b"\n".join([a_line(id="a"), a_line(id="b"), b"{"]))
        assert status == 400
        assert [one["status"] for one in json.loads(body)["records"]] == ["accepted", "accepted", "rejected"]
        assert ask(f"{url}/readyz") == (200, '{"status":"ready","missing":[]}')
        _, exposed = ask(f"http://127.0.0.1:{metrics}/metrics")
        assert 'opinion_intake_records_total{outcome="accepted"} 2.0' in exposed
        assert 'opinion_index_outcomes_total{outcome="created"} 2.0' in exposed
    finally:
        process.kill()
        process.communicate()
    found = {hit.document.id for hit in open_reader(tmp_path / "data").search(Query()).hits}
    assert found == {"sina_weibo:a", "sina_weibo:b"}


def test_a_data_directory_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    listen = ("--listen", f"127.0.0.1:{free_port()}", "--metrics", "off")
    ended = program("intake", "--data", tmp_path / "file" / "data", *listen, variables=VARIABLES)
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
