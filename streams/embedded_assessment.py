"""Assessment in one process: records in the order of their lines, state in the run's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from monitor.alerts.assessor import LATE_LIMIT_MS
from monitor.alerts.campaigns import CampaignAlerts, Told
from monitor.alerts.port import Alert
from monitor.campaigns.port import CampaignRevision
from monitor.opinion.figures import EVERYTHING, Observation, author_hash
from streams.assessment import (
    Assessment,
    NewAssessor,
    decode_hours,
    decode_state,
    encode_hours,
    encode_state,
)
from streams.snapshots import SnapshotStore

_STATE, _HOURS, _REACHED = "assessed:", "assessed-hours:", "event-time-reached"
_TOLD = "campaigns-told"


class EmbeddedAssessment:
    """Follows every watchlist and campaign; event time is the newest of all records."""

    def __init__(
        self,
        snapshots: SnapshotStore,
        campaign_alerts: CampaignAlerts,
        new: NewAssessor,
        step_seconds: int,
    ) -> None:
        """``step_seconds`` is how often rules are judged: event time moves in such steps."""
        self._snapshots = snapshots
        self._campaign_alerts = campaign_alerts
        told = snapshots.fact(_TOLD)
        campaign_alerts.told = msgspec.msgpack.decode(told, type=Told) if told else {}
        self._step_ms = step_seconds * 1_000
        states = {name: decode_state(value) for name, value in snapshots.facts(_STATE)}
        hours = {name: decode_hours(value) for name, value in snapshots.facts(_HOURS)}
        self.assessment = Assessment(new, states, hours)
        stored = snapshots.fact(_REACHED)
        self._reached = int.from_bytes(stored, "big") if stored else 0
        # A watchlist in which nothing happened lies as it was kept last; nothing new comes of this.
        self.assessment.advance(self._reached)

    @property
    def reached(self) -> int:
        """How far event time has come, milliseconds since the epoch."""
        return self._reached

    def see(self, revised: Sequence[Sequence[CampaignRevision]]) -> list[Alert]:
        """The alert events of what records revised. The caller commits."""
        alerts = [alert for record in revised for alert in self._campaign_alerts.see(record)]
        if revised:
            self._snapshots.put_fact(_TOLD, msgspec.msgpack.encode(self._campaign_alerts.told))
        return alerts

    def take(self, observations: Iterable[Observation]) -> list[Alert]:
        """Count new documents, and write what a restart needs; the alert events. The caller commits."""
        alerts: list[Alert] = []
        assessment = self.assessment
        before = self._reached
        for seen in observations:
            # What lies far behind (an old post, found now) is nothing to judge, nor is it what is usual.
            if seen.at >= self._reached - LATE_LIMIT_MS:
                author = author_hash(seen.author)
                for watchlist in (EVERYTHING, *seen.watchlists):
                    assessment.observe(watchlist, seen, author)
            # Steps end at their last millisecond: only a new step can close one.
            if seen.at // self._step_ms > self._reached // self._step_ms:
                self._reached = seen.at
                alerts += assessment.advance(seen.at)
        if self._reached != before:
            self._snapshots.put_fact(_REACHED, self._reached.to_bytes(8, "big"))
        self._write()
        return alerts

    def _write(self) -> None:
        assessors = self.assessment.assessors
        learnt = self.assessment.take_learnt()
        for watchlist in learnt:
            self._snapshots.put_fact(_HOURS + watchlist, encode_hours(assessors[watchlist].hours()))
        for watchlist in sorted(self.assessment.touched.union(learnt)):
            self._snapshots.put_fact(_STATE + watchlist, encode_state(assessors[watchlist].state()))
        self.assessment.touched.clear()
