"""What an alert is."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from monitor.campaigns.port import Level

Rule = Literal["surge", "negative_turn", "anger_turn", "source_silent", "campaign"]
RULES: tuple[Rule, ...] = get_args(Rule)
AlertState = Literal["opened", "escalated", "de-escalated", "resolved"]
ALERT_STATES: tuple[AlertState, ...] = get_args(AlertState)
Unit = Literal["records", "ratio", "accounts"]
ALL_PLATFORMS = "all"
"""Stands for the platform of what happens on several of them."""


class Alert(msgspec.Struct, frozen=True, gc=False):
    """One alert event: an incident opened, changed its level, or was resolved.

    ``incident`` stays the same from opening to resolution; ``id`` names this one event and follows from its
    content, so that a repeat is the same alert. ``level`` is the level from now on; of a resolution the
    highest that the incident had. ``subject`` is the campaign's id, or ``watchlist|platform``.

    Times are event time in milliseconds since the epoch. ``figure`` (records or accounts, or a share in
    [0, 1], as ``unit`` says) was measured over ``[window_start, window_end)``; with 95% it lies in
    ``[low, high]``; ``baseline`` is what is usual then; ``people`` how many different accounts stand behind
    the figure. What a rule does not know is None. ``campaigns`` are ids. The sentences state all of it.
    """

    id: str
    rule: Rule
    subject: str
    level: Level
    state: AlertState
    at: int
    sentence_en: str
    sentence_zh: str
    incident: str = ""
    watchlist: str = "all"
    platform: str = ALL_PLATFORMS
    began_at: int = 0
    unit: Unit = "records"
    figure: float | None = None
    baseline: float | None = None
    low: float | None = None
    high: float | None = None
    people: int | None = None
    window_start: int | None = None
    window_end: int | None = None
    campaigns: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether the incident goes on."""
        return self.state != "resolved"
