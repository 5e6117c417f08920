"""Every setting, its type, its bounds and its default; ``config/monitor.toml`` documents each.

Order of precedence: environment (``OPINION_MONITOR__SECTION__KEY``), then the file, then the defaults
here. A key that no section has, a wrong type or a value out of bounds is a ``SettingsError`` that names
file (or variable), key, value and what is allowed.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from monitor.errors import SettingsError
from monitor.settings_checks import check, check_together
from monitor.toml_file import PLACE, UNKNOWN_FIELD, read_toml

ENVIRONMENT_PREFIX = "OPINION_MONITOR__"
CONFIG_VARIABLE = "OPINION_MONITOR_CONFIG"

Platform = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Sentiment = Literal["default", "ngrams", "snownlp", "none"]
SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
Compression = Literal["zstd", "lz4", "gzip", "none"]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class RecordsSettings(_Section, frozen=True):
    """Which records are taken in."""

    platforms: tuple[Platform, ...] = ("sina_weibo", "tencent_weibo")


class PrivacySettings(_Section, frozen=True):
    """The key of the pseudonyms; empty: ``pseudonym.key`` in the data directory, made on first run."""

    pseudonym_key: str = ""


class ScoringSettings(_Section, frozen=True):
    """How texts are scored; ``model_file`` empty: the model that comes with the package."""

    sentiment: Sentiment = "default"
    model_file: str = ""
    watchlists: str = "watchlists.toml"
    officials: str = "officials.csv"


class RunSettings(_Section, frozen=True):
    """The embedded runner."""

    batch_records: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 2_000
    batch_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 1.0
    partitions: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    snapshot_batches: Annotated[int, msgspec.Meta(ge=1, le=256)] = 32


class KafkaSettings(_Section, frozen=True):
    """The broker and its topics."""

    servers: Annotated[str, msgspec.Meta(pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$")] = (
        "127.0.0.1:9092"
    )
    prefix: Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9._-]{0,100}$")] = "opinion."
    partitions: Annotated[int, msgspec.Meta(ge=1, le=256)] = 12
    replication: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    compression: Compression = "zstd"
    snapshot_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 5.0
    session_seconds: Annotated[float, msgspec.Meta(ge=1, le=300)] = 10.0
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 10.0
    security_protocol: SecurityProtocol = "PLAINTEXT"
    ca_certificates: str = ""
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str = ""
    password: str = ""


class ElasticsearchSettings(_Section, frozen=True):
    """The search engine and its indices."""

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://\S+$")] = "http://127.0.0.1:9200"
    api_key: str = ""
    ca_certificates: str = ""
    fingerprint: str = ""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 30.0
    prefix: Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9][a-z0-9_-]{0,99})?$")] = ""
    period: Literal["month", "day"] = "month"
    shards: Annotated[int, msgspec.Meta(ge=1, le=1_024)] = 1
    replicas: Annotated[int, msgspec.Meta(ge=0, le=9)] = 1
    refresh_seconds: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = 5
    codec: Literal["best_compression", "default"] = "best_compression"


class AlertsSettings(_Section, frozen=True):
    """What people are alerted of."""

    rules: str = "alerts.toml"


class IntakeSettings(_Section, frozen=True):
    """Records over HTTP."""

    listen: Annotated[str, msgspec.Meta(pattern=r"^([^\s:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})$")] = (
        "127.0.0.1:8090"
    )
    token: str = ""
    body_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=64 * 1024 * 1024)] = 4 * 1024 * 1024
    waiting_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=4 * 1024 * 1024 * 1024)] = 64 * 1024 * 1024


class MetricsSettings(_Section, frozen=True):
    """Where metrics and health are served."""

    listen: Annotated[str, msgspec.Meta(pattern=r"^(off|[^\s:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})$")] = (
        "127.0.0.1:0"
    )


class ConsoleSettings(_Section, frozen=True):
    """Where the console is served, how long one stays signed in, and which proxies stand before it."""

    host: Annotated[str, msgspec.Meta(pattern=r"^[^\s/]+$")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8080
    session_hours: Annotated[float, msgspec.Meta(gt=0, le=168)] = 12.0
    secure: bool = False
    trusted_proxies: tuple[str, ...] = ()


class NotificationsSettings(_Section, frozen=True):
    """The relay, and what Alertmanager has to know of it."""

    channels: str = "channels.toml"
    listen: Annotated[str, msgspec.Meta(pattern=r"^([^\s:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})$")] = (
        "127.0.0.1:9301"
    )
    token: str = ""
    relay_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+$")] = "http://relay:9301"
    token_file: str = "/run/secrets/relay_token"  # noqa: S105 - where it lies, not what it is
    console_url: Annotated[str, msgspec.Meta(pattern=r"^(https?://\S+)?$")] = "http://127.0.0.1:8080"
    alive_at: Annotated[str, msgspec.Meta(pattern=r"^(off|([01]\d|2[0-3]):[0-5]\d)$")] = "09:00"
    allowed_networks: tuple[str, ...] = ()
    lookup_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 60.0
    group_seconds: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = 5
    mail_server: Annotated[str, msgspec.Meta(pattern=r"^([^\s:]+:\d{1,5})?$")] = ""
    mail_sender: str = "opinion-monitor@localhost"
    mail_user: str = ""
    mail_password_file: str = ""
    mail_starttls: bool = True


class DisplaySettings(_Section, frozen=True):
    """How times are shown."""

    timezone: str = "Asia/Shanghai"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings, a section each."""

    records: RecordsSettings = RecordsSettings()
    privacy: PrivacySettings = PrivacySettings()
    scoring: ScoringSettings = ScoringSettings()
    run: RunSettings = RunSettings()
    kafka: KafkaSettings = KafkaSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    alerts: AlertsSettings = AlertsSettings()
    intake: IntakeSettings = IntakeSettings()
    metrics: MetricsSettings = MetricsSettings()
    console: ConsoleSettings = ConsoleSettings()
    notifications: NotificationsSettings = NotificationsSettings()
    display: DisplaySettings = DisplaySettings()


