"""Routes about accounts: one's own session, and what administrators see to."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from monitor.console.accounts import Token, User, checked_password, csrf_of
from monitor.console.api_answers import Who, json
from monitor.console.audit import Action, AuditPage
from monitor.console.openapi import answers
from monitor.console.roles import Role
from monitor.console.services import Console
from monitor.console.sessions import address_of, begin_session, end_session, set_session_cookie


class Credentials(BaseModel):
    """A name and its password."""

    name: str
    password: str


class NewUser(Credentials):
    """An account to be made."""

    role: Role


class Changes(BaseModel):
    """What is to change of an account."""

    role: Role | None = None
    password: str | None = None


class OwnPassword(BaseModel):
    """One's own password, before and after."""

    current: str
    password: str


class NewToken(BaseModel):
    """A token to be made for an account."""

    user: str
    label: str = ""


def access_routes(console: Console) -> APIRouter:
    """The routes."""
    router = APIRouter()
    _session_routes(router, console)
    _user_routes(router, console)
    _token_routes(router, console)
    return router


def _session_routes(router: APIRouter, console: Console) -> None:
    @router.post("/session")
    def begin(credentials: Credentials, request: Request) -> Response:
        """Sign in: sets the session's cookie, gives the token that changes must carry (``csrf``)."""
        token = begin_session(console, credentials.name, credentials.password, address_of(request))
        answer = json({"csrf": csrf_of(token)})
        set_session_cookie(console, answer, token)
        return answer

    @router.delete("/session")
    def end(request: Request) -> Response:
        """Sign out."""
        answer = Response(status_code=204)
        end_session(console, request, answer)
        return answer

    @router.get("/me", responses=answers(User))
    def me(who: Who) -> Response:
        """Who asks."""
        return json(who.user)

    @router.put("/me/password")
    def change_own(changed: OwnPassword, request: Request, who: Who) -> Response:
        """Give oneself another password; every session of the account ends."""
        console.accounts.check_password(who.user.name, changed.current, address_of(request))
        console.accounts.set_password(who.user.name, changed.password)
        console.audit.record(who.user.name, "password_changed", who.user.name)
        return Response(status_code=204)

    @router.get("/audit", responses=answers(AuditPage))
    def audit(
        who: Who,
        before: int | None = None,
        limit: int = 50,
        user: str | None = None,
        action: Action | None = None,
    ) -> Response:
        """The audit log, the latest entries first."""
        who.require("administer")
        page = console.audit.page(before=before, limit=limit, user=user, action=action)
        console.audit.record(who.user.name, "audit_read", by="api")
        return json(page)


def _user_routes(router: APIRouter, console: Console) -> None:
    @router.get("/users", responses=answers(User, many=True))
    def users(who: Who) -> Response:
        """All accounts."""
        who.require("administer")
        return json(console.accounts.users())

    @router.post("/users", responses=answers(User))
    def add(new: NewUser, who: Who) -> Response:
        """Make an account."""
        who.require("administer")
        user = console.accounts.add(new.name, new.password, new.role)
        console.audit.record(who.user.name, "user_added", user.name, role=user.role)
        return json(user)

    @router.patch("/users/{name}", responses=answers(User))
    def change(name: str, changes: Changes, who: Who) -> Response:
        """Give an account another role or password."""
        who.require("administer")
        if changes.password is not None:
            # Refused before anything is changed.
            checked_password(changes.password)
        if changes.role is not None:
            console.accounts.set_role(name, changes.role)
            console.audit.record(who.user.name, "role_changed", name, role=changes.role)
        if changes.password is not None:
            console.accounts.set_password(name, changes.password)
            console.audit.record(who.user.name, "password_changed", name)
        return json(console.accounts.user(name))

    @router.delete("/users/{name}")
    def remove(name: str, who: Who) -> Response:
        """Remove an account."""
        who.require("administer")
        console.accounts.remove(name)
        console.audit.record(who.user.name, "user_removed", name)
        return Response(status_code=204)


def _token_routes(router: APIRouter, console: Console) -> None:
    @router.get("/tokens", responses=answers(Token, many=True))
    def tokens(who: Who) -> Response:
        """Bearer tokens without their secrets."""
        who.require("administer")
        return json(console.accounts.tokens())

    @router.post("/tokens")
    def make(new: NewToken, who: Who) -> Response:
        """Make a bearer token; its secret is shown this once."""
        who.require("administer")
        token = console.accounts.make_token(new.user, new.label)
        console.audit.record(who.user.name, "token_made", new.user, label=new.label)
        return json({"token": token})

    @router.delete("/tokens/{identity}")
    def revoke(identity: str, who: Who) -> Response:
        """Make a token worthless."""
        who.require("administer")
        console.accounts.revoke_token(identity)
        console.audit.record(who.user.name, "token_revoked", identity)
        return Response(status_code=204)
