"""How every client of ours reaches the brokers: the same addresses, trust and user for all libraries."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any, Literal

import msgspec
from aiokafka.conn import create_conn
from aiokafka.errors import AuthenticationFailedError, KafkaError, SaslAuthenticationFailed

from monitor.errors import BrokerAwayError, BrokerError

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """Where the brokers are and how to speak to them.

    ``servers`` is HOST:PORT, several separated by commas. ``ca_certificates`` vouch for the brokers where
    they speak TLS (None: the system's authorities do); ``user`` and ``password`` go with SASL.
    ``timeout_seconds`` is for questions about topics; messages are tried for ever.
    """

    servers: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    ca_certificates: Path | None = None
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str = ""
    password: str = ""
    timeout_seconds: float = 10.0

    def __repr__(self) -> str:
        """Without what is secret."""
        return f"Connection(servers={self.servers!r}, security_protocol={self.security_protocol!r})"

    @property
    def encrypted(self) -> bool:
        """Whether the brokers speak TLS."""
        return self.security_protocol in {"SSL", "SASL_SSL"}

    @property
    def authenticated(self) -> bool:
        """Whether a user and a password are sent."""
        return self.security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}

    def trust(self) -> ssl.SSLContext | None:
        """Whom to trust; None without TLS."""
        return ssl.create_default_context(cafile=self.ca_certificates) if self.encrypted else None

    def options(self) -> dict[str, Any]:
        """What the constructors of aiokafka and kafka-python take, under the names that both use."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.servers.split(","),
            "security_protocol": self.security_protocol,
        }
        if self.encrypted:
            options["ssl_context"] = self.trust()
        if self.authenticated:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = self.password
        return options


def greet(connection: Connection) -> None:
    """Return when one of the brokers speaks to us; clients that fail to connect do not say why.

    Raises ``BrokerError`` with what stands in the way.
    """
    try:
        asyncio.run(_greet(connection))
    except ssl.SSLError as error:
        raise BrokerError(
            f"Kafka at {connection.servers} cannot be trusted: its certificate does not fit; "
            f"see to kafka.ca_certificates ({error.reason})"
        ) from error
    except (SaslAuthenticationFailed, AuthenticationFailedError) as error:
        raise BrokerError(
            f"Kafka at {connection.servers} refuses the user {connection.user!r}; "
            "correct kafka.user and kafka.password"
        ) from error
    except (KafkaError, OSError, TimeoutError, OverflowError) as error:
        raise BrokerAwayError(
            f"Kafka at {connection.servers} cannot be reached; start it, or correct kafka.servers "
            f"and kafka.security_protocol ({type(error).__name__})"
        ) from error


async def _greet(connection: Connection) -> None:
    options = connection.options()
    failures: list[Exception] = []
    for server in options.pop("bootstrap_servers"):
        host, _, port = server.rpartition(":")
        try:
            made = await asyncio.wait_for(create_conn(host, int(port), **options), connection.timeout_seconds)
        except (KafkaError, OSError, TimeoutError, OverflowError) as failure:  # a port above 65535 overflows
            failures.append(failure)
            continue
        made.close()
        return
    raise failures[0]