SECRETS = frozenset(
    {
        "privacy.pseudonym_key",
        "kafka.password",
        "elasticsearch.api_key",
        "intake.token",
        "notifications.token",
    }
)
REDACTED = "********"
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")


class LoadedSettings(msgspec.Struct, frozen=True):
    """Settings with the file they came from."""

    settings: Settings
    path: Path

    def file(self, name: str) -> Path:
        """A file named in the settings; relative names start at the settings file's folder."""
        return self.path.parent / name

    def readable(self, section: str, key: str) -> Path:
        """The file that a setting names.

        Raises:
            SettingsError: it cannot be opened; names the setting, its value and where it was looked for.
        """
        name = str(getattr(getattr(self.settings, section), key))
        path = self.file(name)
        try:
            path.open("rb").close()
        except OSError as error:
            raise SettingsError(
                f"{section}.{key} = {name!r}: {path} cannot be read ({error.strerror}); "
                f"names start at the folder of {self.path}"
            ) from error
        return path


def default_path() -> Path:
    """The settings file when none is named: ``$OPINION_MONITOR_CONFIG``, ``./config``, or the packaged."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    here = Path("config/monitor.toml")
    if here.is_file():
        return here
    package = Path(__file__).parent
    packaged = package / "default_config" / "monitor.toml"
    return packaged if packaged.is_file() else package.parent / "config" / "monitor.toml"


def load_settings(path: Path | None, environment: Mapping[str, str]) -> LoadedSettings:
    """Read and validate settings.

    Raises:
        SettingsError: names file or variable, key, value and what is allowed.
    """
    path = path or default_path()
    tree = read_toml(path, "the settings file")
    _convert(tree, str(path))
    for variable, text in sorted(environment.items()):
        if variable.startswith(ENVIRONMENT_PREFIX):
            _override(tree, variable, text)
            _convert(tree, variable)
        elif _is_nearly_ours(variable):
            raise SettingsError(f"{variable}: is no setting; two underscores come before SECTION, too")
    settings = _convert(tree, str(path))
    check_together(settings, str(path))
    return LoadedSettings(settings, path)


def _override(tree: dict[str, object], variable: str, text: str) -> None:
    parts = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
    if len(parts) != 2:
        raise SettingsError(f"{variable}: must be {ENVIRONMENT_PREFIX}SECTION__KEY")
    section = tree.setdefault(parts[0], {})
    assert isinstance(section, dict)
    default = getattr(getattr(Settings(), parts[0], None), parts[1], None)
    plain = isinstance(default, str) and not text.startswith(('"', "'"))
    section[parts[1]] = text if plain else _environment_value(text)


def _is_nearly_ours(variable: str) -> bool:
    """Whether a variable is a setting but for an underscore; others may begin like ours, as the addresses of
    services do that are named after this program."""
    section, _, key = variable.removeprefix(ENVIRONMENT_PREFIX.removesuffix("_")).partition("__")
    return variable.startswith(ENVIRONMENT_PREFIX[:-1]) and bool(key) and section.lower() in _fields("")


def _environment_value(text: str) -> object:
    """A value as TOML would read it; anything else is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text


