"""Prometheus and Alertmanager of the test kit keep what they know over a kill."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.testkit.program import ROOT
from tests.testkit.services import AlertmanagerServer, PrometheusServer, ServiceUnavailableError
from tests.testkit.services.fixtures import start_or_skip
from tests.testkit.services.prometheus import program_of

pytestmark = pytest.mark.system
_MATCHER = {"name": "kind", "value": "opinion", "isRegex": False, "isEqual": True}
_SILENCE = {
    "matchers": [_MATCHER],
    "startsAt": "2011-12-05T00:00:00Z",
    "endsAt": "2099-01-01T00:00:00Z",
    "createdBy": "duty",
    "comment": "known",
}


def wait(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_killed_prometheus_comes_back_at_its_address_with_its_samples(tmp_path: Path) -> None:
    server = PrometheusServer(tmp_path)
    server.scrape({"itself": [server.loopback]})
    start_or_skip(server)
    with server:
        wait(lambda: bool(server.query("up == 1")))
        address = server.address
        server.kill()
        assert not server.ready
        server.scrape({})
        server.start()
        assert server.address == address
        assert [sample.metric["job"] for sample in server.query("last_over_time(up[5m])")] == ["itself"]


def test_a_restarted_alertmanager_keeps_its_silences(tmp_path: Path) -> None:
    server = AlertmanagerServer(tmp_path, config=ROOT / "config" / "alertmanager.yml")
    start_or_skip(server)
    with server:
        silences = f"{server.address}/api/v2/silences"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(silences, json.dumps(_SILENCE).encode(), headers)
        urllib.request.urlopen(request, timeout=5).close()
        server.restart()
        with urllib.request.urlopen(silences, timeout=5) as answer:
            assert [one["comment"] for one in json.load(answer)] == ["known"]


def test_a_machine_without_a_program_is_told_which_package_has_it() -> None:
    with pytest.raises(ServiceUnavailableError, match=r"no such-program: install it \(package such\)"):
        program_of("such-program", "such")
