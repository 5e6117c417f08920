"""Clients get what the settings say of the brokers, and nothing secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from faust.auth import SASLCredentials, SSLCredentials

from monitor.brokers import connection_of
from monitor.errors import SettingsError
from monitor.settings import REDACTED, load_settings, shown
from streams.app import _credentials
from streams.connection import Connection

CONFIG = Path("config/monitor.toml")
PREFIX = "OPINION_MONITOR__KAFKA__"


def settings_with(**kafka: str) -> Connection:
    variables = {f"{PREFIX}{name.upper()}": value for name, value in kafka.items()}
    return connection_of(load_settings(CONFIG, variables))


def test_a_user_goes_to_all_clients() -> None:
    connection = settings_with(
        security_protocol="SASL_SSL", user="monitor", password="hidden", mechanism="SCRAM-SHA-256"
    )
    options = connection.options()
    assert options["security_protocol"] == "SASL_SSL"
    assert options["ssl_context"].check_hostname
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("monitor", "hidden")
    credentials = _credentials(connection)
    assert isinstance(credentials, SASLCredentials)
    assert credentials.protocol.value == "SASL_SSL"
    assert credentials.mechanism.value == options["sasl_mechanism"] == "SCRAM-SHA-256"


def test_tls_without_a_user() -> None:
    connection = settings_with(security_protocol="SSL")
    assert "sasl_mechanism" not in connection.options()
    assert isinstance(_credentials(connection), SSLCredentials)


def test_plain_brokers_get_nothing() -> None:
    connection = settings_with(servers="one:1,two:2")
    assert connection.options() == {"bootstrap_servers": ["one:1", "two:2"], "security_protocol": "PLAINTEXT"}
    assert _credentials(connection) is None


@pytest.mark.parametrize(
    ("kafka", "sentence"),
    [
        ({"security_protocol": "SASL_SSL", "user": "monitor"}, "needs kafka.user and kafka.password"),
        ({"user": "monitor", "password": "hidden"}, "but a user or password is given"),
        ({"ca_certificates": "brokers.pem"}, "but kafka.ca_certificates are given"),
        ({"security_protocol": "TLS"}, "allowed: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        ({"security_protocol": "SSL", "ca_certificates": "none.pem"}, "'none.pem' cannot be used"),
    ],
)
def test_half_of_what_belongs_together_is_refused(kafka: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_with(**kafka)
    assert sentence in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_the_password_is_shown_nowhere() -> None:
    variables = {
        f"{PREFIX}SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        f"{PREFIX}USER": "monitor",
        f"{PREFIX}PASSWORD": "hidden",
    }
    loaded = load_settings(CONFIG, variables)
    assert shown(loaded.settings)["kafka"]["password"] == REDACTED
    assert "hidden" not in repr(connection_of(loaded))
