"""What an alert is."""

from __future__ import annotations

from typing import Literal

import msgspec

from monitor.campaigns.port import Level

AlertState = Literal["firing", "resolved"]


class Alert(msgspec.Struct, frozen=True, gc=False):
    """One alert event: something began, changed its level, or ended.

    ``at`` is event time in milliseconds since the epoch; ``subject`` what it is about (a campaign id, or a
    watchlist and platform). ``sentence_en`` and ``sentence_zh`` state figure, window and evidence.
    ``id`` is derived from rule, subject and the event, so a repeat is the same alert.
    """

    id: str
    rule: str
    subject: str
    level: Level
    state: AlertState
    at: int
    sentence_en: str
    sentence_zh: str
