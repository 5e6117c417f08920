"""What is remembered of one watchlist on one platform: minutes, the hour, what is usual, incidents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from heapq import heappop, heappush

import msgspec

from monitor.alerts.hysteresis import CALM, Incident
from monitor.alerts.port import Rule
from monitor.alerts.rules import Reading, Rules, busy, surge, turn
from monitor.alerts.silence import LONGEST_SILENCE_MS, reached_at, silence
from monitor.alerts.watched import Watched
from monitor.alerts.window import Cell, Cells, Sums
from monitor.opinion.baseline import Baseline, renewed_after
from monitor.opinion.figures import ANGRY, CERTAIN, EVERYTHING, KNOWN, NEGATIVE
from monitor.opinion.hours import HOUR_MS, REMEMBERED_HOURS, Hour
from monitor.opinion.people import Crowd

NEVER = 1 << 62
MAX_WAITING = 100_000
"""Steps that may wait to be closed; beyond, what comes for new ones counts with the first."""
_NEW_NORMAL_MS = 24 * HOUR_MS
_OUTAGE_RECORDS = 8.0


class TrackState(msgspec.Struct, array_like=True):
    """A track as it is kept; ``hours`` apart, since they change once an hour."""

    cells: list[Cell]
    waiting: dict[int, Cell]
    hour_number: int
    hour: Hour
    disturbed: bool
    last_at: int
    incidents: dict[Rule, Incident]


class Track:
    """One watchlist on one platform. Steps are numbered from the epoch; times are milliseconds."""

    def __init__(
        self,
        rules: Rules,
        zone: tzinfo,
        watchlist: str,
        state: TrackState | None = None,
        hours: dict[int, Hour] | None = None,
    ) -> None:
        self._rules = rules
        self._step_ms = rules.time.step_seconds * 1_000
        self._watchlist = watchlist
        state = state or TrackState([], {}, -1, Hour(), False, 0, {})
        self.waiting = state.waiting
        self._order = sorted(state.waiting)
        self.incidents = state.incidents
        self.last_at = state.last_at
        self._hour_number, self._hour, self._disturbed = state.hour_number, state.hour, state.disturbed
        self.silent_rules = watchlist != EVERYTHING or not rules.source_silent.enabled
        """Whether there is no rule that has something to say where nothing comes."""
        self._followed: list[Incident] = []
        self.followed()
        self._least = min(
            rules.surge.minimum_records,
            rules.negative_turn.minimum_records,
            rules.anger_turn.minimum_records,
        )
        history = rules.history
        self.baseline = Baseline(zone, history.days, hour_profile=history.hour_profile, hours=hours)
        lengths = [
            60_000 * minutes // self._step_ms
            for minutes in (
                rules.surge.window_minutes,
                rules.negative_turn.window_minutes,
                rules.anger_turn.window_minutes,
            )
        ]
        self._cells = Cells(max(lengths), state.cells)
        upto = state.cells[-1].step if state.cells else 0
        sums = {length: Sums(length, self._cells, upto) for length in lengths}
        self.sums, self._negative, self._angry = (sums[length] for length in lengths)
        self._windows = tuple(sums.values())

    def state(self) -> TrackState:
        """What a restart needs, without the hours."""
        return TrackState(
            list(self._cells.all),
            self.waiting,
            self._hour_number,
            self._hour,
            self._disturbed,
            self.last_at,
            self.incidents,
        )

    def cell(self, step: int) -> Cell:
        """The cell of a step that is not closed yet."""
        cell = self.waiting.get(step)
        if cell is None and len(self.waiting) >= MAX_WAITING:
            return self.waiting[self._order[0]]
        if cell is None:
            cell = self.waiting[step] = Cell(step, people=set())
            heappush(self._order, step)
        return cell

    def upcoming(self, last: int, *, active: bool) -> int:
        """The next step to close, or, of those later than ``last``, one that is not after it.

        That is one in which a record counts, one at whose end a record leaves a window that may be judged, or
        one in which a silence may have become long. While an incident of the watchlist is ``active``, on
        whatever platform, time alone may change what is measured: see ``_upcoming_in_incident``.
        """
        coming = self._order[0] if self._order else NEVER
        if active:
            return min(coming, self._upcoming_in_incident())
        if not self.quiet:
            coming = min([coming, *(sums.next_to_leave for sums in self._windows if sums.inside)])
        silent_from = self.last_at + self._rules.source_silent.minimum_minutes * 60_000
        if not self.silent_rules and self.last_at and coming * self._step_ms >= silent_from:
            coming = min(coming, self._silence_step(last))
        return coming

    def close(self, step: int, covered_from: int) -> bool:
        """Close a step; whether an hour was learnt. Hours that begin before ``covered_from`` are not.

        Nothing is known of the time before the first record.
        """
        if not self.last_at and step not in self.waiting:
            return False
        number = step * self._step_ms // HOUR_MS
        learnt = number != self._hour_number and self._roll(number, covered_from)
        cell = self.waiting.pop(step, None)
        while self._order and self._order[0] <= step:
            heappop(self._order)
        if cell is not None:
            cell.cut()
            self._cells.append(cell)
            self._count(cell)
            self.last_at = (step + 1) * self._step_ms
            for sums in self._windows:
                sums.enter(cell)
        if self._cells.all:
            for sums in self._windows:
                sums.leave(step)
            self._cells.expire(step)
        return learnt

    def readings(self, step: int) -> Iterator[tuple[Rule, Reading | None]]:
        """What there is to judge at the end of a closed step: what rules measure.

        None: nothing is measured, of too few records or without history, while an incident goes on.
        """
        judged: list[tuple[Rule, bool]] = []
        if self._may_be_silent((step + 1) * self._step_ms):
            judged.append(("source_silent", not self.silent_rules))
        if not self.quiet:
            judged += self._rules_about_counts()
        for rule, enough in judged:
            active = self.is_active(rule)
            reading = self.reading(rule, step, active=active) if enough else None
            if reading is not None or active:
                yield rule, reading

    def reading(self, rule: Rule, step: int, *, active: bool) -> Reading | None:
        """What a rule measures at the end of a closed step; of few records only while it is ``active``."""
        end = (step + 1) * self._step_ms
        if rule == "source_silent":
            return silence(self._rules.source_silent, self.last_at, end, self.baseline)
        if rule == "surge":
            return surge(self._rules.surge, self.sums, self.baseline, end, step, active=active)
        if rule == "negative_turn":
            sums = self._negative
            return self._turn(rule, sums, sums.negative, sums.scored, end, active=active)
        sums = self._angry
        return self._turn("anger_turn", sums, sums.angry, sums.known, end, active=active)

    def _rules_about_counts(self) -> Iterator[tuple[Rule, bool]]:
        """Each enabled rule, and whether there is enough to measure anything by it.

        Also one that was switched off while its incident went on, which fades then.
        """
        surge, negative, anger = self._rules.surge, self._rules.negative_turn, self._rules.anger_turn
        if surge.enabled or self.is_active("surge"):
            yield "surge", surge.enabled and self.sums.records >= surge.minimum_records
        if negative.enabled or self.is_active("negative_turn"):
            yield "negative_turn", negative.enabled and self._negative.scored >= negative.minimum_records
        if anger.enabled or self.is_active("anger_turn"):
            yield "anger_turn", anger.enabled and self._angry.known >= anger.minimum_records

    def _may_be_silent(self, end: int) -> bool:
        """Whether a silence is long enough to be judged, or goes on."""
        if not self.last_at:
            return False
        least_ms = self._rules.source_silent.minimum_minutes * 60_000
        return self.is_active("source_silent") or (not self.silent_rules and end - self.last_at >= least_ms)

    @property
    def quiet(self) -> bool:
        """Whether no rule about counts can have anything to say: too few records, and nothing goes on."""
        return not self.active and (
            self.sums.records < self._least
            and self._negative.scored < self._least
            and self._angry.known < self._least
        )

    def followed(self) -> None:
        """An incident changed its level."""
        self._followed = [one for one in self.incidents.values() if one.level != CALM]
        self.active = any(
            self.is_active(rule) for rule in self.incidents if rule != "source_silent" or self.silent_rules
        )
        """Whether an incident goes on that time alone changes; a silence waits for a record, unless its rule
        was switched off meanwhile."""

    def is_active(self, rule: Rule) -> bool:
        """Whether an incident of this rule goes on."""
        incident = self.incidents.get(rule)
        return incident is not None and incident.level != CALM

    def disturb(self, at: int) -> None:
        """Leave the hour out of what is usual, while incidents are younger than a day."""
        if self._followed and not self._disturbed:
            self._disturbed = self._is_disturbed(at)

    def _is_disturbed(self, at: int) -> bool:
        return any(at - one.began_at < _NEW_NORMAL_MS for one in self._followed)

    def watched(self, watchlist: str, platform: str, end: int) -> Watched:
        """What the rules saw last, at the end of the last step."""
        for window in self._windows:
            window.leave(end // self._step_ms - 1)
        sums, negative, angry, baseline = self.sums, self._negative, self._angry, self.baseline
        usual_negative, usual_angry = baseline.negative(end), baseline.angry(end)
        return Watched(
            watchlist,
            platform,
            sums.records,
            sums.people(),
            baseline.expected(end - sums.length * self._step_ms, end),
            negative.negative / negative.scored if negative.scored else None,
            usual_negative.share if usual_negative else None,
            angry.angry / angry.known if angry.known else None,
            usual_angry.share if usual_angry else None,
            self._heard_of_feelings().people,
            self._heard_of_anger().people,
        )

    def _upcoming_in_incident(self) -> int:
        """The next step to close while an incident goes on, when no record comes; 0: that which follows.

        Where too little is left to measure, incidents only fade: nothing changes before the end of a hold,
        the next hour (that is learnt, or left out for the incident), or a silence that is long enough to be
        judged.
        """
        if any(enough for _, enough in self._rules_about_counts()) or self.is_active("source_silent"):
            return 0
        hold_ms = self._rules.hysteresis.hold_minutes * 60_000
        moments = [incident.fades_at(hold_ms) for incident in self._followed]
        if self.last_at:
            moments.append((self._hour_number + 1) * HOUR_MS + self._step_ms)
            if not self.silent_rules:
                moments.append(self.last_at + self._rules.source_silent.minimum_minutes * 60_000)
        return -(-min(moments) // self._step_ms) - 1 if moments else NEVER

    def _silence_step(self, last: int) -> int:
        """When a silence is judged next: as it reaches its next level, or when what is usual changes.

        Most silences end before they are long enough to be judged: that is told first, if it is after
        ``last``, since it takes long to say when a level is reached.
        """
        rule, step_ms = self._rules.source_silent, self._step_ms
        closed, longest = self._hour_number * HOUR_MS, self.last_at + LONGEST_SILENCE_MS
        renewed = renewed_after(closed)
        earliest = min(renewed, self.last_at + rule.minimum_minutes * 60_000) // step_ms - 1
        if earliest > last:
            return earliest
        incident = self.incidents.get("source_silent")
        higher = rule.levels[(incident.level if incident else CALM) + 1 :]
        if higher:
            whole_minute = max(1, 60_000 // step_ms) * step_ms
            until = min(renewed, longest)
            end = reached_at(rule, higher[0], self.last_at, until, self.baseline, closed, whole_minute)
            if end is not None:
                return end // step_ms - 1
        return -(-renewed // step_ms) if renewed <= longest else NEVER

    def _turn(
        self, rule: Rule, sums: Sums, part: int, whole: int, end: int, *, active: bool
    ) -> Reading | None:
        negative = rule == "negative_turn"
        section = self._rules.negative_turn if negative else self._rules.anger_turn
        if whole < section.minimum_records and not active:
            return None
        usual = self.baseline.negative(end) if negative else self.baseline.angry(end)
        if usual is None:
            return None
        heard = self._heard_of_feelings if negative else self._heard_of_anger
        return turn(section, part, whole, heard, lambda: self._busy(sums, end), usual, active=active)

    def _busy(self, sums: Sums, end: int) -> bool:
        usual = self.baseline.expected(end - sums.length * self._step_ms, end)
        return usual is not None and busy(sums.records, usual, self.baseline.deviation(usual, end))

    def _heard_of_feelings(self) -> Crowd:
        return self._negative.crowd(CERTAIN, NEGATIVE)

    def _heard_of_anger(self) -> Crowd:
        return self._angry.crowd(KNOWN, ANGRY)

    def _count(self, cell: Cell) -> None:
        hour = self._hour
        hour.records += cell.records
        hour.scored += cell.scored
        hour.negative += cell.negative
        hour.known += cell.known
        hour.angry += cell.angry

    def _roll(self, number: int, covered_from: int) -> bool:
        """Learn the hours up to this one, but for those disturbed, begun half-way, or of an outage."""
        learnt: dict[int, Hour] = {}
        new = self._hour_number < 0
        first = number if new else max(self._hour_number, number - REMEMBERED_HOURS)
        busy = self.baseline.most(self._hour_number * HOUR_MS) >= _OUTAGE_RECORDS
        for passed in range(first, number):
            now = passed == self._hour_number
            counts = self._hour if now else Hour()
            disturbed = self._disturbed if now else self._is_disturbed(passed * HOUR_MS)
            if disturbed or passed * HOUR_MS < covered_from or (busy and self._outage(passed, counts)):
                continue
            learnt[passed] = counts
        self.baseline.learn_all(learnt)
        self._hour_number, self._hour, self._disturbed = number, Hour(), new
        return bool(learnt)

    def _outage(self, number: int, counts: Hour) -> bool:
        """Whether there should be records in an hour without any, by what was usual before the silence."""
        if counts.records:
            return False
        before = self._hour_number * HOUR_MS
        usual = self.baseline.expected(number * HOUR_MS, (number + 1) * HOUR_MS, as_of=before)
        return usual is not None and usual >= _OUTAGE_RECORDS
