"""``/readyz`` of a worker names what it waits for, by name and address; told to end, it ends in order."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.testkit.cluster import Cluster
from tests.testkit.lossy_proxy import Answer, LossyProxy
from tests.testkit.records import a_line
from tests.testkit.services import ElasticsearchServer, KafkaServer

pytestmark = pytest.mark.system


def missing(cluster: Cluster, name: str) -> list[str]:
    """What a worker says it lacks; that it cannot be asked, while it starts."""
    try:
        with urllib.request.urlopen(f"http://{cluster.metrics[name]}/readyz", timeout=5) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError:
        return ["it cannot be asked"]
    said: list[str] = json.loads(body)["missing"]
    return said


def wait_for(cluster: Cluster, name: str, wanted: str) -> None:
    """Until it lacks one thing that begins so; nothing at all for the empty text."""
    end = time.monotonic() + 60
    while True:
        said = missing(cluster, name)
        if (not said and not wanted) or (wanted and len(said) == 1 and said[0].startswith(wanted)):
            return
        assert time.monotonic() < end, (said, cluster.log(name))
        time.sleep(0.2)


def test_a_worker_names_the_engine_it_waits_for(
    kafka_server: KafkaServer, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> None:
    with (
        LossyProxy(elasticsearch_server.address) as proxy,
        Cluster(kafka_server.address, proxy.url, tmp_path, name="ready", partitions=2) as cluster,
    ):
        cluster.start("index")
        cluster.start("score")
        wait_for(cluster, "index-1", "")
        wait_for(cluster, "score-1", "")
        proxy.refuse = lambda _path: Answer.error(429, "circuit_breaking_exception")
        cluster.feed_lines([a_line()])
        wait_for(cluster, "index-1", f"an answer from Elasticsearch at {proxy.url} (too_many_requests)")
        assert missing(cluster, "score-1") == []
        proxy.refuse = lambda _path: None
        wait_for(cluster, "index-1", "")
        proxy.refuse = lambda _path: Answer.error(429, "circuit_breaking_exception")
        cluster.feed_lines([a_line(id="2")])
        wait_for(cluster, "index-1", f"an answer from Elasticsearch at {proxy.url} (too_many_requests)")
        assert cluster.stop("index-1") == 0
        assert "which comes again" in cluster.log("index-1")
        assert "Traceback" not in cluster.log("index-1")
