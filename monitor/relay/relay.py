"""The relay put together: the door, a thread that looks up, and a thread for each channel."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from monitor.errors import SettingsError
from monitor.relay.app import Door, relay_app
from monitor.relay.desk import Desk, DeskOptions
from monitor.relay.directory import heard_directory_of, networks_of, titles_of
from monitor.relay.links import evidence_link
from monitor.relay.lookup import AlertLog
from monitor.relay.metrics import RelayMetrics
from monitor.relay.robots import channel_of
from monitor.relay.sender import Sender
from monitor.relay.signs import Signs
from monitor.relay.spool import Spool
from monitor.relay.targets import GuardedPoster
from monitor.settings import LoadedSettings

SHORTEST_TOKEN = 16
_LOOK_EVERY_SECONDS = 0.5
_STOP_SECONDS = 8.0
_PRUNE_SECONDS = 86_400.0
_LOGGER = logging.getLogger("monitor.relay")


class Relay:
    """A relay on a spool; ``start`` and ``stop`` its threads. ``app`` is to be served."""

    def __init__(
        self,
        settings: LoadedSettings,
        open_log: Callable[[], AlertLog],
        spool: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Put it together. ``open_log`` is called by the thread that looks up: a database is bound to one.

        Raises:
            SettingsError: the token is too short, or the channels cannot be used.
            StoreError: the spool cannot be used.
        """
        chosen = settings.settings.notifications
        if len(chosen.token) < SHORTEST_TOKEN:
            raise SettingsError(
                f"notifications.token has {len(chosen.token)} characters; set one of at least "
                f"{SHORTEST_TOKEN} (OPINION_MONITOR__NOTIFICATIONS__TOKEN)"
            )
        # It would log addresses, which hold the robots' tokens.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        directory = heard_directory_of(settings)
        zone = ZoneInfo(settings.settings.display.timezone)
        networks = networks_of(chosen.allowed_networks)
        # Alerts go by mail from Alertmanager; mail channels get the daily message only, if mail is set up.
        entries = [one for one in directory.channel if one.kind != "mail" or chosen.mail_server]
        alerted = {one.name for one in entries if one.kind != "mail"}
        teams = {team.name: [name for name in team.channels if name in alerted] for team in directory.team}
        self.deaf = sorted(team.name for team in directory.team if not team.channels)
        self._clock = clock
        self._spool = Spool(spool)
        self._metrics = RelayMetrics(one.name for one in entries)
        self._senders = [
            Sender(
                channel_of(one, chosen, settings.path.parent, GuardedPoster(networks), clock),
                self._spool, self._metrics, clock,
            )
            for one in entries
        ]  # fmt: skip
        self._open_log = open_log
        self._options = DeskOptions(
            teams=teams,
            titles=titles_of(settings),
            link=lambda alert: evidence_link(chosen.console_url, alert),
        )
        self._signs = Signs(
            self._spool,
            zone,
            alive_at=chosen.alive_at,
            daily=[one.name for one in entries if one.alive],
            operators=teams[directory.operators.name],
        )
        self._door = Door(
            chosen.token, teams, self._spool, self._signs, self._metrics, clock,
            patience_seconds=chosen.lookup_seconds,
        )  # fmt: skip
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._look, name="desk", daemon=True),
            *(
                threading.Thread(target=one.run, args=(self._stopping,), name=one.channel.name, daemon=True)
                for one in self._senders
            ),
        ]

    @property
    def app(self) -> FastAPI:
        """What Alertmanager and Prometheus talk to."""
        return relay_app(self._door, self._metrics, lambda: all(one.is_alive() for one in self._threads))

    def start(self) -> None:
        """Begin to look up and to send."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand, for a few seconds; the rest stays on disk."""
        self._stopping.set()
        end = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            self._spool.close()

    def _look(self) -> None:
        said, pruned = "", -math.inf
        desk: Desk | None = None
        while not self._stopping.is_set():
            try:
                now = self._clock()
                desk = desk or Desk(self._spool, self._open_log(), self._options, self._metrics.lookup)
                desk.work(now)
                self._signs.work(now)
                if time.monotonic() - pruned >= _PRUNE_SECONDS:
                    self._spool.prune(now)
                    pruned = time.monotonic()
                said = ""
            except Exception as error:
                # The same again (a full disk) is not said twice a second.
                if repr(error) != said:
                    _LOGGER.exception("wake-ups cannot be answered; trying again")
                said = repr(error)
            self._stopping.wait(_LOOK_EVERY_SECONDS)
