"""Records over HTTP into a data directory: what was answered is there, whatever happens then."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from monitor.composition import open_reader
from monitor.index.port import Query
from monitor.scoring.weights import read_model, write_model
from tests.testkit.program import ROOT, program, start
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


def write_own_model(path: Path, name: str) -> None:
    """The model that comes with the package, under a name of its own; by renaming, as an operator does."""
    shipped = read_model(ROOT / "monitor" / "scoring" / "model" / "default.bin")
    fresh = path.with_suffix(".new")
    write_model(fresh, {**shipped.about, "name": name}, shipped.arrays)
    fresh.rename(path)


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


def test_it_says_where_it_listens_and_reads_its_model_again_on_a_hangup(tmp_path: Path) -> None:
    model = tmp_path / "own.model"
    write_own_model(model, "first")
    variables = {**VARIABLES, "OPINION_MONITOR__SCORING__MODEL_FILE": str(model)}
    listen = ("--listen", "127.0.0.1:0", "--metrics", "off")
    process = start("intake", "--data", tmp_path / "data", *listen, variables=variables)
    try:
        assert process.stderr is not None
        url = process.stderr.readline().decode().removeprefix("intake on ").strip()
        assert not url.endswith(":0/v1/records")
        assert ask(url, a_line(id="before"))[0] == 200
        write_own_model(model, "second")
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert ask(url, a_line(id="after"))[0] == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    hits = open_reader(tmp_path / "data").search(Query()).hits
    models = {hit.document.id: hit.document.model for hit in hits}
    assert "first" in models["sina_weibo:before"]
    assert "second" in models["sina_weibo:after"]


def test_a_data_directory_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    listen = ("--listen", f"127.0.0.1:{free_port()}", "--metrics", "off")
    ended = program("intake", "--data", tmp_path / "file" / "data", *listen, variables=VARIABLES)
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err


def test_a_sender_who_stalls_does_not_hold_up_the_end(tmp_path: Path) -> None:
    listen = ("--listen", "127.0.0.1:0", "--metrics", "off")
    process = start("intake", "--data", tmp_path / "data", *listen, variables=VARIABLES)
    try:
        assert process.stderr is not None
        url = process.stderr.readline().decode().removeprefix("intake on ").strip()
        assert ask(url, a_line(id="whole"))[0] == 200
        with socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0]))) as stalled:
            head = f"POST /v1/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            stalled.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=12)
    finally:
        process.kill()
        process.wait()
    assert [hit.document.id for hit in open_reader(tmp_path / "data").search(Query()).hits] == [
        "sina_weibo:whole"
    ]
