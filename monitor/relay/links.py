"""Links into the console: to a campaign's evidence, or to what was said in an alert's window."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from monitor.alerts.port import ALL_PLATFORMS, Alert
from monitor.opinion.figures import EVERYTHING


def evidence_link(console_url: str, alert: Alert) -> str:
    """Where a person sees what an alert stands on; empty without a console.

    The state of the search stands in its address (``monitor.console.search_state``).
    """
    if not console_url:
        return ""
    base = console_url.rstrip("/")
    if alert.campaigns:
        return f"{base}/campaigns/{quote(alert.campaigns[0], safe='')}"
    words = []
    if alert.watchlist != EVERYTHING:
        words.append(f"watchlist:{alert.watchlist}")
    if alert.platform != ALL_PLATFORMS:
        words.append(f"platform:{alert.platform}")
    state = {"q": " ".join(words), "after": alert.window_start, "before": alert.window_end}
    return f"{base}/search?{urlencode({name: value for name, value in state.items() if value})}"
