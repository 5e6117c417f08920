"""Visits of the pages for administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from fastapi import Request
from nicegui import ui

from monitor.console.accounts import no_such_role
from monitor.console.audit import Action
from monitor.console.pages.administration import Change, show_audit, show_users
from monitor.console.pages.elements import Tag, card
from monitor.console.pages.shell import Place, frame, heading
from monitor.console.pages.visit import Visit, Visiting
from monitor.console.roles import ROLES, Role
from monitor.console.services import Identity


def staff_pages(visiting: Visiting) -> None:
    """Put the pages at their addresses; others than administrators are told that they may not."""

    @ui.page("/audit", response_timeout=60)
    async def auditing(request: Request) -> None:
        visit = visiting(request)
        if _allowed(visit, "audit"):
            await _audit(visit)

    @ui.page("/users", response_timeout=60)
    async def administering(request: Request) -> None:
        visit = visiting(request)
        if _allowed(visit, "users"):
            _users(visit)


def _allowed(visit: Visit, place: Place) -> bool:
    if visit.identity.may("administer"):
        return True
    text = visit.reading.text
    visit.console.audit.record(visit.identity.user.name, "refused", f"/{place}")
    ui.context.client.status_code = 403
    with frame(visit.frame(), text("Not allowed"), None):
        heading(text("Not allowed"))
        with card(text("Only administrators see this page")):
            Tag("p", "", text("Your role does not allow this; ask an administrator."))
    return False


async def _audit(visit: Visit) -> None:
    parameters = visit.request.query_params
    user, asked, before = (
        parameters.get("user", ""),
        parameters.get("action", ""),
        parameters.get("before", ""),
    )
    action: Action | None = next((one for one in get_args(Action) if one == asked), None)
    console = visit.console
    console.audit.record(visit.identity.user.name, "audit_read")
    page = await visit.ask(
        lambda: console.audit.page(
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
            user=user or None,
            action=action,
        )
    )
    with frame(visit.frame(), visit.reading.text("Audit log"), "audit"):
        heading(visit.reading.text("Audit log"))
        show_audit(visit.reading, page, user, asked)


def _users(visit: Visit) -> None:
    accounts = visit.console.accounts

    def add(fields: dict[str, str]) -> tuple[Action, str]:
        user = accounts.add(fields.get("name", ""), fields.get("password", ""), _role(fields))
        return "user_added", user.name

    def role(fields: dict[str, str]) -> tuple[Action, str]:
        accounts.set_role(fields["name"], _role(fields))
        return "role_changed", fields["name"]

    def password(fields: dict[str, str]) -> tuple[Action, str]:
        accounts.set_password(fields["name"], fields.get("password", ""))
        return "password_changed", fields["name"]

    def remove(fields: dict[str, str]) -> tuple[Action, str]:
        accounts.remove(fields["name"])
        return "user_removed", fields["name"]

    with frame(visit.frame(), visit.reading.text("Users"), "users"):
        heading(visit.reading.text("Users"))
        show_users(
            visit.reading,
            accounts.users(),
            visit.identity.user.name,
            add=_changing(visit, add),
            role=_changing(visit, role),
            password=_changing(visit, password),
            remove=_changing(visit, remove),
        )


def _role(fields: dict[str, str]) -> Role:
    given = fields.get("role", "")
    for role in ROLES:
        if role == given:
            return role
    raise no_such_role(given)


def _changing(visit: Visit, change: Callable[[dict[str, str]], tuple[Action, str]]) -> Change:
    """Do a change for an administrator, log it, and show the page anew."""

    async def changing(fields: dict[str, str]) -> bool:
        def do(identity: Identity) -> None:
            action, subject = change(fields)
            visit.console.audit.record(identity.user.name, action, subject, role=fields.get("role"))

        done = await visit.act("administer", do)
        if done:
            ui.navigate.reload()
        return done

    return changing
