"""From what people write to what a group reads: Kafka, workers, Prometheus, Alertmanager, relay, robots.

Servers and processes are real; the robots are local and check signatures, forms and sizes as theirs do.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator

import pytest

from grafana.panels import Prom
from monitor.alerts.notices import RULE_WORDS
from monitor.engine import engine_client, layout_of
from monitor.language import LANGUAGES, catalogue
from monitor.relay.lookup import EngineAlertLog
from tests.testkit.alert_chain import AlertChain, scraped, settings_folder
from tests.testkit.cluster import Cluster
from tests.testkit.receiver import KINDS, Receiver
from tests.testkit.services import ElasticsearchServer, KafkaServer
from tests.testkit.talk import Talk
from tests.testkit.walls import answered, filled_in, queries

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("servers")]

MORNING = 1_323_043_200
"""2011-12-05 08:00 in Shanghai; what is usual is known after whole quarters of days in UTC."""
RULES = "[history]\ndays = 0.25\n"
WITHIN_SECONDS = 60.0
_APART_SECONDS = 0.5
_LOGGER = logging.getLogger(__name__)
_BUCKET = re.compile(r'opinion_latency_seconds_bucket\{le="([^"]+)",stage="assessed"\} (\S+)')


class Story:
    """A chain, and the talk that is fed to it."""

    def __init__(self, chain: AlertChain) -> None:
        self.chain = chain
        self.talk = Talk(MORNING)

    def say(self, lines: list[bytes], *, at_once: int = 10_000) -> float:
        """Feed records, some at a time; when the first were with the broker (``time.time``).

        The pauses are longer than a role gathers records for, so what is fed by itself is a batch of its own.
        """
        self.chain.cluster.feed_lines(lines[:at_once])
        began = time.time()
        for start in range(at_once, len(lines), at_once):
            time.sleep(_APART_SECONDS)
            self.chain.cluster.feed_lines(lines[start : start + at_once])
        return began

    def told_of(self, rule: str) -> bool:
        """Whether every robot has a message about a rule."""
        names = [catalogue(language).text(RULE_WORDS[rule]) for language in LANGUAGES]
        return all(
            any(
                name in (one.title + one.text).casefold()
                for one in self.chain.receiver.of(kind)
                for name in names
            )
            for kind in KINDS
        )

    def keys(self) -> Counter[str]:
        """How often each alert id and level was told, by the one robot that is sent them."""
        return Counter(key for one in self.chain.receiver.of("webhook") for key in one.keys)

    def untold(self) -> set[str]:
        """The newest events of incidents that were not told."""
        newest = {event.incident: f"{event.id}:{event.level}" for event in self.chain.events()}
        return set(newest.values()) - set(self.keys())

    def assessed(self) -> Counter[float]:
        """How many batches needed at most so many seconds from the intake to the gauges."""
        found = _BUCKET.findall(scraped(self.chain.cluster.metrics["assess-1"]))
        return Counter({float(limit): int(float(count)) for limit, count in found})


@pytest.fixture(scope="module")
def story(
    kafka_server: KafkaServer,
    elasticsearch_server: ElasticsearchServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Story]:
    """Half a day of ordinary talk are known; then an army writes, then opinion turns."""
    folder = tmp_path_factory.mktemp("alerting")
    with Receiver() as receiver:
        config = settings_folder(folder / "config", receiver, RULES)
        cluster = Cluster(
            kafka_server.address, elasticsearch_server.address, folder, name="alerting", partitions=2,
            variables={"OPINION_MONITOR_CONFIG": str(config)},
        )  # fmt: skip
        with cluster:
            cluster.start_all()
            with AlertChain(cluster, receiver, folder) as chain:
                made = Story(chain)
                made.say(made.talk.ordinary(12 * 60 + 40))
                cluster.settle(60)
                yield made


def test_an_army_is_told_of_within_a_minute(story: Story) -> None:
    said = story.say(story.talk.army(accounts=60, minutes=10))
    story.chain.wait(lambda: story.told_of("campaign"), WITHIN_SECONDS, "no campaign is told of")
    took = story.chain.receiver.messages[-1].at - said
    _LOGGER.info("from an army's records to a message on every channel: %.1f s", took)
    assert took < WITHIN_SECONDS


def test_a_turn_of_opinion_is_told_of_within_a_minute_and_shown_within_seconds(story: Story) -> None:
    story.say(story.talk.ordinary(30))
    before = story.assessed()
    said = story.say([*story.talk.angry(20), *story.talk.ordinary(1)], at_once=10)
    story.chain.wait(lambda: story.told_of("negative_turn"), WITHIN_SECONDS, "no turn is told of")
    took = story.chain.receiver.messages[-1].at - said
    _LOGGER.info("from a turn's first records to a message on every channel: %.1f s", took)
    assert took < WITHIN_SECONDS
    story.chain.cluster.settle(WITHIN_SECONDS)
    batches = story.assessed()
    batches.subtract(before)
    _LOGGER.info("batches from the intake to the gauges within so many seconds: %s", dict(batches))
    assert batches[math.inf] >= 10
    assert batches[5.0] >= 0.99 * batches[math.inf]


def assert_told_once(story: Story) -> None:
    """What was told is what is indexed, each of it once."""
    told = story.keys()
    known = {f"{event.id}:{event.level}" for event in story.chain.events()}
    assert {key for key in told if not key.startswith("alive:")} <= known
    assert max(told.values()) == 1


def test_every_change_of_level_is_one_message_to_everybody(story: Story) -> None:
    story.chain.wait(lambda: not story.untold(), WITHIN_SECONDS, "an event is not told of")
    assert_told_once(story)
    assert not story.chain.receiver.complaints


def test_no_message_names_a_person_a_post_or_an_address(story: Story) -> None:
    pages = re.compile(r"https?://127\.0\.0\.1:8080/alerts/[^\s)\"]*")
    for one in story.chain.receiver.messages:
        rest = pages.sub("", one.text)
        assert not re.search(
            r"https?:|sina_weibo:\S|account:|text:|army\d|\bu[0-9a-f]{20}\b|房价真心", rest
        ), rest


def test_every_panel_of_every_wall_has_data(story: Story) -> None:
    settings = story.chain.cluster.settings
    client = engine_client(settings.settings.elasticsearch, settings.path)
    empty = [
        f"{panel}: {query}"
        for panel, query in queries()
        if not (
            story.chain.prometheus.query(filled_in(query.expr))
            if isinstance(query, Prom)
            else answered(client, settings.settings.elasticsearch.prefix, query)
        )
    ]
    assert not empty, "\n".join(empty)


def test_the_relay_finds_the_campaigns_about_a_subject(story: Story) -> None:
    settings = story.chain.cluster.settings
    engine = settings.settings.elasticsearch
    log = EngineAlertLog(engine_client(engine, settings.path), engine.url, layout_of(engine))
    found = log.campaigns("housing")
    assert found
    assert found == [
        one for one in story.chain.events() if (one.rule, one.watchlist) == ("campaign", "housing")
    ]


def active_in_alertmanager(chain: AlertChain) -> bool:
    """Whether Alertmanager holds any opinion alert for active."""
    query = urllib.parse.urlencode({"filter": 'kind="opinion"'})
    with urllib.request.urlopen(f"{chain.alertmanager.address}/api/v2/alerts?{query}", timeout=5) as answer:
        return bool(json.load(answer))


def test_nothing_is_lost_and_nothing_falsely_resolved_whatever_is_killed(story: Story) -> None:
    chain, talk = story.chain, story.talk
    chain.kill_relay()
    story.say(talk.angry(10))
    chain.alertmanager.kill()
    chain.cluster.kill("assess-1")
    chain.cluster.start("assess")
    chain.alertmanager.start()
    chain.start_relay()
    chain.wait(lambda: active_in_alertmanager(chain), 30, "Alertmanager hears of nothing")
    chain.prometheus.kill()
    chain.wait(lambda: not active_in_alertmanager(chain), 30, "Alertmanager holds alerts for active")
    chain.prometheus.start()
    story.say([*talk.army(accounts=60, minutes=10), *talk.ordinary(1)])
    chain.cluster.settle(60)
    chain.wait(lambda: not story.untold(), 2 * WITHIN_SECONDS, "an event is not told of")
    assert_told_once(story)
    ended = sum(not event.active for event in chain.events())
    assert sum("[over]" in one.title for one in chain.receiver.of("webhook")) <= ended
