"""Lists of alerts and campaigns over the embedded index, one page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.port import Alert
from monitor.index.documents import json_list
from monitor.index.lists import (
    AlertPage,
    AlertQuery,
    CampaignQuery,
    CampaignsFound,
    GravestCampaigns,
    read_place,
    write_place,
)
from monitor.index.store import SqliteStore, Value
from monitor.index.stored import decode_alert, decode_campaign

_LATEST = (
    "NOT EXISTS (SELECT 1 FROM alerts later WHERE later.incident = a.incident "
    "AND (later.at, later.id) > (a.at, a.id))"
)
_Wanted = tuple[str, Sequence[Value]] | None
"""A condition and its values; None asks nothing."""


def find_alerts(store: SqliteStore, query: AlertQuery) -> AlertPage:
    """Incidents by their latest events, the latest first."""
    place = read_place(query.cursor)
    where, values = _all_of(
        *(
            _equal(f"a.{name}", value)
            for name, value in (
                ("watchlist", query.watchlist),
                ("platform", query.platform),
                ("rule", query.rule),
                ("level", query.level),
            )
        ),
        None if query.open is None else (f"a.state {'<>' if query.open else '='} 'resolved'", ()),
        None if query.after is None else ("a.at >= ?", (query.after,)),
        None if query.before is None else ("a.at < ?", (query.before,)),
        None if place is None else ("(a.at, a.id) < (?, ?)", place),
        (_LATEST, ()),
    )
    rows: list[tuple[bytes]] = store.all(
        f"SELECT a.body FROM alerts a WHERE {where} ORDER BY a.at DESC, a.id DESC LIMIT ?",  # noqa: S608
        (*values, query.limit + 1),
    )
    found = tuple(decode_alert(body) for (body,) in rows[: query.limit])
    more = len(rows) > query.limit
    return AlertPage(found, write_place(found[-1].at, found[-1].id) if more else None)


def list_incident(store: SqliteStore, name: str) -> list[Alert]:
    """All events of one incident, oldest first, then by id."""
    rows: list[tuple[bytes]] = store.all(
        "SELECT body FROM alerts WHERE incident = ? ORDER BY at, id", (name,)
    )
    return [decode_alert(body) for (body,) in rows]


def find_campaigns(store: SqliteStore, query: CampaignQuery) -> CampaignsFound:
    """Campaigns, the latest opening first."""
    place = read_place(query.cursor)
    where, values = _all_of(
        ("state <> 'merged'", ()) if query.state is None else _equal("state", query.state),
        _equal("level", query.level),
        None
        if query.target is None
        else ("EXISTS (SELECT 1 FROM json_each(targets) WHERE value = ?)", (query.target,)),
        None
        if not query.without
        else ("id NOT IN (SELECT value FROM json_each(?))", (json_list(query.without),)),
        None if place is None else ("(opened_at, id) < (?, ?)", place),
    )
    rows: list[tuple[bytes]] = store.all(
        f"SELECT body FROM campaigns WHERE {where} ORDER BY opened_at DESC, id DESC LIMIT ?",  # noqa: S608
        (*values, query.limit + 1),
    )
    found = tuple(decode_campaign(body) for (body,) in rows[: query.limit])
    more = len(rows) > query.limit
    return CampaignsFound(found, write_place(found[-1].opened_at, found[-1].id) if more else None)


def gravest_campaigns(store: SqliteStore, since: int, limit: int) -> GravestCampaigns:
    """Open campaigns that were seen since, the gravest first."""
    where = "state = 'open' AND last_seen_at >= ?"
    rows: list[tuple[bytes]] = store.all(
        f"SELECT body FROM campaigns WHERE {where} "  # noqa: S608  # written here
        "ORDER BY gravity DESC, last_seen_at DESC, id DESC LIMIT ?",
        (since, limit),
    )
    total: int = store.all(f"SELECT count(*) FROM campaigns WHERE {where}", (since,))[0][0]  # noqa: S608
    return GravestCampaigns(tuple(decode_campaign(body) for (body,) in rows), total)


def _equal(column: str, value: str | None) -> _Wanted:
    return None if value is None else (f"{column} = ?", (value,))


def _all_of(*wanted: _Wanted) -> tuple[str, list[Value]]:
    given = [one for one in wanted if one is not None]
    return " AND ".join(clause for clause, _ in given), [value for _, values in given for value in values]
