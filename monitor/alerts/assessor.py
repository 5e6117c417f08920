"""Follows watchlists through event time and says what people should hear of.

``observe`` counts records, ``advance`` says how far event time has come: all steps that ended
``late_seconds`` before are closed and judged, in order. A record that comes for a closed step counts in the
first open one, if it is late by no more than an hour; older ones (a replay beside live traffic) raise no
alerts. What comes out depends on the order of records only where they are later than ``late_seconds``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

import msgspec

from monitor.alerts.hysteresis import CALM, Incident
from monitor.alerts.port import Alert, AlertState, Rule
from monitor.alerts.resteps import first_step, in_steps
from monitor.alerts.rules import Reading, Rules, spread
from monitor.alerts.sentences import Titles, Told, sentences
from monitor.alerts.track import NEVER, Track, TrackState
from monitor.alerts.watched import IncidentLabels, Watched
from monitor.alerts.window import Cell
from monitor.campaigns.port import LEVELS
from monitor.opinion.figures import MINIMUM_PEOPLE, Observation
from monitor.opinion.hours import Hour

LATE_LIMIT_MS = 3_600_000
_NOTHING = Reading(0.0, 0.0, "records", 0.0, 0.0, 0.0, 0.0, 0)


class WatchlistState(msgspec.Struct, array_like=True):
    """A watchlist as it is kept, without the hours of its tracks.

    ``next`` and the steps of tracks are numbered in steps of ``step_ms``; 0 where that was not kept yet.
    """

    next: int
    reached: int
    covered_from: int
    tracks: dict[str, TrackState]
    step_ms: int = 0


WatchlistHours = dict[str, dict[int, Hour]]


class WatchlistAssessor:
    """One watchlist on all its platforms."""

    def __init__(
        self,
        watchlist: str,
        rules: Rules,
        zone: tzinfo,
        titles: Titles,
        state: WatchlistState | None = None,
        hours: WatchlistHours | None = None,
    ) -> None:
        self.watchlist = watchlist
        self._rules = rules
        self._zone = zone
        self._titles = titles
        self._step_ms = rules.time.step_seconds * 1_000
        self._late_ms = rules.time.late_seconds * 1_000
        state = self._in_our_steps(state or WatchlistState(-1, -1, 0, {}))
        self._next, self._reached, self._covered_from = state.next, state.reached, state.covered_from
        self.tracks = {
            platform: Track(rules, zone, watchlist, track, (hours or {}).get(platform))
            for platform, track in state.tracks.items()
        }
        self._bands = {
            rule: rules.bands(rule) for rule in ("surge", "negative_turn", "anger_turn", "source_silent")
        }
        self._coming: int | None = None
        self._active = self._any_active()
        self.due = 0
        """No step is to be closed before event time has come this far; until then ``advance`` may wait."""
        self.learnt = False

    def state(self) -> WatchlistState:
        """What a restart needs beside ``hours``."""
        tracks = {platform: track.state() for platform, track in self.tracks.items()}
        return WatchlistState(self._next, self._reached, self._covered_from, tracks, self._step_ms)

    def _in_our_steps(self, state: WatchlistState) -> WatchlistState:
        """A state whose steps may be as long as other settings had them."""
        old_ms, new_ms = state.step_ms, self._step_ms
        if old_ms in {0, new_ms} or state.next < 0:
            return state
        upcoming = first_step(state.next, old_ms, new_ms)
        return WatchlistState(
            upcoming,
            state.reached - state.reached % new_ms,
            state.covered_from,
            {name: in_steps(track, upcoming, old_ms, new_ms) for name, track in state.tracks.items()},
            new_ms,
        )

    def hours(self) -> WatchlistHours:
        """The hours that what is usual rests on."""
        return {platform: track.baseline.hours for platform, track in self.tracks.items()}

    def observe(self, seen: Observation, author: int) -> None:
        """Count one record of the author with this hash."""
        step = self._open_step(seen.at)
        if step is not None:
            self._track(seen.platform).cell(step).add(seen, author)

    def add(self, platform: str, at: int, counts: Cell) -> None:
        """Count what is known of a whole step, or a minute, that begins at a moment."""
        step = self._open_step(at)
        if step is not None:
            self._track(platform).cell(step).merge(counts)

    def advance(self, reached: int) -> list[Alert]:
        """Event time has come this far; the alert events of all steps that are closed by that."""
        reached -= reached % self._step_ms
        if reached <= self._reached or self._next < 0:
            return []
        self._reached = reached
        last = (reached - self._late_ms) // self._step_ms - 1
        alerts: list[Alert] = []
        while (step := self._upcoming(last)) <= last:
            alerts += self._close(step)
            self._next, self._coming = step + 1, None
        self._next = max(self._next, last + 1)
        self.due = (max(step, self._next) + 1) * self._step_ms + self._late_ms
        return alerts

    def incidents(self) -> Iterator[tuple[str, IncidentLabels]]:
        """Incidents that go on, with rule, watchlist, platform and level."""
        for platform, track in self.tracks.items():
            for rule, one in track.incidents.items():
                if one.level != CALM:
                    name = _incident(rule, self.watchlist, platform, one.began_at)
                    yield name, (rule, self.watchlist, platform, LEVELS[one.level])

    def watched(self) -> Iterator[Watched]:
        """What the rules saw last, by platform."""
        for platform, track in self.tracks.items():
            yield track.watched(self.watchlist, platform, self._next * self._step_ms)

    def _upcoming(self, last: int) -> int:
        """The next step in which anything can happen: a night without records costs nothing.

        Where that is later than ``last``, no step between them is.
        """
        if self._coming is None or self._coming <= last:
            coming = [track.upcoming(last, active=self._active) for track in self.tracks.values()]
            self._coming = min(coming, default=NEVER)
        return max(self._next, self._coming)

    def _any_active(self) -> bool:
        """Whether an incident goes on that time alone changes."""
        return any(track.active for track in self.tracks.values())

    def _track(self, platform: str) -> Track:
        track = self.tracks.get(platform)
        if track is None:
            track = Track(self._rules, self._zone, self.watchlist)
            self.tracks = dict(sorted({**self.tracks, platform: track}.items()))
        return track

    def _open_step(self, at: int) -> int | None:
        self._coming, self.due = None, 0
        step = at // self._step_ms
        if self._next < 0 or (self._reached < 0 and at < self._covered_from):
            self._next, self._covered_from = step, at
        if step >= self._next:
            return step
        return self._next if self._next * self._step_ms - at <= LATE_LIMIT_MS else None

    def _close(self, step: int) -> list[Alert]:
        alerts: list[Alert] = []
        surging: dict[str, Reading | None] = {}
        for platform, track in self.tracks.items():
            self.learnt |= track.close(step, self._covered_from)
            for rule, reading in track.readings(step):
                if rule == "surge":
                    surging[platform] = reading
                else:
                    alerts += self._judge(rule, platform, track, reading, step)
        threshold = self._rules.surge.levels[0]
        wide = sum(one is not None and one.measure >= threshold for one in surging.values()) > 1
        for platform, reading in surging.items():
            seen = spread(reading) if reading is not None and wide else reading
            alerts += self._judge("surge", platform, self.tracks[platform], seen, step)
        for track in self.tracks.values():
            track.disturb((step + 1) * self._step_ms)
        return alerts

    def _judge(
        self, rule: Rule, platform: str, track: Track, reading: Reading | None, step: int
    ) -> Iterable[Alert]:
        """``reading`` is None where an incident goes on and nothing is measured."""
        bands, at = self._bands[rule], (step + 1) * self._step_ms
        incident = track.incidents.get(rule)
        if incident is None:
            incident = track.incidents[rule] = Incident()
        if reading is None:
            happened = incident.fade(bands.hold_ms, at)
        else:
            happened = incident.step(bands, reading.measure, reading.people, at)
        if happened is None:
            return ()
        track.followed()
        self._active = self._any_active()
        told = reading or track.reading(rule, step, active=True) or _NOTHING
        faded = reading is None and happened == "resolved"
        return (self._alert(rule, platform, incident, happened, told, at, faded=faded),)

    def _alert(
        self,
        rule: Rule,
        platform: str,
        incident: Incident,
        state: AlertState,
        reading: Reading,
        at: int,
        *,
        faded: bool,
    ) -> Alert:
        name = _incident(rule, self.watchlist, platform, incident.began_at)
        level = LEVELS[incident.peak if state == "resolved" else incident.level]
        told = Told(rule, self._titles.of(self.watchlist, platform), level, state, at, faded)
        english, chinese = sentences(told, reading, self._zone)
        few = reading.people < MINIMUM_PEOPLE and rule != "source_silent"
        return Alert(
            id=f"{name}:{at}:{state}:{level}",
            rule=rule,
            subject=f"{self.watchlist}|{platform}",
            level=level,
            state=state,
            at=at,
            sentence_en=english,
            sentence_zh=chinese,
            incident=name,
            watchlist=self.watchlist,
            platform=platform,
            began_at=incident.began_at,
            unit=reading.unit,
            figure=None if few else round(reading.figure, 4),
            baseline=round(reading.usual, 4),
            low=None if few else round(reading.low, 4),
            high=None if few else round(reading.high, 4),
            people=None if few else round(reading.people),
            window_start=at - reading.minutes * 60_000,
            window_end=at,
        )


def _incident(rule: Rule, watchlist: str, platform: str, began_at: int) -> str:
    return f"{rule}:{watchlist}:{platform}:{began_at}"
