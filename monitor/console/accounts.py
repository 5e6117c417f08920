"""Accounts of the console: who may sign in, with which role.

Passwords are kept as argon2id hashes; sessions, tokens and the set-up link as SHA-256 hashes of random
tokens, so that a stolen database opens nothing. Times are wall time in seconds since the epoch, from the
clock that is passed in.
"""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from collections.abc import Callable
from hashlib import sha256

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from monitor.console.attempts import SignInAttempts
from monitor.console.database import ConsoleDatabase
from monitor.console.roles import ROLES, Role
from monitor.errors import AccessError
from monitor.language import message

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_NAME = re.compile(r"\w[\w.@-]{0,39}")
_SET_UP_SECONDS = 24 * 3600
_LONGEST_SESSION_SECONDS = 7 * 24 * 3600
REFUSED = message("Name and password do not match an account.")


class User(msgspec.Struct, frozen=True):
    """An account; ``created_at`` in seconds since the epoch."""

    name: str
    role: Role
    created_at: int


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser: its user, and what its forms must carry along (``csrf``)."""

    user: User
    csrf: str


class Token(msgspec.Struct, frozen=True):
    """A bearer token of the API without its secret."""

    id: str
    user: str
    label: str
    created_at: int


class Accounts:
    """All accounts of one console. Every refusal is an ``AccessError``."""

    def __init__(
        self,
        database: ConsoleDatabase,
        *,
        session_seconds: int = 12 * 3600,
        clock: Callable[[], float] = time.time,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._session_seconds = session_seconds
        self._hasher = hasher or PasswordHasher()
        self._attempts = SignInAttempts(database, clock)
        self._decoy = self._hasher.hash(secrets.token_hex())

    def users(self) -> list[User]:
        """Every account by name."""
        rows = self._database.all("SELECT name, role, created_at FROM users ORDER BY name")
        return [User(*row) for row in rows]

    def user(self, name: str) -> User | None:
        """One account."""
        rows = self._database.all("SELECT name, role, created_at FROM users WHERE name = ?", (folded(name),))
        return User(*rows[0]) if rows else None

    def add(self, name: str, password: str, role: Role) -> User:
        """Make an account."""
        user = User(_checked_name(name), _checked_role(role), int(self._clock()))
        hashed = self._hasher.hash(checked_password(password))
        with self._database.transaction():
            if self.user(user.name) is not None:
                raise AccessError(
                    message("there is an account {name} already; choose another name"), name=user.name
                )
            self._database.run(
                "INSERT INTO users (name, role, password, created_at) VALUES (?, ?, ?, ?)",
                (user.name, user.role, hashed, user.created_at),
            )
        return user

    def set_password(self, name: str, password: str) -> None:
        """Give an account another password; its sessions end."""
        user = self._known(name)
        hashed = self._hasher.hash(checked_password(password))
        with self._database.transaction():
            self._database.run("UPDATE users SET password = ? WHERE name = ?", (hashed, user.name))
            self._database.run("DELETE FROM sessions WHERE user = ?", (user.name,))

    def set_role(self, name: str, role: Role) -> None:
        """Give an account another role, from its next request on."""
        _checked_role(role)
        with self._database.transaction():
            user = self._known(name)
            if role != "administrator":
                self._keep_an_administrator(user)
            self._database.run("UPDATE users SET role = ? WHERE name = ?", (role, user.name))

    def remove(self, name: str) -> None:
        """Remove an account with its sessions, tokens and saved searches; the audit log keeps its name."""
        with self._database.transaction():
            user = self._known(name)
            self._keep_an_administrator(user)
            self._database.run("DELETE FROM users WHERE name = ?", (user.name,))

    def _keep_an_administrator(self, user: User) -> None:
        administrators = [one.name for one in self.users() if one.role == "administrator"]
        if administrators == [user.name]:
            raise AccessError(
                message("{name} is the only administrator; make another one first"), name=user.name
            )

    def _known(self, name: str) -> User:
        user = self.user(name)
        if user is None:
            known = ", ".join(one.name for one in self.users()) or "none yet"
            raise AccessError(
                message("there is no account {name}; accounts: {known}"), name=name, known=known
            )
        return user

    def set_up_token(self) -> str | None:
        """A fresh one-time token for the first administrator; None when there is an account already.

        It holds for a day; a token made earlier holds no longer.
        """
        token = secrets.token_urlsafe(32)
        with self._database.transaction():
            if self.users():
                return None
            self._database.run("DELETE FROM set_up")
            self._database.run(
                "INSERT INTO set_up VALUES (?, ?)", (_hashed(token), int(self._clock()) + _SET_UP_SECONDS)
            )
        return token

    def set_up(self, token: str, name: str, password: str) -> User:
        """Make the first administrator with the token of the set-up link; the token is used up."""
        _checked_name(name)
        checked_password(password)
        with self._database.transaction():
            found = self._database.all(
                "SELECT 1 FROM set_up WHERE hash = ? AND expires_at > ?", (_hashed(token), int(self._clock()))
            )
            if self.users():
                raise AccessError(message("there is an account already; sign in with it"))
            if not found:
                raise AccessError(
                    message("the set-up link is used up or too old; start the console again to get another")
                )
            self._database.run("DELETE FROM set_up")
            return self.add(name, password, "administrator")

    def sign_in(self, name: str, password: str, address: str) -> str:
        """The token of a new session.

        Raises ``TooManyAttemptsError`` when name or address failed too often lately, else ``AccessError``
        without saying whether the name or the password was wrong; both take equally long.
        """
        known = folded(name)[:100]
        hashed = self.check_password(known, password, address)
        if self._hasher.check_needs_rehash(hashed):
            hashed = self._hasher.hash(password)
            self._database.run("UPDATE users SET password = ? WHERE name = ?", (hashed, known))
        return self._begin(known)

    def check_password(self, name: str, password: str, address: str) -> str:
        """The stored hash of a password that is right. Raises as ``sign_in`` does."""
        with self._attempts.counted(name, address) as attempt:
            rows = self._database.all("SELECT password FROM users WHERE name = ?", (name,))
            hashed: str = rows[0][0] if rows else self._decoy
            if not self._verify(hashed, password) or not rows:
                raise AccessError(REFUSED)
            attempt.succeeded()
        return hashed

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password[:LONGEST_PASSWORD])
        except (Argon2Error, InvalidHashError):
            return False

    def _begin(self, name: str) -> str:
        token, now = secrets.token_urlsafe(32), int(self._clock())
        oldest, stalest = now - _LONGEST_SESSION_SECONDS, now - self._session_seconds
        with self._database.transaction():
            self._database.run("DELETE FROM sessions WHERE began_at <= ? OR seen_at <= ?", (oldest, stalest))
            self._database.run("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_hashed(token), name, now, now))
        return token

    def session(self, token: str) -> Session | None:
        """The session of a token, which lasts on from now; None when it ended or never was."""
        now = int(self._clock())
        rows = self._database.all(
            "SELECT u.name, u.role, u.created_at, s.seen_at FROM sessions s JOIN users u ON u.name = s.user "
            "WHERE s.hash = ? AND s.seen_at > ? AND s.began_at > ?",
            (_hashed(token), now - self._session_seconds, now - _LONGEST_SESSION_SECONDS),
        )
        if not rows:
            return None
        *of_user, seen_at = rows[0]
        if now - seen_at >= 60:
            self._database.run("UPDATE sessions SET seen_at = ? WHERE hash = ?", (now, _hashed(token)))
        return Session(User(*of_user), csrf_of(token))

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._database.run("DELETE FROM sessions WHERE hash = ?", (_hashed(token),))

    def make_token(self, name: str, label: str) -> str:
        """A bearer token for the API with the rights of an account; shown this once."""
        user = self._known(name)
        identity, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        token = f"om_{identity}_{secret}"
        self._database.run(
            "INSERT INTO tokens VALUES (?, ?, ?, ?, ?)",
            (identity, _hashed(token), user.name, label[:100], int(self._clock())),
        )
        return token

    def tokens(self, name: str | None = None) -> list[Token]:
        """Tokens of one account, or all, by time."""
        rows = self._database.all(
            "SELECT id, user, label, created_at FROM tokens WHERE ? IS NULL OR user = ? "
            "ORDER BY created_at, id",
            (name, None if name is None else folded(name)),
        )
        return [Token(*row) for row in rows]

    def revoke_token(self, identity: str) -> None:
        """Make a token worthless."""
        if not self._database.run("DELETE FROM tokens WHERE id = ?", (identity,)):
            raise AccessError(
                message("there is no token {id}; 'opinion-monitor users token NAME --list' lists them"),
                id=identity,
            )

    def bearer(self, token: str) -> User | None:
        """Whose token this is; None when it is no one's."""
        rows = self._database.all(
            "SELECT u.name, u.role, u.created_at FROM tokens t JOIN users u ON u.name = t.user "
            "WHERE t.hash = ?",
            (_hashed(token),),
        )
        return User(*rows[0]) if rows else None


