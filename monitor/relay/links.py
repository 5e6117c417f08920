"""Links into the console: to a campaign's evidence, or to what was said in an alert's window."""

from __future__ import annotations

from datetime import datetime, tzinfo
from urllib.parse import quote, urlencode

from monitor.alerts.port import ALL_PLATFORMS, Alert
from monitor.opinion.figures import EVERYTHING


def evidence_link(console_url: str, alert: Alert, zone: tzinfo) -> str:
    """Where a person sees what an alert stands on; empty without a console."""
    if not console_url:
        return ""
    base = console_url.rstrip("/")
    if alert.campaigns:
        return f"{base}/campaigns/{quote(alert.campaigns[0], safe='')}"
    state: dict[str, str] = {}
    if alert.watchlist != EVERYTHING:
        state["watchlist"] = alert.watchlist
    if alert.platform != ALL_PLATFORMS:
        state["platform"] = alert.platform
    for name, at in (("from", alert.window_start), ("to", alert.window_end)):
        if at is not None:
            state[name] = datetime.fromtimestamp(at / 1000, zone).isoformat(timespec="seconds")
    return f"{base}/search?{urlencode(state)}"
