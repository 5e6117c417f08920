"""Metrics are well formed, bounded, and documented."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from typing import get_args

import msgspec
import pytest
from prometheus_client.exposition import generate_latest

from monitor.documents import DeadLetter, Document, SourcePosition
from monitor.errors import PortInUseError, SettingsError
from monitor.metrics import MetricsServer, PipelineMetrics
from monitor.records import Reason
from tests.checks.generated import METRICS, metrics_document
from tests.testkit.documents import an_alert
from tests.testkit.sightings import a_revision

POSITION = SourcePosition("in#1", 1, 0)


def a_document(**fields: object) -> Document:
    base: dict[str, object] = {
        "id": "sina_weibo:1", "platform": "sina_weibo", "kind": "post", "root": "sina_weibo:1",
        "author": "u1", "text": "话", "created_at": 1_000_000, "polarity": -0.5, "label": "negative",
        "confidence": 0.9, "uncertain": False, "model": "m", "position": POSITION, "watchlists": ("housing",),
    }  # fmt: skip
    return msgspec.convert(base | fields, Document)


def filled() -> PipelineMetrics:
    metrics = PipelineMetrics("m", lambda: 1_060.0)
    metrics.count_batch(3, {"score": 0.1, "commit": 0.01})
    metrics.count_outcomes(2, 1, 4)
    metrics.count_documents([a_document(), a_document(confidence=0.0, uncertain=True)])
    metrics.count_dead_letters([DeadLetter("x", "not_json", "no", b"", POSITION)])
    metrics.count_campaigns([a_revision("c1"), a_revision("c2")])
    metrics.count_alerts([an_alert()])
    return metrics


def exposed(metrics: PipelineMetrics) -> str:
    return generate_latest(metrics.registry).decode()


def test_every_count_is_exposed() -> None:
    text = exposed(filled())
    for line in (
        "opinion_records_received_total 3.0",
        'opinion_index_outcomes_total{outcome="duplicate"} 1.0',
        'opinion_watchlist_records_total{platform="sina_weibo",sentiment="negative",watchlist="housing"} 1.0',
        'opinion_watchlist_records_total{platform="sina_weibo",sentiment="unscored",watchlist="housing"} 1.0',
        'opinion_dead_letters_total{reason="not_json"} 1.0',
        'opinion_campaigns_active{level="blue"} 2.0',
        'opinion_event_time_lag_seconds{platform="sina_weibo"} 60.0',
        "opinion_unknown_fields_total 4.0",
    ):
        assert line in text


def test_every_reason_counts_from_nought_on() -> None:
    """Of a counter that is not there before its first value no share can be told."""
    text = exposed(PipelineMetrics("m", lambda: 0.0))
    for reason in get_args(Reason):
        assert f'opinion_dead_letters_total{{reason="{reason}"}} 0.0' in text


def test_a_campaign_that_closes_or_merges_is_no_longer_active() -> None:
    metrics = filled()
    closed = msgspec.structs.replace(a_revision("c1"), state="closed", revision=2)
    metrics.count_campaigns([closed, msgspec.structs.replace(a_revision("c2"), state="merged")])
    assert 'opinion_campaigns_active{level="blue"} 0.0' in exposed(metrics)


def test_an_earlier_runs_open_campaigns_are_active() -> None:
    metrics = PipelineMetrics("m", lambda: 0.0)
    metrics.restore_campaigns([a_revision("c1")])
    assert 'opinion_campaigns_active{level="blue"} 1.0' in exposed(metrics)


def test_no_label_names_an_author_a_text_or_a_campaign() -> None:
    labels = set(re.findall(r'(\w+)="', exposed(filled())))
    assert labels <= {
        "platform", "kind", "watchlist", "sentiment", "reason", "outcome", "level", "state", "rule", "stage",
        "version", "model", "le", "what",
    }  # fmt: skip


def test_prometheus_finds_nothing_to_complain_of() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("CI") == "true":
            pytest.fail("promtool is missing; install Prometheus")
        pytest.skip("promtool is missing: metrics were not checked against Prometheus's own rules")
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input=generate_latest(filled().registry),
        capture_output=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_the_document_is_up_to_date() -> None:
    assert METRICS.read_text("utf-8") == metrics_document()


def test_readiness_names_what_is_missing() -> None:
    missing = ["first slot"]
    server = MetricsServer("127.0.0.1:0", filled().registry, lambda: missing)
    try:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server.address}/readyz", timeout=5)
        assert caught.value.code == 503
        assert msgspec.json.decode(caught.value.read()) == {"status": "waiting", "missing": missing}
        caught.value.close()
        missing.clear()
        with urllib.request.urlopen(f"{server.address}/readyz", timeout=5) as answer:
            assert answer.status == 200
        asked = urllib.request.Request(f"{server.address}/metrics", method="HEAD")
        with urllib.request.urlopen(asked, timeout=5) as answer:
            assert (answer.status, answer.read()) == (200, b"")
            assert int(answer.headers["content-length"]) > 1_000
    finally:
        server.close()


def test_a_taken_port_is_an_error_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(PortInUseError, match=address):
            MetricsServer(address, filled().registry)


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "no.such.host.invalid:80"])
def test_an_address_that_cannot_be_listened_on_is_named(address: str) -> None:
    with pytest.raises(SettingsError, match=address):
        MetricsServer(address, filled().registry)
