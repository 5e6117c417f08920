"""Links into the console: to an alert's page, which has its figures and leads to records and campaigns."""

from __future__ import annotations

from urllib.parse import quote

from monitor.alerts.port import Alert


def evidence_link(console_url: str, alert: Alert) -> str:
    """Where a person sees what an alert stands on and what became of it; empty without a console."""
    if not console_url:
        return ""
    return f"{console_url.rstrip('/')}/alerts/{quote(alert.incident or alert.id, safe=':')}"


def alerts_link(console_url: str) -> str:
    """The list of what goes on; empty without a console."""
    return f"{console_url.rstrip('/')}/alerts?open=1" if console_url else ""
