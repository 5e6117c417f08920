"""On real brokers and a real engine: what people judge outlives the index, and is shown at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from monitor.composition_console import console_over
from monitor.errors import BrokerError, StoreError
from tests.testkit.cluster import Cluster
from tests.testkit.documents import a_campaign, a_document
from tests.testkit.services import ElasticsearchServer, KafkaServer

pytestmark = pytest.mark.xdist_group("servers")


@pytest.fixture
def cluster(
    kafka_server: KafkaServer, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> Iterator[Cluster]:
    with Cluster(kafka_server.address, elasticsearch_server.address, tmp_path, name="verdicts") as made:
        yield made


def test_verdicts_are_shown_at_once_and_indexed_again_from_their_topic(
    cluster: Cluster, tmp_path: Path
) -> None:
    settings = cluster.settings
    engine, kafka = settings.settings.elasticsearch, settings.settings.kafka
    index = cluster.index()
    index.create([a_document("sina_weibo:1", "房价又涨了")])
    index.put_campaigns([a_campaign()])
    with Elasticsearch(engine.url) as client:
        client.indices.refresh(index=f"{engine.prefix}*")
        with console_over(settings, tmp_path, engine.url, kafka.servers) as console:
            judgement = console.campaigns.judge("li", console.campaigns.revision("c1"), "ordinary")
            correction = console.corrections.correct("li", "sina_weibo:1", "negative")
            assert (index.judgements(), index.corrections()) == ([judgement], [correction])
        lost = [f"{engine.prefix}judgements-1", f"{engine.prefix}corrections-1"]
        client.indices.delete(index=lost)
    assert (index.judgements(), index.corrections()) == ([], [])
    cluster.start("index")
    end = time.monotonic() + 60
    while not is_there(lambda: (index.judgements(), index.corrections()) == ([judgement], [correction])):
        assert time.monotonic() < end, cluster.log("index-1")
        time.sleep(0.2)
    assert cluster.stop("index-1") == 0


def is_there(look_up: Callable[[], bool]) -> bool:
    """What a look-up says; no, while the engine is making the index."""
    try:
        return look_up()
    except StoreError:
        return False


def test_a_console_does_not_start_on_brokers_without_its_topic(
    kafka_server: KafkaServer, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> None:
    cluster = Cluster(kafka_server.address, elasticsearch_server.address, tmp_path, name="no-verdicts")
    engine, kafka = cluster.settings.settings.elasticsearch, cluster.settings.settings.kafka
    opened = console_over(cluster.settings, tmp_path, engine.url, kafka.servers)
    with pytest.raises(BrokerError, match="opinion-monitor topics create"), opened:
        pass
