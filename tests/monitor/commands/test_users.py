"""``users``: accounts from the command line."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from monitor.cli import commands
from monitor.console.audit import AuditLog
from monitor.console.database import ConsoleDatabase

PASSWORD = "correct-horse\n"


def users(data: Path, *arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(commands, ["users", *arguments, "--data", str(data)], input=given)


def test_accounts_are_made_changed_and_removed_and_the_log_says_so(tmp_path: Path) -> None:
    assert users(tmp_path, "add", "root", "administrator", given=PASSWORD).exit_code == 0
    assert users(tmp_path, "add", "li", "viewer", given=PASSWORD).exit_code == 0
    assert users(tmp_path, "role", "li", "analyst").exit_code == 0
    assert users(tmp_path, "token", "li", "--label", "nightly").output.strip().startswith("om_")
    assert "nightly" in users(tmp_path, "token", "li", "--list").output
    assert '"name":"li","role":"analyst"' in users(tmp_path, "list", "--json").output
    assert users(tmp_path, "remove", "li").exit_code == 0
    with ConsoleDatabase(tmp_path) as database:
        actions = [entry.action for entry in AuditLog(database).page().entries]
    assert actions[::-1] == ["user_added", "user_added", "role_changed", "token_made", "user_removed"]


def test_a_password_is_not_printed(tmp_path: Path) -> None:
    assert "correct" not in users(tmp_path, "add", "root", "administrator", given=PASSWORD).output
