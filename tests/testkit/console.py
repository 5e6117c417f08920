"""A console in one process over a small embedded index, and a browser of it that runs no scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from monitor.alerts.port import Alert
from monitor.campaigns.port import CampaignRevision, Membership
from monitor.console.accounts import Accounts
from monitor.console.alert_desk import AlertDesk
from monitor.console.audit import AuditLog
from monitor.console.campaign_desk import CampaignDesk
from monitor.console.correction_desk import CorrectionDesk
from monitor.console.database import ConsoleDatabase
from monitor.console.opinion_desk import OpinionDesk
from monitor.console.roles import Role
from monitor.console.saved import SavedSearches
from monitor.console.server import build_app
from monitor.console.services import Console
from monitor.console.wall import WallDesk
from monitor.documents import Document
from monitor.index.console_store import ThreadReaders, VerdictStore
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.documents import NOON

ZONE = ZoneInfo("Asia/Shanghai")
PASSWORD = "correct-horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""As weak as can be: tests hash many passwords."""


@dataclass
class Clock:
    """Wall time that stands still until it is moved; seconds since the epoch."""

    now: float = NOON / 1000

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class TestConsole:
    """A console with the clock it goes by."""

    __test__ = False
    console: Console
    app: FastAPI
    clock: Clock


@contextmanager
def a_console(
    directory: Path,
    documents: Sequence[Document] = (),
    campaigns: Sequence[CampaignRevision] = (),
    memberships: Sequence[Membership] = (),
    *,
    alerts: Sequence[Alert] = (),
    watchlists: Sequence[str] = ("all",),
    secure: bool = False,
) -> Iterator[TestConsole]:
    """A console over a new index that holds these."""
    with SqliteStore(directory) as store, store.transaction():
        index = SqliteIndex(store)
        index.create(documents)
        index.put_campaigns(campaigns)
        index.update_memberships(memberships)
        index.put_alerts(alerts)
    clock = Clock()
    readers = ThreadReaders(directory)
    desk = OpinionDesk(readers, ZONE, clock=clock)
    verdicts = VerdictStore(directory)
    campaign_desk = CampaignDesk(readers, verdicts, ZONE, clock=clock)
    with ConsoleDatabase(directory) as database:
        console = Console(
            desk=desk,
            campaigns=campaign_desk,
            alerts=AlertDesk(readers, ZONE),
            corrections=CorrectionDesk(readers, verdicts, clock=clock),
            wall=WallDesk(desk, campaign_desk, watchlists, ["sina_weibo", "tencent_weibo"]),
            accounts=Accounts(database, clock=clock, hasher=QUICK),
            audit=AuditLog(database, clock),
            saved=SavedSearches(database, clock),
            zone=ZONE,
            secure=secure,
        )
        yield TestConsole(console, build_app(console), clock)


def bearer(console: Console, role: Role, name: str = "") -> dict[str, str]:
    """The headers of a program that has this role."""
    user = console.accounts.add(name or f"a-{role}", PASSWORD, role)
    return {"authorization": f"Bearer {console.accounts.make_token(user.name, 'test')}"}


def ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    """One request of a client without cookies; it follows no redirects, and gets a 500 where the app fails.

    ``options`` are those of ``httpx.AsyncClient.request``.
    """

    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://console.test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(asking())
