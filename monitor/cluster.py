"""The composition root of the distributed mode: settings become worker roles on Kafka and Elasticsearch."""

from __future__ import annotations

import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from monitor.alerts.campaigns import CampaignAlerts
from monitor.alerts.subjects import CampaignSubject
from monitor.campaigns.joiner import CampaignsJoiner
from monitor.composition import (
    detector_factory,
    officials_of,
    pseudonymizer_of,
    reloadable_scorer,
    score_stage,
    watchlists_of,
)
from monitor.engine import engine_client, layout_of
from monitor.errors import BrokerError, SettingsError
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_setup import require
from monitor.scoring.reloading import ReloadableScorer
from monitor.scoring.watchlists import WatchlistMatcher
from monitor.settings import KafkaSettings, LoadedSettings
from monitor.worker_metrics import WorkerMetrics
from streams.agents.assess import FiguresHandler, JoinHandler
from streams.agents.detect import DetectHandler
from streams.agents.index import (
    AlertsHandler,
    CampaignsHandler,
    DeadLettersHandler,
    DocumentsHandler,
    Rejections,
)
from streams.agents.score import ScoreHandler
from streams.agents.wiring import Wiring
from streams.app import AppOptions, Feed, Runner
from streams.connection import Connection
from streams.publishing import KafkaPublisher
from streams.slot_snapshots import TopicSnapshots
from streams.sources.adapters import LinesAdapter
from streams.topic_admin import TopicAdmin
from streams.topics import INTAKE, Topic, TopicKind, plan

Role = Literal["score", "index", "detect", "assess"]
ROLES: tuple[Role, ...] = ("score", "index", "detect", "assess")
_MESSAGES_AT_ONCE: Mapping[Role, int] = {"score": 500, "index": 64, "detect": 64, "assess": 64}
"""Intake messages may hold one record each; those between our own agents hold batches."""


def topics_of(kafka: KafkaSettings) -> dict[TopicKind, Topic]:
    """The topics of the settings."""
    return plan(kafka.prefix, kafka.partitions)


def at_servers(settings: LoadedSettings, servers: str) -> LoadedSettings:
    """The settings with other brokers; all else as it is."""
    replace = msgspec.structs.replace
    kafka = replace(settings.settings.kafka, servers=servers)
    return replace(settings, settings=replace(settings.settings, kafka=kafka))


def connection_of(settings: LoadedSettings) -> Connection:
    """How to reach the brokers of the settings.

    Raises ``SettingsError`` when the certificates cannot be used.
    """
    kafka = settings.settings.kafka
    connection = Connection(
        servers=kafka.servers,
        security_protocol=kafka.security_protocol,
        ca_certificates=settings.file(kafka.ca_certificates) if kafka.ca_certificates else None,
        mechanism=kafka.mechanism,
        user=kafka.user,
        password=kafka.password,
        timeout_seconds=kafka.timeout_seconds,
    )
    try:
        connection.trust()
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"kafka.ca_certificates = {kafka.ca_certificates!r} cannot be used ({error}); give a PEM file"
        ) from error
    return connection


def publisher_of(settings: LoadedSettings, metrics: WorkerMetrics | None = None) -> KafkaPublisher:
    """A publisher to the broker of the settings."""
    chosen = settings.settings.kafka.compression
    compression = None if chosen == "none" else chosen
    connection = connection_of(settings)
    if metrics is None:
        return KafkaPublisher(connection, compression=compression)
    return KafkaPublisher(
        connection, compression=compression, on_retry=lambda cause: metrics.retried("kafka", cause)
    )


def require_topics(settings: LoadedSettings) -> None:
    """Raise ``BrokerError`` with the first difference between the cluster's topics and the settings."""
    admin = TopicAdmin(connection_of(settings))
    try:
        for difference in admin.differences(topics_of(settings.settings.kafka).values()):
            raise BrokerError(difference)
    finally:
        admin.close()


class Worker(msgspec.Struct, frozen=True):
    """A role that is ready to run."""

    runner: Runner
    metrics: WorkerMetrics
    model: ReloadableScorer | None = None
    """What ``score`` scores with."""


def worker(
    settings: LoadedSettings,
    role: Role,
    *,
    data: Path,
    instance: str,
    between: Callable[[ReloadableScorer], None] = lambda _model: None,
) -> Worker:
    """Put a role together, after broker and engine were found as they must be.

    ``instance`` is stable and unique among the workers of the role; ``data`` holds the pseudonym key
    unless the settings have one. ``score`` calls ``between`` with its model before each batch.

    Raises:
        BrokerError: Kafka cannot be reached or its topics differ.
        StoreError: the engine cannot be used (roles index and assess).
    """
    return _Workshop(settings, role, data, instance, between).build()


