"""Where settings become a console: over a data directory, or over an engine, with or without a broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.brokers import at_servers, publisher_of, require_topics, topics_of
from monitor.campaigns.judgements import Judgement
from monitor.composition import watchlists_of
from monitor.console.accounts import Accounts
from monitor.console.alert_desk import AlertDesk
from monitor.console.audit import AuditLog
from monitor.console.campaign_desk import CampaignDesk, JudgementWriter
from monitor.console.correction_desk import CorrectionDesk, CorrectionWriter
from monitor.console.database import ConsoleDatabase
from monitor.console.opinion_desk import OpinionDesk
from monitor.console.saved import SavedSearches
from monitor.console.services import Console
from monitor.console.views import WordWeight
from monitor.console.wall import WallDesk
from monitor.engine import open_engine
from monitor.errors import SettingsError
from monitor.index.console_store import ThreadReaders, VerdictStore
from monitor.index.port import OpinionReader
from monitor.opinion.figures import EVERYTHING
from monitor.scoring.corrections import Correction
from monitor.scoring.explaining import explain
from monitor.settings import LoadedSettings
from streams.verdicts import VerdictTopic

_STRONGEST = 8


class VerdictWriter(JudgementWriter, CorrectionWriter, Protocol):
    """Where all that people judge goes."""


class Published:
    """Kept by the brokers first, then written through: the next page shows what the workers will index again,
    under the same id.
    """

    def __init__(self, topic: VerdictWriter, index: VerdictWriter) -> None:
        self._writers = (topic, index)

    def put_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Keep verdicts on campaigns."""
        for writer in self._writers:
            writer.put_judgements(judgements)

    def put_corrections(self, corrections: Sequence[Correction]) -> None:
        """Keep corrections of labels."""
        for writer in self._writers:
            writer.put_corrections(corrections)


@contextmanager
def console_over(
    settings: LoadedSettings, data: Path, url: str | None = None, servers: str | None = None
) -> Iterator[Console]:
    """The console over the engine at ``url``, else over the data directory; its own database lies in
    ``data`` either way. With ``servers``, what people judge goes onto a topic of these brokers, too.

    Raises:
        SettingsError: brokers without an engine.
        StoreError: there is nothing to read, or it cannot be used.
        BrokerError: the brokers cannot be reached, or their topics differ from the settings.
    """
    index: Callable[[], OpinionReader]
    writer: VerdictWriter
    with ExitStack() as stack:
        if url is None:
            if servers is not None:
                raise SettingsError(
                    "--kafka goes with --elasticsearch URL, which the workers fill; give both"
                )
            index, writer = ThreadReaders(data), VerdictStore(data)
        else:
            engine = open_engine(settings, url, to_count=True)
            index, writer = lambda: engine, engine
            if servers is not None:
                writer = Published(_topic(at_servers(settings, servers), stack), engine)
        database = stack.enter_context(ConsoleDatabase(data))
        yield _console(settings, database, index, writer)


def _topic(settings: LoadedSettings, stack: ExitStack) -> VerdictTopic:
    require_topics(settings)
    kafka = settings.settings.kafka
    topic = VerdictTopic(
        topics_of(kafka)["verdicts"], publisher_of(settings), timeout_seconds=kafka.timeout_seconds
    )
    stack.callback(topic.close)
    return topic


def _console(
    settings: LoadedSettings,
    database: ConsoleDatabase,
    index: Callable[[], OpinionReader],
    writer: VerdictWriter,
) -> Console:
    wanted = settings.settings.console
    zone = ZoneInfo(settings.settings.display.timezone)
    watched = watchlists_of(settings)
    titles = {
        called.casefold(): one.name for one in watched for called in (one.title_zh, one.title_en, one.name)
    }
    desk = OpinionDesk(index, zone, explain=explain_words, titles=titles)
    campaigns = CampaignDesk(index, writer, zone)
    watchlists = [EVERYTHING, *(one.name for one in watched)]
    return Console(
        desk=desk,
        campaigns=campaigns,
        alerts=AlertDesk(index, zone),
        corrections=CorrectionDesk(index, writer),
        wall=WallDesk(desk, campaigns, watchlists, settings.settings.records.platforms),
        accounts=accounts_in(database, settings),
        audit=AuditLog(database),
        saved=SavedSearches(database),
        zone=zone,
        secure=wanted.secure,
    )


def accounts_in(database: ConsoleDatabase, settings: LoadedSettings) -> Accounts:
    """The accounts of a console's database."""
    return Accounts(database, session_seconds=round(settings.settings.console.session_hours * 3600))


def explain_words(text: str) -> Sequence[WordWeight]:
    """The words that moved a text's score most."""
    return [WordWeight(part.text, part.weight) for part in explain(text).strongest(_STRONGEST)]
