"""The page of one's own account: who one is, and another password."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from monitor.console.accounts import SHORTEST_PASSWORD
from monitor.console.gate import SIGN_IN
from monitor.console.pages.elements import Tag, card, field, figures, live_form
from monitor.console.pages.shell import OWN_ACCOUNT, frame, heading
from monitor.console.pages.visit import Visit, Visiting
from monitor.console.services import Identity
from monitor.console.sessions import address_of


def account_pages(visiting: Visiting) -> None:
    """Put the page at its address; whoever is signed in may see it."""

    @ui.page(OWN_ACCOUNT, response_timeout=60)
    async def own(request: Request) -> None:
        _own(visiting(request))


def _own(visit: Visit) -> None:
    text, user = visit.reading.text, visit.identity.user

    async def change(fields: dict[str, str]) -> None:
        def give(identity: Identity) -> None:
            accounts, name = visit.console.accounts, identity.user.name
            accounts.check_password(name, fields.get("current", ""), address_of(visit.request))
            accounts.set_password(name, fields.get("password", ""))
            visit.console.audit.record(name, "password_changed", name)

        if await visit.act("read", give):
            ui.navigate.to(SIGN_IN)

    with frame(visit.frame(), text("Your account"), None):
        heading(text("Your account"))
        with card(text("Another password"), classes="slim"):
            figures(((text("Name"), user.name), (text("Role"), visit.reading.known(user.role))))
            with live_form(change, "stack loose"):
                for words, name, meant in (
                    (text("Present password"), "current", "current-password"),
                    (
                        text("New password, {count} characters or more", count=SHORTEST_PASSWORD),
                        "password",
                        "new-password",
                    ),
                ):
                    field(words, name, kind="password", required=True, autocomplete=meant)
                Tag("p", "small muted", text("All your sessions end; sign in again with the new password."))
                Tag("button", "button first", text("Change the password"), type="submit")
