"""``users``: who may sign in to the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from monitor.commands.options import data_option, json_option, settings_of
from monitor.commands.tables import print_rows
from monitor.composition_console import accounts_in
from monitor.console.accounts import Accounts
from monitor.console.audit import COMMAND_LINE, Action, AuditLog
from monitor.console.database import DATABASE_NAME, ConsoleDatabase
from monitor.console.roles import ROLES, Role
from monitor.errors import AccessError, StoreError
from monitor.presentation import Row

_role = click.argument("role", type=click.Choice(ROLES))
_name = click.argument("name")


class Register(msgspec.Struct, frozen=True):
    """Accounts, and the log of what is done to them."""

    accounts: Accounts
    audit: AuditLog

    def note(self, action: Action, subject: str, **details: str) -> None:
        """Add what was done here to the audit log."""
        self.audit.record(COMMAND_LINE, action, subject, **details)


@click.group(short_help="Accounts of the console.")
def users() -> None:
    """Accounts of the console: add, list, role, password, remove, token.

    What is done here stands in the audit log. Passwords are asked for, or read from standard input.
    """


@users.command()
@_name
@_role
@data_option
@click.pass_context
def add(context: click.Context, name: str, role: Role, data: Path) -> None:
    """Make an account; ROLE is viewer, analyst or administrator."""
    with _register(context, data, new=True) as register:
        user = register.accounts.add(name, _password(), role)
        register.note("user_added", user.name, role=role)
    click.echo(f"{user.name} is {user.role}")


@users.command("list")
@data_option
@json_option
@click.pass_context
def list_users(context: click.Context, data: Path, as_json: bool) -> None:
    """List accounts."""
    with _register(context, data) as register:
        found = register.accounts.users()
    if as_json:
        for user in found:
            click.echo(msgspec.json.encode(user))
    else:
        print_rows([{"name": user.name, "role": user.role} for user in found], ("name", "role"))


@users.command("role")
@_name
@_role
@data_option
@click.pass_context
def change_role(context: click.Context, name: str, role: Role, data: Path) -> None:
    """Give an account another role."""
    with _register(context, data) as register:
        register.accounts.set_role(name, role)
        register.note("role_changed", name, role=role)
    click.echo(f"{name} is {role}")


@users.command()
@_name
@data_option
@click.pass_context
def password(context: click.Context, name: str, data: Path) -> None:
    """Give an account another password; it is signed out everywhere."""
    with _register(context, data) as register:
        register.accounts.set_password(name, _password())
        register.note("password_changed", name)
    click.echo(f"the password of {name} is changed")


@users.command()
@_name
@data_option
@click.pass_context
def remove(context: click.Context, name: str, data: Path) -> None:
    """Remove an account with its sessions, tokens and saved searches."""
    with _register(context, data) as register:
        register.accounts.remove(name)
        register.note("user_removed", name)
    click.echo(f"{name} is removed")


@users.command(short_help="Make, list or revoke bearer tokens for the API.")
@_name
@click.option("--label", default="", help="What the token is for.")
@click.option("--list", "listing", is_flag=True, help="List the account's tokens instead.")
@click.option("--revoke", metavar="ID", help="Make a token worthless instead.")
@data_option
@click.pass_context
def token(
    context: click.Context, name: str, label: str, listing: bool, revoke: str | None, data: Path
) -> None:
    """Make a bearer token for the API with the account's rights; it is printed this once."""
    with _register(context, data) as register:
        if listing:
            rows: list[Row] = [{"id": one.id, "label": one.label} for one in register.accounts.tokens(name)]
            print_rows(rows, ("id", "label"))
        elif revoke is not None:
            register.accounts.revoke_token(revoke)
            register.note("token_revoked", revoke)
            click.echo(f"token {revoke} is worthless now")
        else:
            made = register.accounts.make_token(name, label)
            register.note("token_made", name, label=label)
            click.echo(made)


@contextmanager
def _register(context: click.Context, data: Path, *, new: bool = False) -> Iterator[Register]:
    if not new and not (data / DATABASE_NAME).exists():
        raise StoreError(
            f"there are no accounts in {data}; 'opinion-monitor console' makes the first one, or users add"
        )
    with ConsoleDatabase(data) as database:
        yield Register(accounts_in(database, settings_of(context)), AuditLog(database))


def _password() -> str:
    """The password, asked for twice on a terminal, else the first line of standard input."""
    stdin = click.get_text_stream("stdin")
    if stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    given = stdin.readline().rstrip("\r\n")
    if not given:
        raise AccessError("no password on standard input; give it as its first line, or call from a terminal")
    return given