class _Workshop:
    """What the parts of one role need in common."""

    def __init__(
        self,
        settings: LoadedSettings,
        role: Role,
        data: Path,
        instance: str,
        between: Callable[[ReloadableScorer], None],
    ) -> None:
        self._between = between
        self._model: ReloadableScorer | None = None
        self._settings = settings
        self._kafka = settings.settings.kafka
        self._role: Role = role
        self._data = data
        self._instance = instance
        self._metrics = WorkerMetrics(role)
        self._topics = topics_of(self._kafka)
        self._publisher = publisher_of(settings, self._metrics)
        self._wiring = Wiring(self._topics, self._publisher, self._metrics)
        self._stopping = threading.Event()
        self._rejections = Rejections()

    def build(self) -> Worker:
        require_topics(self._settings)
        builders = {
            "score": self._score,
            "index": self._index,
            "detect": self._detect,
            "assess": self._assess,
        }
        feeds = builders[self._role]()
        options = AppOptions(
            group=f"{self._kafka.prefix}{self._role}",
            instance=self._instance,
            connection=connection_of(self._settings),
            data=str(Path(tempfile.gettempdir()) / f"opinion-monitor-{self._instance}"),
            max_messages=_MESSAGES_AT_ONCE[self._role],
            session_seconds=self._kafka.session_seconds,
        )
        return Worker(Runner(options, feeds, self._metrics, on_stop=self._stop), self._metrics, self._model)

    async def _stop(self) -> None:
        self._stopping.set()
        await self._publisher.close()

    def _feed(self, kind: TopicKind, handler: object) -> Feed:
        return Feed(kind, (self._topics[kind].name,), handler)  # type: ignore[arg-type] # checked where it is made

    def _score(self) -> list[Feed]:
        settings = self._settings
        officials = officials_of(settings)
        model = self._model = reloadable_scorer(settings)
        stage = score_stage(settings, pseudonymizer_of(settings, self._data, officials), officials, model)
        names = tuple(self._topics[kind].name for kind in INTAKE)
        handler = ScoreHandler(
            stage, LinesAdapter(), self._wiring, time.time, between=partial(self._between, model)
        )
        return [Feed("intake", names, handler)]

    def _detect(self) -> list[Feed]:
        snapshots = self._snapshots("detect-snapshots")
        handler = DetectHandler(
            detector_factory(), snapshots, self._wiring, snapshot_seconds=self._kafka.snapshot_seconds
        )
        return [self._feed("sightings", handler)]

    def _assess(self) -> list[Feed]:
        snapshots = self._snapshots("assess-snapshots")
        seconds = self._kafka.snapshot_seconds
        alerts = CampaignAlerts(
            ZoneInfo(self._settings.settings.display.timezone),
            CampaignSubject(WatchlistMatcher(watchlists_of(self._settings), {})),
        )
        figures = FiguresHandler(self._engine(), snapshots, self._wiring, snapshot_seconds=seconds)
        joining = JoinHandler(CampaignsJoiner(), snapshots, self._wiring, alerts, snapshot_seconds=seconds)
        return [self._feed("figures", figures), self._feed("campaigns", joining)]

    def _index(self) -> list[Feed]:
        engine = self._engine()
        return [
            self._feed("scored", DocumentsHandler(engine, self._rejections, self._wiring)),
            self._feed("joined", CampaignsHandler(engine, self._wiring)),
            self._feed("alerts", AlertsHandler(engine, self._wiring)),
            self._feed("dead-letter", DeadLettersHandler(engine, self._wiring)),
        ]

    def _snapshots(self, kind: TopicKind) -> TopicSnapshots:
        return TopicSnapshots(connection_of(self._settings), self._topics[kind].name, self._publisher)

    def _engine(self) -> ElasticsearchIndex:
        engine = self._settings.settings.elasticsearch
        client = engine_client(engine, self._settings.path)
        layout = layout_of(engine)
        require(client, engine.url, layout)
        return ElasticsearchIndex(
            client,
            engine.url,
            layout,
            stopping=self._stopping,
            on_retry=lambda cause: self._metrics.retried("elasticsearch", cause),
            on_request=self._metrics.asked,
            on_rejected=self._rejections.add,
        )
