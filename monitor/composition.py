"""The composition root: the one place where settings become working objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from monitor.alert_rules import load_rules
from monitor.alerts.assessor import WatchlistAssessor, WatchlistHours, WatchlistState
from monitor.alerts.campaigns import CampaignAlerts
from monitor.alerts.rules import Rules
from monitor.alerts.sentences import Titles
from monitor.alerts.subjects import CampaignSubject
from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.joiner import CampaignsJoiner
from monitor.desk.officials import OfficialAccounts, load_officials
from monitor.errors import SettingsError
from monitor.index.port import OpinionReader
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.metrics import PipelineMetrics
from monitor.opinion.last_hour import HOUR_SHOWN_SECONDS, hour_until, opinion_of_hour
from monitor.privacy import Pseudonymizer, load_or_create_key, parse_key
from monitor.records import RecordDecoder
from monitor.scoring.port import SentimentScorer
from monitor.scoring.registry import TAKES_A_FILE, scorer
from monitor.scoring.reloading import ReloadableScorer
from monitor.scoring.watchlists import Watchlist, WatchlistMatcher, load_watchlists
from monitor.settings import LoadedSettings
from streams.assessment import NewAssessor
from streams.detection import EmbeddedDetection
from streams.embedded import BatchReport, EmbeddedRunner
from streams.embedded_assessment import EmbeddedAssessment
from streams.snapshots import STREAMS_SCHEMA, SnapshotStore
from streams.stages import ScoreStage

KEY_FILE = "pseudonym.key"
_SHOWN_SECONDS = 1.0


def open_reader(data: Path) -> SqliteIndex:
    """The index of a data directory, for reading.

    Raises:
        StoreError: there is no data in the directory, or it cannot be used.
    """
    return SqliteIndex(SqliteStore(data, read_only=True))


def scorer_of(settings: LoadedSettings, name: str | None = None) -> SentimentScorer:
    """The sentiment scorer of the settings, or the one named; by the settings' model file if it takes one.

    Raises:
        ModelError: the model file is missing, damaged or of another version.
    """
    scoring = settings.settings.scoring
    name = name or scoring.sentiment
    file = settings.file(scoring.model_file) if scoring.model_file and name in TAKES_A_FILE else None
    return scorer(name, file)


def reloadable_scorer(settings: LoadedSettings, name: str | None = None) -> ReloadableScorer:
    """As ``scorer_of``, with a model that can be exchanged between batches.

    Raises:
        ModelError: the model file is missing, damaged or of another version.
    """
    return ReloadableScorer(partial(scorer_of, settings, name))


def watchlists_of(settings: LoadedSettings) -> tuple[Watchlist, ...]:
    """The watchlists that the settings name."""
    return load_watchlists(settings.readable("scoring", "watchlists"))


def officials_of(settings: LoadedSettings) -> OfficialAccounts:
    """The register of official accounts that the settings name."""
    return load_officials(settings.readable("scoring", "officials"))


def pseudonymizer_of(settings: LoadedSettings, data: Path, officials: OfficialAccounts) -> Pseudonymizer:
    """Pseudonyms under the key of the settings, or of the data directory (made on first run)."""
    key = settings.settings.privacy.pseudonym_key
    origin = "privacy.pseudonym_key"
    return Pseudonymizer(parse_key(key, origin) if key else load_or_create_key(data / KEY_FILE), officials)


def score_stage(
    settings: LoadedSettings,
    pseudonymizer: Pseudonymizer,
    officials: OfficialAccounts,
    model: SentimentScorer,
) -> ScoreStage:
    """The stage that turns input into documents and sightings."""
    watchlists = watchlists_of(settings)
    return ScoreStage(
        RecordDecoder(frozenset(settings.settings.records.platforms)),
        pseudonymizer,
        officials,
        model,
        WatchlistMatcher(watchlists, _account_terms(watchlists, pseudonymizer)),
    )


def _account_terms(watchlists: tuple[Watchlist, ...], pseudonymizer: Pseudonymizer) -> Mapping[str, str]:
    """What stands in documents for each account that a watchlist names."""
    named = {
        term[1:]
        for watchlist in watchlists
        for term in (*watchlist.any, *watchlist.all, *watchlist.none)
        if term.startswith("@")
    }
    return {
        account: f"{platform}:{pseudonymizer.author(platform, identifier)}"
        for account in named
        for platform, _, identifier in [account.partition(":")]
    }


def detector_factory(
    watch: Callable[[SlotDetector], SlotDetector] = lambda slot: slot,
) -> Callable[[], SlotDetector]:
    """Makes the detector of a slot, against what ordinary people write; ``watch`` learns of each."""
    background = Background.shipped()
    return lambda: watch(SlotDetector(background))


def rules_of(settings: LoadedSettings) -> Rules:
    """The rules of alerts that the settings name."""
    return load_rules(settings.readable("alerts", "rules"))


def titles_of(settings: LoadedSettings) -> Titles:
    """What the watchlists of the settings are called."""
    watchlists = watchlists_of(settings)
    return Titles(
        {one.name: one.title_en or one.name for one in watchlists},
        {one.name: one.title_zh or one.name for one in watchlists},
    )


def assessor_factory(settings: LoadedSettings, rules: Rules) -> NewAssessor:
    """Makes the assessor of a watchlist."""
    zone, titles = ZoneInfo(settings.settings.display.timezone), titles_of(settings)

    def new(
        watchlist: str, state: WatchlistState | None = None, hours: WatchlistHours | None = None
    ) -> WatchlistAssessor:
        return WatchlistAssessor(watchlist, rules, zone, titles, state, hours)

    return new


def campaign_alerts(settings: LoadedSettings, rules: Rules) -> CampaignAlerts:
    """Says which revisions of campaigns people are told of."""
    return CampaignAlerts(
        ZoneInfo(settings.settings.display.timezone),
        CampaignSubject(WatchlistMatcher(watchlists_of(settings), {})),
        enabled=rules.campaign.enabled,
    )


class Pipeline(msgspec.Struct, frozen=True):
    """The embedded pipeline over one data directory."""

    runner: EmbeddedRunner
    index: SqliteIndex
    metrics: PipelineMetrics
    model: ReloadableScorer


@contextmanager
def embedded_pipeline(
    settings: LoadedSettings,
    data: Path,
    *,
    sentiment: str | None = None,
    durable: bool = False,
    observe: Callable[[BatchReport], None] = lambda _: None,
    clock: Callable[[], float] = time.time,
) -> Iterator[Pipeline]:
    """Open a data directory for a run; it is this process's alone until the end.

    ``durable``: what is committed survives a power failure, since its source cannot be read again.

    Raises:
        StoreBusyError: another run works on the directory.
        SettingsError: the directory, a watchlist, the register or the key cannot be used.
    """
    with SqliteStore(data, (STREAMS_SCHEMA,), durable=durable) as store:
        officials = officials_of(settings)
        model = reloadable_scorer(settings, sentiment)
        index = SqliteIndex(store)
        metrics = PipelineMetrics(model.model, clock)
        metrics.restore_campaigns(index.campaigns())
        metrics.opinion.follow(index.alerts())
        snapshots = SnapshotStore(store.connection)
        run = settings.settings.run
        with store.transaction():
            detection = EmbeddedDetection(
                snapshots,
                detector_factory(metrics.detection.watch),
                CampaignsJoiner(),
                partitions=run.partitions,
                snapshot_batches=run.snapshot_batches,
            )
        pseudonymizer = _same_pseudonyms(settings, data, officials, store, snapshots)
        rules = rules_of(settings)
        assessment = EmbeddedAssessment(
            snapshots,
            campaign_alerts(settings, rules),
            assessor_factory(settings, rules),
            rules.time.step_seconds,
        )
        shown_at = hour_shown_at = 0.0

        def report(batch: BatchReport) -> None:
            nonlocal shown_at, hour_shown_at
            count(metrics, batch)
            now = time.monotonic()
            if now - shown_at >= _SHOWN_SECONDS:
                shown_at = now
                metrics.opinion.watch(assessment.assessment.watched())
            if now - hour_shown_at >= HOUR_SHOWN_SECONDS:
                hour_shown_at = now
                show_hour(metrics, index, assessment)
            observe(batch)

        runner = EmbeddedRunner(
            index=index,
            transaction=store.transaction,
            snapshots=snapshots,
            stage=score_stage(settings, pseudonymizer, officials, model),
            detection=detection,
            assessment=assessment,
            observe=report,
            clock=clock,
        )
        yield Pipeline(runner, index, metrics, model)


def _same_pseudonyms(
    settings: LoadedSettings,
    data: Path,
    officials: OfficialAccounts,
    store: SqliteStore,
    snapshots: SnapshotStore,
) -> Pseudonymizer:
    """Pseudonyms under the key that the directory began with.

    Raises:
        SettingsError: the key is gone or another; people could not be matched with what is stored.
    """
    key_file = data / KEY_FILE
    begun_with = snapshots.fact("pseudonyms")
    if begun_with is not None and not settings.settings.privacy.pseudonym_key and not key_file.exists():
        raise SettingsError(
            f"{key_file} is missing: the data in {data} were taken in under its key; restore it from your "
            "copy, or name another --data directory"
        )
    pseudonymizer = pseudonymizer_of(settings, data, officials)
    mark = pseudonymizer.mark()
    if begun_with is not None and begun_with != mark:
        raise SettingsError(
            f"the pseudonym key is not the one that the data in {data} were taken in under; "
            "restore it (privacy.pseudonym_key or pseudonym.key), or name another --data directory"
        )
    with store.transaction():
        snapshots.put_fact("pseudonyms", mark)
    return pseudonymizer


def count(metrics: PipelineMetrics, batch: BatchReport) -> None:
    """Count a committed batch."""
    metrics.count_batch(batch.tally.received, batch.seconds)
    metrics.count_outcomes(batch.tally.indexed, batch.tally.duplicates, batch.unknown_fields)
    metrics.count_documents(batch.documents)
    metrics.count_dead_letters(batch.dead_letters)
    metrics.count_campaigns(batch.revisions)
    metrics.count_alerts(batch.alerts)


def show_hour(metrics: PipelineMetrics, index: OpinionReader, assessment: EmbeddedAssessment) -> None:
    """Show what people thought in the last hour, as far as event time has come."""
    start, end = hour_until(assessment.reached)
    for watchlist in assessment.assessment.platforms():
        figures = [figure for _, figure in index.figures(watchlist, None, start, end)]
        metrics.opinion.show_hour(watchlist, opinion_of_hour(figures, assessment.reached))
