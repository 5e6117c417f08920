"""What the walls ask of Elasticsearch, on a real one: an answer where there is something, none elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import msgspec
import pytest
from elasticsearch import Elasticsearch

from grafana.panels import Es
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import install, uninstall
from monitor.opinion.figures import Figure, FigureKey, Observation
from monitor.scoring.port import LABELS, Label
from tests.testkit.documents import NOON, a_campaign, an_alert
from tests.testkit.services import ElasticsearchServer
from tests.testkit.walls import answered, queries

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("servers")]
_ASKED = [(panel, query) for panel, query in queries() if isinstance(query, Es)]
Engine = tuple[Elasticsearch, str]


def an_observation(author: str, label: Label) -> Observation:
    """One record of an author."""
    return Observation(
        "sina_weibo",
        NOON,
        author,
        "post",
        label,
        0.0,
        scored=True,
        uncertain=False,
        emotion=None,
        watchlists=(),
    )


@pytest.fixture(scope="module")
def engine(elasticsearch_server: ElasticsearchServer) -> Iterator[Engine]:
    """A little of everything that walls show."""
    url = elasticsearch_server.address
    layout = Layout(prefix=f"walls-{uuid4().hex[:8]}-", replicas=0)
    with connect(url) as client:
        install(client, url, layout)
        index = ElasticsearchIndex(client, url, layout, refresh_writes=True)
        figure = Figure()
        for number, label in enumerate(3 * LABELS):
            figure.add(an_observation(f"u{number}", label))
        figure.weigh("u1", 500)
        keys = [FigureKey(watchlist, "sina_weibo", NOON) for watchlist in ("all", "housing")]
        index.put_figures([(key, figure, 1) for key in keys])
        index.put_campaigns([a_campaign()])
        index.put_alerts([an_alert()])
        yield client, layout.prefix
        uninstall(client, url, layout)


@pytest.mark.parametrize("query", [query for _, query in _ASKED], ids=[panel for panel, _ in _ASKED])
def test_a_panel_has_an_answer_where_there_is_something(engine: Engine, query: Es) -> None:
    assert answered(*engine, query)


@pytest.mark.parametrize(
    "query",
    [
        Es("figures", "watchlist:all", ("no_such_field",)),
        Es("figures", "watchlist:all", ("records", "no_such_field")),
        Es("figures", "watchlist:nothing", ("records",)),
        Es("alerts", "watchlist:nothing", rows=True),
        Es("campaign-summaries", "accounts:[500 TO *]", ("records",), groups=("id",)),
    ],
)
def test_a_sum_over_nothing_is_no_answer(engine: Engine, query: Es) -> None:
    assert not answered(*engine, query)


def test_records_of_campaigns_are_added_up_as_whole_ones(engine: Engine) -> None:
    client, prefix = engine
    found = client.search(
        index=f"{prefix}figures-*",
        query={"term": {"watchlist": "all"}},
        aggs={"sum": {"sum": {"field": "campaign_records"}}},
        size=0,
    )
    assert found["aggregations"]["sum"]["value"] == pytest.approx(0.5)


def test_a_summary_says_how_large_a_campaign_is_and_nothing_of_its_words(engine: Engine) -> None:
    client, prefix = engine
    hits = client.search(index=f"{prefix}campaign-summaries-*", size=10)["hits"]["hits"]
    (source,) = (hit["_source"] for hit in hits)
    whole = msgspec.to_builtins(a_campaign())
    assert source == {name: whole[name] for name in source}
    assert not {"examples", "details", "targets", "members"} & source.keys()
