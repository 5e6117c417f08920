"""The assessors of the watchlists that lie together: all in one process, those of a slot on Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec

from monitor.alerts.assessor import WatchlistAssessor, WatchlistHours, WatchlistState
from monitor.alerts.port import Alert
from monitor.alerts.watched import IncidentLabels, Watched
from monitor.opinion.figures import Observation
from monitor.opinion.organic import Opinion


class NewAssessor(Protocol):
    """Makes the assessor of a watchlist, as it was or new."""

    def __call__(
        self, watchlist: str, state: WatchlistState | None = None, hours: WatchlistHours | None = None
    ) -> WatchlistAssessor:
        """The assessor."""


States = dict[str, WatchlistState]
Hours = dict[str, WatchlistHours]


class Assessment:
    """Assessors by watchlist; they come into being with their first record."""

    def __init__(self, new: NewAssessor, states: States | None = None, hours: Hours | None = None) -> None:
        self._new = new
        self.assessors = {
            watchlist: new(watchlist, state, (hours or {}).get(watchlist))
            for watchlist, state in (states or {}).items()
        }
        self.touched: set[str] = set()
        self._reached = -1

    def observe(self, watchlist: str, seen: Observation, author: int) -> None:
        """Count one record of the author with this hash on a watchlist."""
        assessor = self.assessors.get(watchlist)
        if assessor is None:
            assessor = self.assessors[watchlist] = self._new(watchlist)
        assessor.advance(self._reached)  # It was passed over while nothing was due.
        assessor.observe(seen, author)
        self.touched.add(watchlist)

    def advance(self, reached: int) -> list[Alert]:
        """Event time has come this far; the alert events of all watchlists in order of time, then id."""
        self._reached = max(self._reached, reached)
        alerts = [
            alert for one in self.assessors.values() if one.due <= reached for alert in one.advance(reached)
        ]
        self.touched.update(alert.watchlist for alert in alerts)
        return sorted(alerts, key=lambda alert: (alert.at, alert.id))

    def watched(self) -> Iterator[Watched]:
        """What the rules saw last."""
        return (watched for one in self._caught_up() for watched in one.watched())

    def platforms(self) -> dict[str, list[str]]:
        """The platforms of each watchlist that records came from."""
        return {watchlist: list(one.tracks) for watchlist, one in self.assessors.items()}

    def incidents(self) -> Iterator[tuple[str, IncidentLabels]]:
        """Incidents that go on."""
        return (incident for one in self.assessors.values() for incident in one.incidents())

    def states(self) -> States:
        """What a restart needs beside ``hours``."""
        return {one.watchlist: one.state() for one in self._caught_up()}

    def hours(self) -> Hours:
        """The hours that what is usual rests on."""
        return {watchlist: one.hours() for watchlist, one in self.assessors.items()}

    def _caught_up(self) -> Iterator[WatchlistAssessor]:
        for one in self.assessors.values():
            one.advance(self._reached)
            yield one

    def take_learnt(self) -> list[str]:
        """The watchlists that have learnt an hour since this was asked last."""
        learnt = [watchlist for watchlist, one in self.assessors.items() if one.learnt]
        for watchlist in learnt:
            self.assessors[watchlist].learnt = False
        return learnt


class OpinionWatcher(Protocol):
    """Told what is assessed, for metrics."""

    def count(self, seen: Iterable[tuple[str, Observation]]) -> None:
        """Records with their watchlist, each once."""

    def follow(self, alerts: Iterable[Alert]) -> None:
        """Alert events, the latest last."""

    def going_on(self, incidents: Iterable[tuple[str, IncidentLabels]]) -> None:
        """Incidents that go on since before this process."""

    def watch(self, seen: Iterable[Watched]) -> None:
        """What the rules saw last."""

    def show_hour(self, watchlist: str, heard: Opinion | None) -> None:
        """The opinion of a watchlist's last hour; None when nobody wrote in it."""

    def leave(self, gone: Callable[[str, str], bool]) -> None:
        """Rules and watchlists for which ``gone`` holds are another worker's now."""


_STATE = msgspec.msgpack.Decoder(WatchlistState)
_HOURS = msgspec.msgpack.Decoder(WatchlistHours)


def encode_state(state: WatchlistState) -> bytes:
    """A watchlist's state, for a snapshot."""
    return msgspec.msgpack.encode(state)


def decode_state(stored: bytes) -> WatchlistState:
    """Read ``encode_state``."""
    return _STATE.decode(stored)


def encode_hours(hours: WatchlistHours) -> bytes:
    """A watchlist's hours, for a snapshot."""
    return msgspec.msgpack.encode(hours)


def decode_hours(stored: bytes) -> WatchlistHours:
    """Read ``encode_hours``."""
    return _HOURS.decode(stored)
