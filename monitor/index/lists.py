"""Lists of alerts and campaigns: what is asked of them, one page at a time, and where the next one begins."""

from __future__ import annotations

import msgspec

from monitor.alerts.port import Alert, Rule
from monitor.campaigns.port import CampaignRevision, CampaignState, Level
from monitor.errors import CursorError, QueryError
from monitor.index.words import check_text
from monitor.language import message

LARGEST_LIST = 200
_LONGEST_NUMBER = 17
_FARTHEST = 1 << 53


class AlertQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents to list: each stands by its latest event, the latest first, then by id.

    All that is given must hold of that event. ``open`` asks for those that go on (True) or are over (False);
    ``after`` (inclusive) and ``before`` (exclusive) bound its event time in milliseconds. An event of before
    incidents had names is an incident by itself, named by its id. ``cursor`` comes from the page before.
    """

    watchlist: str | None = None
    platform: str | None = None
    rule: Rule | None = None
    level: Level | None = None
    open: bool | None = None
    after: int | None = None
    before: int | None = None
    limit: int = 50
    cursor: str | None = None


class AlertPage(msgspec.Struct, frozen=True):
    """Incidents by their latest events. ``cursor`` is None on the last page; a page before it may be short
    where much had to be passed over.
    """

    alerts: tuple[Alert, ...]
    cursor: str | None


class CampaignQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which campaigns to list, the latest opening first, then by id.

    Merged ones only when ``state`` asks for them, those that were taken back not at all; ``without`` are ids
    to leave out.
    """

    state: CampaignState | None = None
    level: Level | None = None
    target: str | None = None
    without: tuple[str, ...] = ()
    limit: int = 50
    cursor: str | None = None


class CampaignsFound(msgspec.Struct, frozen=True):
    """One page of campaigns, without members and perhaps without details; ``cursor`` is None on the last."""

    campaigns: tuple[CampaignRevision, ...]
    cursor: str | None


class GravestCampaigns(msgspec.Struct, frozen=True):
    """The gravest of some campaigns (by level, then score, then when last seen), and how many there are."""

    campaigns: tuple[CampaignRevision, ...]
    total: int


def check_alert_query(query: AlertQuery) -> None:
    """Raise ``QueryError`` for what no engine could be asked, a page size out of bounds among it."""
    check_text("the watchlist", query.watchlist or "")
    check_text("the platform", query.platform or "")
    for bound in (query.after, query.before):
        if bound is not None and not can_be_stored(bound):
            raise QueryError(
                message("{value} is not a time; give milliseconds since the epoch"), value=str(bound)[:40]
            )
    _check_page(query.limit, query.cursor)


def check_campaign_query(query: CampaignQuery) -> None:
    """As ``check_alert_query``."""
    check_text("the target", query.target or "")
    _check_page(query.limit, query.cursor)


def _check_page(limit: int, cursor: str | None) -> None:
    check_text("the cursor", cursor or "")
    if not 1 <= limit <= LARGEST_LIST:
        raise QueryError(
            message("the page size is {limit}; it can be 1 to {most}"), limit=limit, most=LARGEST_LIST
        )


def can_be_stored(key: float) -> bool:
    """Whether an engine can have given this as a time (milliseconds) or a relevance."""
    return abs(key) <= _FARTHEST


def write_place(at: int, identity: str) -> str:
    """The cursor of a list that goes on after what has this time and id."""
    return f"{at}.{identity}"


def read_place(cursor: str | None) -> tuple[int, str] | None:
    """Read ``write_place``; None for the first page. Raises ``CursorError`` for anything else."""
    if cursor is None:
        return None
    at, _, identity = cursor.partition(".")
    if not (
        identity
        and at.isascii()
        and at.removeprefix("-").isdigit()
        and len(at) <= _LONGEST_NUMBER
        and can_be_stored(int(at))
    ):
        raise CursorError(message("the cursor does not belong to this list; take it from the page before"))
    return int(at), identity
