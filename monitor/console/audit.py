"""The audit log: who looked up, exported, judged or changed what, and when. It is only ever added to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from monitor.console.database import ConsoleDatabase
from monitor.errors import QueryError
from monitor.language import message

Action = Literal[
    "set_up",
    "sign_in",
    "sign_in_failed",
    "sign_out",
    "search",
    "open_record",
    "open_campaign",
    "list_campaigns",
    "list_alerts",
    "open_alert",
    "see_wall",
    "export",
    "judge",
    "correct",
    "search_saved",
    "search_removed",
    "user_added",
    "user_removed",
    "role_changed",
    "password_changed",
    "token_made",
    "token_revoked",
    "audit_read",
    "refused",
]
ACTIONS: tuple[Action, ...] = get_args(Action)
COMMAND_LINE = "(command line)"
"""Who is named where an operator acts without an account."""
NOBODY = "(nobody)"
MOST_PER_PAGE = 500
_NUMBERS = range(1 << 63)
_LONGEST = 2_000

Details = dict[str, str | int | None]


class AuditEntry(msgspec.Struct, frozen=True):
    """One thing that was done; ``at`` in milliseconds since the epoch, ``number`` rises with time."""

    number: int
    at: int
    user: str
    action: Action
    subject: str
    details: Details


class AuditPage(msgspec.Struct, frozen=True):
    """Entries, the latest first; ``before`` asks for the next page, None on the last."""

    entries: tuple[AuditEntry, ...]
    before: int | None


class AuditLog:
    """Writing and reading the log."""

    def __init__(self, database: ConsoleDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def record(self, user: str, action: Action, subject: str = "", **details: str | int | None) -> None:
        """Add an entry; ``subject`` is what it was done to (a query, a record's or campaign's id, a user)."""
        self._database.run(
            "INSERT INTO audit (at, user, action, subject, details) VALUES (?, ?, ?, ?, ?)",
            (
                int(self._clock() * 1000),
                _storable(user),
                action,
                _storable(subject),
                msgspec.json.encode(
                    {name: _storable(one) if isinstance(one, str) else one for name, one in details.items()}
                ).decode(),
            ),
        )

    def page(
        self,
        *,
        before: int | None = None,
        limit: int = 50,
        user: str | None = None,
        action: Action | None = None,
    ) -> AuditPage:
        """Entries below a number, the latest first. Raises ``QueryError`` for a limit out of bounds."""
        if before is not None and before not in _NUMBERS:
            raise QueryError(message("there is no page before {number} in the log"), number=before)
        if not 1 <= limit <= MOST_PER_PAGE:
            raise QueryError(
                message("the page size is {limit}; it can be 1 to {most}"), limit=limit, most=MOST_PER_PAGE
            )
        rows = self._database.all(
            "SELECT number, at, user, action, subject, details FROM audit "
            "WHERE (?1 IS NULL OR number < ?1) AND (?2 IS NULL OR user = ?2) AND (?3 IS NULL OR action = ?3) "
            "ORDER BY number DESC LIMIT ?4",
            (before, user, action, limit + 1),
        )
        entries = tuple(
            AuditEntry(number, at, who, what, about, msgspec.json.decode(details, type=Details))
            for number, at, who, what, about, details in rows[:limit]
        )
        return AuditPage(entries, entries[-1].number if len(rows) > limit else None)


def _storable(text: str) -> str:
    return text[:_LONGEST].encode("utf-8", "backslashreplace").decode()
