"""What a setting must be beyond its type and bounds, and what belongs together."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.addresses import HIGHEST_PORT, host_and_port
from monitor.errors import SettingsError
from monitor.privacy import parse_key

if TYPE_CHECKING:
    from monitor.settings import KafkaSettings, Settings

SHORTEST_TOKEN = 16
_RESERVED_PLATFORMS = frozenset({"link", "account", "text", "all"})


def check(settings: Settings, origin: str) -> None:
    """Raise ``SettingsError`` with the first value that cannot be; ``origin`` is where it was read."""
    if not settings.records.platforms:
        raise SettingsError(f"{origin}: records.platforms is empty; name at least one platform")
    for platform in settings.records.platforms:
        if platform in _RESERVED_PLATFORMS:
            raise SettingsError(f"{origin}: records.platforms: {platform!r} is reserved; choose another name")
    if settings.privacy.pseudonym_key:
        parse_key(settings.privacy.pseudonym_key, f"{origin}: privacy.pseudonym_key")
    _check_zone(settings, origin)
    _check_tokens(settings, origin)
    for key, address in _addresses(settings):
        if host_and_port(address) is None:
            raise SettingsError(
                f"{origin}: {key} = {address!r}: is not HOST:PORT with a port up to {HIGHEST_PORT}"
            )
    _check_urls(settings, origin)
    _check_proxies(settings, origin)


def check_together(settings: Settings, origin: str) -> None:
    """Raise ``SettingsError`` where values do not go together, once all of them are known."""
    _check_security(settings.kafka, origin)


def _check_zone(settings: Settings, origin: str) -> None:
    try:
        ZoneInfo(settings.display.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"{origin}: display.timezone = {settings.display.timezone!r}: not a time zone; "
            "use an IANA name such as Asia/Shanghai"
        ) from error


def _check_tokens(settings: Settings, origin: str) -> None:
    """An empty token is none yet; the servers that need one say so."""
    tokens = {"intake.token": settings.intake.token, "notifications.token": settings.notifications.token}
    for key, token in tokens.items():
        if token and len(token) < SHORTEST_TOKEN:
            raise SettingsError(
                f"{origin}: {key} has {len(token)} characters; allowed: at least {SHORTEST_TOKEN}, or none"
            )


def _addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    for server in settings.kafka.servers.split(","):
        yield "kafka.servers", server
    yield "intake.listen", settings.intake.listen
    yield "notifications.listen", settings.notifications.listen
    if settings.metrics.listen != "off":
        yield "metrics.listen", settings.metrics.listen
    if settings.notifications.mail_server:
        yield "notifications.mail_server", settings.notifications.mail_server


def _check_urls(settings: Settings, origin: str) -> None:
    urls = {
        "elasticsearch.url": settings.elasticsearch.url,
        "notifications.relay_url": settings.notifications.relay_url,
        "notifications.console_url": settings.notifications.console_url,
    }
    for key, url in urls.items():
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError as error:
            raise SettingsError(
                f"{origin}: {key} is no address: its host or port cannot be; allowed: http(s)://HOST:PORT, "
                f"with a port up to {HIGHEST_PORT}"
            ) from error
        if "@" in parts.netloc:
            way_out = "; give elasticsearch.api_key" if key == "elasticsearch.url" else ""
            raise SettingsError(f"{origin}: {key} holds a name or password; leave it out{way_out}")


def _check_proxies(settings: Settings, origin: str) -> None:
    for proxy in settings.console.trusted_proxies:
        try:
            ip_network(proxy)
        except ValueError as error:
            raise SettingsError(
                f"{origin}: console.trusted_proxies: {proxy!r} is no address and no network ({error}); write "
                "10.20.0.5 or 10.20.0.0/16"
            ) from error


def _check_security(kafka: KafkaSettings, origin: str) -> None:
    """What belongs together must be there together: half of it would be sent in the open, or not at all."""
    protocol = f"{origin}: kafka.security_protocol = {kafka.security_protocol!r}"
    sasl, tls = kafka.security_protocol.startswith("SASL"), kafka.security_protocol.endswith("SSL")
    if sasl and not (kafka.user and kafka.password):
        raise SettingsError(f"{protocol} needs kafka.user and kafka.password")
    if not sasl and (kafka.user or kafka.password):
        raise SettingsError(f"{protocol}, but a user or password is given; set SASL_SSL, or leave them out")
    if not tls and kafka.ca_certificates:
        raise SettingsError(
            f"{protocol}, but kafka.ca_certificates are given; set SSL or SASL_SSL, or leave them out"
        )
