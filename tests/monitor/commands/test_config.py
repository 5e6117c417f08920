"""``config check`` finds what would stop a command later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import __version__
from monitor.cli import commands
from monitor.errors import SettingsError
from tests.testkit.program import ROOT


def checked(tmp_path: Path, text: str) -> Result:
    """``config check`` of the shipped settings with other values for some."""
    given = ROOT / "config"
    for name in ("watchlists.toml", "officials.csv", "alerts.toml", "channels.toml"):
        (tmp_path / name).write_bytes((given / name).read_bytes())
    path = tmp_path / "monitor.toml"
    path.write_text(text, "utf-8")
    return CliRunner().invoke(commands, ["--config", str(path), "config", "check"])


def test_what_is_shipped_is_valid(tmp_path: Path) -> None:
    assert checked(tmp_path, "").exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[kafka]\nsecurity_protocol = "SSL"\nca_certificates = "none.pem"\n',
            "kafka.ca_certificates = 'none.pem'",
        ),
        ('[elasticsearch]\nca_certificates = "none.pem"\n', "elasticsearch.ca_certificates = 'none.pem'"),
        ('[elasticsearch]\nca_certificates = "monitor.toml"\n', "monitor.toml holds no certificate"),
        (
            '[notifications]\nmail_password_file = "none"\n',
            "notifications.mail_password_file = 'none'",
        ),
        ('[notifications]\nallowed_networks = ["10.0.0.0/99"]\n', "notifications.allowed_networks"),
        ('[scoring]\nmodel_file = "none.model"\n', "none.model"),
        ('[intake]\nlisten = "h:99999"\n', "intake.listen = 'h:99999'"),
    ],
)
def test_what_cannot_be_is_found(tmp_path: Path, text: str, said: str) -> None:
    result = checked(tmp_path, text)
    assert result.exit_code != 0
    assert said in str(result.exception), result.output


def test_what_is_wrong_is_one_of_ours(tmp_path: Path) -> None:
    assert isinstance(checked(tmp_path, '[intake]\ntoken = "x"\n').exception, SettingsError)


def test_the_version_can_be_read_by_programs() -> None:
    result = CliRunner().invoke(commands, ["version", "--json"])
    assert json.loads(result.output) == {"name": "opinion-monitor", "version": __version__}
