"""Pages for administrators: who may sign in, and who did what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from urllib.parse import unquote_plus, urlencode

from monitor.console.accounts import SHORTEST_PASSWORD, User
from monitor.console.audit import ACTIONS, AuditEntry, AuditPage
from monitor.console.pages.elements import Cell, Tag, block, card, choice, field, link, live_form, table
from monitor.console.pages.reading import Reading
from monitor.console.roles import ROLES

_CLOSED = frozenset({"by", "finding", "found", "label", "role"})
"""Details whose values are of a closed set."""
Change = Callable[[dict[str, str]], Awaitable[bool]]
"""Takes the fields of a form: does what they ask, or tells the reader why not; whether it was done."""


def show_audit(reading: Reading, page: AuditPage, user: str, action: str) -> None:
    """The log, the latest first, with a form to filter it."""
    text = reading.text
    with card(text("Who did what"), note=text("only ever added to")):
        with Tag("form", "row wide aligned", method="get", action="/audit"):
            field(text("Account"), "user", value=user)
            options = [("", text("everything"))]
            options += [(name, reading.known(f"did {name}")) for name in ACTIONS]
            choice(text("What"), "action", options, action)
            Tag("button", "button small", text("Show"), type="submit")
        if not page.entries:
            Tag("p", "nothing", text("Nothing of this kind was done."))
            return
        table(
            (text("when"), text("who"), text("what"), text("on what"), text("details")),
            [_entry(reading, entry) for entry in page.entries],
            texts=(3, 4),
            caption=text("Who did what"),
            stacked=True,
        )
        if page.before is not None:
            asked = {"user": user, "action": action, "before": str(page.before)}
            address = f"/audit?{urlencode({name: value for name, value in asked.items() if value})}"
            with block("row"):
                link(text("Next page"), address, "button push", rel="next")


def _entry(reading: Reading, entry: AuditEntry) -> list[Cell]:
    told = {name: unquote_plus(str(value)) for name, value in entry.details.items() if value}
    if told.get("state") in {"", f"q={entry.subject}"}:
        # A plain search is its words, which stand beside it.
        del told["state"]
    details = "; ".join(_detail(reading, name, value) for name, value in told.items())
    return [
        reading.moment(entry.at),
        entry.user,
        reading.known(f"did {entry.action}"),
        entry.subject,
        details,
    ]


def _detail(reading: Reading, name: str, value: str) -> str:
    """One detail of an entry; what people wrote (a name, a search) stays as it is."""
    key = f"detail {name}"
    words = reading.known(key)
    told = reading.known(value) if name in _CLOSED else value
    return f"{name if words == key else words}: {told}"


def show_users(
    reading: Reading,
    users: Sequence[User],
    me: str,
    *,
    add: Change,
    role: Change,
    password: Change,
    remove: Change,
) -> None:
    """All accounts with what can be changed of them, and a form for a new one."""
    text = reading.text
    with block("columns evidence"):
        with card(text("Accounts of the console"), classes="forms"):
            table(
                (text("name"), text("since"), text("role"), text("new password"), ""),
                [
                    (
                        user.name if user.name != me else text("{name} (you)", name=user.name),
                        reading.stamp(user.created_at * 1000),
                        partial(_role, reading, user, role),
                        partial(_password, reading, user, password),
                        partial(_remove, reading, user, remove) if user.name != me else "",
                    )
                    for user in users
                ],
                caption=text("Accounts of the console"),
                stacked=True,
            )
        with card(text("New account")), live_form(add, "stack loose"):
            field(text("Name"), "name", required=True, autocomplete="off")
            field(
                text("Password, {count} characters or more", count=SHORTEST_PASSWORD),
                "password",
                kind="password",
                required=True,
                autocomplete="new-password",
            )
            choice(text("Role"), "role", [(one, reading.known(one)) for one in ROLES], "viewer")
            roles = text(
                "Viewers read; analysts also export and judge; "
                "administrators also see to accounts and the audit log."
            )
            Tag("p", "small muted", roles)
            Tag("button", "button first", text("Make the account"), type="submit")


def _role(reading: Reading, user: User, change: Change) -> None:
    async def give(fields: dict[str, str]) -> None:
        if not await change(fields):
            form.run_method("reset")

    with live_form(give, "row nowrap-row") as form:
        Tag("input", type="hidden", name="name", value=user.name)
        with Tag(
            "select",
            "select",
            name="role",
            autocomplete="off",
            aria_label=reading.text("Role of {name}", name=user.name),
        ):
            for role in ROLES:
                Tag("option", "", reading.known(role), value=role, selected=role == user.role)
        Tag("button", "button small", reading.text("Set"), type="submit")


def _password(reading: Reading, user: User, change: Change) -> None:
    with live_form(change, "row nowrap-row"):
        Tag("input", type="hidden", name="name", value=user.name)
        Tag(
            "input",
            "input short",
            type="password",
            name="password",
            required=True,
            autocomplete="new-password",
            aria_label=reading.text("New password of {name}", name=user.name),
        )
        Tag("button", "button small", reading.text("Set"), type="submit")


def _remove(reading: Reading, user: User, change: Change) -> None:
    with live_form(change):
        Tag("input", type="hidden", name="name", value=user.name)
        with Tag("details", "menu"):
            Tag("summary", "button small", reading.text("Remove"))
            with block("menu-list"):
                told = reading.text(
                    "{name} can then no longer sign in; the audit log keeps the name.", name=user.name
                )
                Tag("p", "", told)
                Tag("button", "button", reading.text("Remove {name}", name=user.name), type="submit")
