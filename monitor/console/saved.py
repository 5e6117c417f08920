"""Saved searches: the state of the search page under a name, for one's own use or for all."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import msgspec

from monitor.console.accounts import User
from monitor.console.database import ConsoleDatabase
from monitor.errors import AccessError
from monitor.language import message

LONGEST_NAME = 100
LONGEST_STATE = 4_000
MOST_PER_USER = 200


class SavedSearch(msgspec.Struct, frozen=True):
    """``state`` is the query part of the search page's address; ``created_at`` in seconds."""

    id: str
    owner: str
    name: str
    state: str
    shared: bool
    created_at: int


class SavedSearches:
    """All saved searches. Every refusal is an ``AccessError``."""

    def __init__(self, database: ConsoleDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def of(self, user: User) -> list[SavedSearch]:
        """A user's own searches and those that others share, by name."""
        rows = self._database.all(
            "SELECT id, owner, name, state, shared, created_at FROM searches WHERE owner = ? OR shared "
            "ORDER BY name, id",
            (user.name,),
        )
        return [
            SavedSearch(identity, owner, name, state, bool(shared), at)
            for identity, owner, name, state, shared, at in rows
        ]

    def save(self, user: User, name: str, state: str, *, shared: bool = False) -> SavedSearch:
        """Keep a search."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME:
            raise AccessError(
                message("the name has {count} characters; take 1 to {most}"),
                count=len(name),
                most=LONGEST_NAME,
            )
        if len(state) > LONGEST_STATE:
            raise AccessError(
                message("the search is too long to be kept ({count} characters); shorten it"),
                count=len(state),
            )
        saved = SavedSearch(secrets.token_hex(8), user.name, name, state, shared, int(self._clock()))
        with self._database.transaction():
            held: int = self._database.all("SELECT count(*) FROM searches WHERE owner = ?", (user.name,))[0][
                0
            ]
            if held >= MOST_PER_USER:
                raise AccessError(
                    message("{count} searches are kept already; remove one first"), count=MOST_PER_USER
                )
            self._database.run(
                "INSERT INTO searches VALUES (?, ?, ?, ?, ?, ?)",
                (saved.id, saved.owner, saved.name, saved.state, int(saved.shared), saved.created_at),
            )
        return saved

    def remove(self, user: User, identity: str) -> None:
        """Remove one's own search; an administrator may remove any that is shared."""
        rows = self._database.all("SELECT owner, shared FROM searches WHERE id = ?", (identity,))
        if not rows or not (rows[0][0] == user.name or (rows[0][1] and user.role == "administrator")):
            raise AccessError(message("there is no search {id} of yours to remove"), id=identity)
        self._database.run("DELETE FROM searches WHERE id = ?", (identity,))