def _convert(tree: dict[str, object], origin: str) -> Settings:
    try:
        settings = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(_sentence(tree, origin, str(error))) from error
    check(settings, origin)
    return settings


_PATTERN = re.compile(r" matching regex '.*'$")


def _sentence(tree: dict[str, object], origin: str, message: str) -> str:
    at = PLACE.search(message)
    path = re.sub(r"\[\.*\]|\[\d+\]", "", at["path"]) if at else ""
    unknown = UNKNOWN_FIELD.search(message)
    if unknown:
        key = f"{path}.{unknown['field']}".strip(".")
        known = _fields(path)
        return f"{origin}: unknown key {key} = {_unknown_value(tree, key)}; allowed here: {', '.join(known)}"
    allowed = _allowed(path)
    said = PLACE.sub("", message)
    if allowed and _PATTERN.search(said):
        said = "is not of the right form"
    return f"{origin}: {path} = {_value(tree, path)}: {said}{allowed}"


def _fields(path: str) -> tuple[str, ...]:
    if not path:
        return Settings.__struct_fields__
    section = getattr(Settings(), path.split(".", maxsplit=1)[0])
    return tuple(section.__struct_fields__)


def _value(tree: dict[str, object], key: str) -> str:
    if key in SECRETS:
        return REDACTED
    found = _found(tree, key)
    return repr(_without_user(found) if isinstance(found, str) else found)


def _without_user(text: str) -> str:
    """A text with the name and password of every address in it redacted."""
    return _USERINFO.sub(f"{REDACTED}@", text)


def _unknown_value(tree: dict[str, object], key: str) -> str:
    """A number as it is; a text or table may be a secret whose name was misspelt."""
    value = _found(tree, key)
    return repr(value) if isinstance(value, bool | int | float) else REDACTED


def _found(tree: dict[str, object], key: str) -> object:
    value: object = tree
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


_ALLOWED: Mapping[str, str] = {
    "scoring.sentiment": "default, ngrams, snownlp, none",
    "metrics.listen": "HOST:PORT (port 0 takes a free one) or off",
    "kafka.servers": "HOST:PORT, several separated by commas",
    "kafka.prefix": "up to 100 letters, digits, dots, hyphens and underscores",
    "kafka.compression": "zstd, lz4, gzip, none",
    "kafka.security_protocol": "PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
    "kafka.mechanism": "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
    "elasticsearch.url": "http(s)://HOST:PORT",
    "elasticsearch.prefix": "up to 100 lower-case letters, digits, - and _, beginning with letter or digit",
    "elasticsearch.period": "month, day",
    "elasticsearch.codec": "best_compression, default",
    "intake.listen": "HOST:PORT",
    "console.host": "a name or address without a port",
    "notifications.listen": "HOST:PORT",
    "notifications.relay_url": "http(s)://HOST:PORT",
    "notifications.console_url": "http(s)://HOST, or nothing",
    "notifications.alive_at": "HH:MM or off",
    "notifications.mail_server": "HOST:PORT, or nothing",
    "records.platforms": "a list of names of lower-case letters, digits and _",
}


def _allowed(path: str) -> str:
    return f"; allowed: {_ALLOWED[path]}" if path in _ALLOWED else ""


def shown(settings: Settings) -> dict[str, dict[str, object]]:
    """All settings as plain data, secrets redacted."""
    tree: dict[str, dict[str, object]] = msgspec.to_builtins(settings)
    for secret in SECRETS:
        section, key = secret.split(".")
        if tree[section][key]:
            tree[section][key] = REDACTED
    for values in tree.values():
        values |= {key: _without_user(value) for key, value in values.items() if isinstance(value, str)}
    return tree