def csrf_of(session_token: str) -> str:
    """What forms of a session must carry: known to its pages, not to other sites."""
    return sha256(b"csrf:" + session_token.encode("utf-8", "surrogatepass")).hexdigest()


def same_secret(given: str, expected: str) -> bool:
    """Compare without telling by time how much is right."""
    return secrets.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def folded(name: str) -> str:
    """One spelling of an account's name."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _hashed(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _checked_name(name: str) -> str:
    known = folded(name)
    if not _NAME.fullmatch(known):
        raise AccessError(
            message(
                "the name {name} cannot be used; take 1 to 40 letters, digits and . _ - @, beginning with a "
                "letter or digit"
            ),
            name=ascii(name),
        )
    return known


def no_such_role(role: str) -> AccessError:
    """The refusal of a role that is none."""
    return AccessError(message("there is no role {role}; roles: {roles}"), role=role, roles=", ".join(ROLES))


def _checked_role(role: Role) -> Role:
    if role not in ROLES:
        raise no_such_role(role)
    return role


def checked_password(password: str) -> str:
    """A password that an account may have. Raises ``AccessError`` for any other."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccessError(
            message("the password has {count} characters; take {least} to {most}"),
            count=len(password),
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        )
    if len(set(password)) < 4:
        raise AccessError(message("the password repeats itself; take at least 4 different characters"))
    return password
