"""The composition root of the distributed mode: settings become worker roles on Kafka and Elasticsearch."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from monitor.brokers import connection_of, publisher_of, require_topics, topics_of
from monitor.campaigns.joiner import CampaignsJoiner
from monitor.composition import (
    assessor_factory,
    campaign_alerts,
    detector_factory,
    officials_of,
    pseudonymizer_of,
    reloadable_scorer,
    rules_of,
    score_stage,
)
from monitor.roles import Role
from monitor.scoring.reloading import ReloadableScorer
from monitor.settings import LoadedSettings
from monitor.worker_metrics import WorkerMetrics
from streams.agents.assess import FiguresHandler
from streams.agents.detect import DetectHandler
from streams.agents.index import (
    AlertsHandler,
    CampaignsHandler,
    DeadLettersHandler,
    DocumentsHandler,
    Rejections,
    VerdictsHandler,
)
from streams.agents.join import JoinHandler
from streams.agents.score import ScoreHandler
from streams.agents.wiring import Wiring
from streams.app import AppOptions, Feed, Runner
from streams.consumer_groups import ConsumerGroup
from streams.faust_patches import Gathering
from streams.slot_snapshots import TopicSnapshots
from streams.sources.adapters import LinesAdapter
from streams.topics import INTAKE, TopicKind

if TYPE_CHECKING:
    from monitor.index.elasticsearch import ElasticsearchIndex

_WITHIN_SECONDS: Mapping[Role, float] = {"score": 0.4}
"""How long a batch is gathered where many messages are to be made of it, one for each partition of topics."""
_SINGLE_MESSAGES = Gathering(least_bytes=256 * 1024, longest_seconds=0.25)
_MOST_MESSAGES: Mapping[Role, int] = {"score": 2_000}
"""Messages of a batch where each may be a single record: a batch costs as much however few are in it."""


class Worker(msgspec.Struct, frozen=True):
    """A role that is ready to run."""

    runner: Runner
    metrics: WorkerMetrics
    missing: Callable[[], Sequence[str]]
    """What the role waits for; nothing when it takes messages and what it writes is taken."""
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
        self._publisher = publisher_of(settings, partial(self._metrics.retried, "kafka"))
        self._wiring = Wiring(self._topics, self._publisher, self._metrics)
        self._stopping = threading.Event()
        self._rejections = Rejections()
        self._engines: list[ElasticsearchIndex] = []

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
            group=self._group_name,
            instance=self._instance,
            connection=connection_of(self._settings),
            data=str(Path(tempfile.gettempdir()) / f"opinion-monitor-{self._instance}"),
            within_seconds=_WITHIN_SECONDS.get(self._role, 0.15),
            max_messages=_MOST_MESSAGES.get(self._role, 500),
            gathering=_SINGLE_MESSAGES if self._role == "score" else Gathering(),
            session_seconds=self._kafka.session_seconds,
        )
        runner = Runner(options, feeds, self._metrics, on_stop=self._stop)
        return Worker(runner, self._metrics, partial(self._missing, runner), self._model)

    def _missing(self, runner: Runner) -> list[str]:
        missing = runner.missing()
        if self._publisher.waiting:
            missing.append(f"an answer from Kafka at {self._kafka.servers}")
        missing += [
            f"an answer from Elasticsearch at {self._settings.settings.elasticsearch.url} ({cause})"
            for cause in [engine.waiting_for for engine in self._engines]
            if cause
        ]
        return missing

    @property
    def _group_name(self) -> str:
        return f"{self._kafka.prefix}{self._role}"

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
        detectors = detector_factory(self._metrics.detection.watch)
        handler = DetectHandler(
            detectors, snapshots, self._wiring, snapshot_seconds=self._kafka.snapshot_seconds
        )
        return [self._feed("sightings", handler)]

    def _assess(self) -> list[Feed]:
        settings = self._settings
        seconds = self._kafka.snapshot_seconds
        rules, opinion = rules_of(settings), self._metrics.opinion
        alerts = campaign_alerts(settings, rules)
        figures = FiguresHandler(
            self._engine(),
            self._snapshots("assess-snapshots"),
            self._wiring,
            assessor_factory(settings, rules),
            opinion,
            snapshot_seconds=seconds,
        )
        joining = JoinHandler(
            CampaignsJoiner(),
            self._snapshots("assess-snapshots"),
            self._wiring,
            alerts,
            opinion,
            snapshot_seconds=seconds,
        )
        return [self._feed("figures", figures), self._feed("campaigns", joining)]

    def _index(self) -> list[Feed]:
        engine = self._engine()
        group = ConsumerGroup(connection_of(self._settings), self._group_name)
        return [
            self._feed("scored", DocumentsHandler(engine, self._rejections, self._wiring)),
            self._feed("joined", CampaignsHandler(engine, self._wiring, group)),
            self._feed("alerts", AlertsHandler(engine, self._wiring)),
            self._feed("verdicts", VerdictsHandler(engine, self._wiring)),
            self._feed("dead-letter", DeadLettersHandler(engine, self._wiring)),
        ]

    def _snapshots(self, kind: TopicKind) -> TopicSnapshots:
        return TopicSnapshots(connection_of(self._settings), self._topics[kind].name, self._publisher)

    def _engine(self) -> ElasticsearchIndex:
        # Its client takes a quarter of a second to load, and two of the roles do without.
        from monitor.engine import engine_client, layout_of  # noqa: PLC0415
        from monitor.index.elasticsearch import ElasticsearchIndex  # noqa: PLC0415
        from monitor.index.elasticsearch_setup import require  # noqa: PLC0415

        engine = self._settings.settings.elasticsearch
        client = engine_client(engine, self._settings.path)
        layout = layout_of(engine)
        require(client, engine.url, layout)
        index = ElasticsearchIndex(
            client,
            engine.url,
            layout,
            stopping=self._stopping,
            on_retry=lambda cause: self._metrics.retried("elasticsearch", cause),
            on_request=self._metrics.asked,
            on_rejected=self._rejections.add,
        )
        self._engines.append(index)
        return index
