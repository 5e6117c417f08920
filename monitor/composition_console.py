"""Where settings become a console: over a data directory, or over an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.composition import watchlists_of
from monitor.console.accounts import Accounts
from monitor.console.audit import AuditLog
from monitor.console.campaign_desk import CampaignDesk, JudgementWriter
from monitor.console.database import ConsoleDatabase
from monitor.console.opinion_desk import OpinionDesk
from monitor.console.saved import SavedSearches
from monitor.console.services import Console
from monitor.console.views import WordWeight
from monitor.console.wall import WallDesk
from monitor.engine import open_engine
from monitor.index.console_store import JudgementStore, ThreadReaders
from monitor.index.port import OpinionReader
from monitor.opinion.figures import EVERYTHING
from monitor.scoring.explaining import explain
from monitor.settings import LoadedSettings

_STRONGEST = 8


@contextmanager
def console_over(settings: LoadedSettings, data: Path, url: str | None = None) -> Iterator[Console]:
    """The console over the engine at ``url``, else over the data directory; its own database lies in
    ``data`` either way.

    Raises:
        StoreError: there is nothing to read, or it cannot be used.
    """
    index: Callable[[], OpinionReader]
    writer: JudgementWriter
    if url is None:
        index, writer = ThreadReaders(data), JudgementStore(data)
    else:
        engine = open_engine(settings, url, refresh_writes=True)
        index, writer = lambda: engine, engine
    with ConsoleDatabase(data) as database:
        yield _console(settings, database, index, writer)


def _console(
    settings: LoadedSettings,
    database: ConsoleDatabase,
    index: Callable[[], OpinionReader],
    writer: JudgementWriter,
) -> Console:
    wanted = settings.settings.console
    zone = ZoneInfo(settings.settings.display.timezone)
    desk = OpinionDesk(index, zone, explain=explain_words)
    campaigns = CampaignDesk(index, writer, zone)
    watchlists = [EVERYTHING, *(one.name for one in watchlists_of(settings))]
    return Console(
        desk=desk,
        campaigns=campaigns,
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
