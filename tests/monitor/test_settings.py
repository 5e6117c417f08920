"""Settings: what is wrong is named, with the value and what is allowed."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from monitor.errors import SettingsError
from monitor.settings import REDACTED, Settings, load_settings, shown

SHIPPED = Path(__file__).parents[2] / "config" / "monitor.toml"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "monitor.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_states_every_setting_with_its_default() -> None:
    assert tomllib.loads(SHIPPED.read_text("utf-8")) == msgspec.json.decode(msgspec.json.encode(Settings()))


def test_every_setting_of_the_shipped_file_is_explained() -> None:
    lines = SHIPPED.read_text("utf-8").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if " = " in line and not line.startswith("#") and not before.startswith("#")
    ]
    assert bare == []


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, ""), {}).settings == Settings()


def test_environment_goes_before_file_goes_before_default(tmp_path: Path) -> None:
    path = write(tmp_path, "[run]\nbatch_records = 7\npartitions = 3\n")
    loaded = load_settings(path, {"OPINION_MONITOR__RUN__PARTITIONS": "5", "OTHER": "x"})
    assert (loaded.settings.run.batch_records, loaded.settings.run.partitions) == (7, 5)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[runs]\n", ("unknown key runs", "allowed here: records, privacy")),
        ("[run]\nbatch = 5\n", ("unknown key run.batch = 5", "batch_records")),
        ('[kafka]\npasswrod = "hunter2"\n', ("unknown key kafka.passwrod = ********", "password")),
        ('[elasticsearh]\napi_key = "hunter2"\n', ("unknown key elasticsearh = ********", "elasticsearch")),
        ("[run]\nbatch_records = 0\n", ("run.batch_records = 0", ">= 1")),
        ('[run]\nbatch_records = "many"\n', ("run.batch_records = 'many'", "`int`")),
        ('[scoring]\nsentiment = "best"\n', ("scoring.sentiment = 'best'", "default, ngrams, snownlp, none")),
        ('[metrics]\nlisten = "9100"\n', ("metrics.listen = '9100'", "HOST:PORT")),
        ('[display]\ntimezone = "Mars"\n', ("display.timezone = 'Mars'", "Asia/Shanghai")),
        ('[records]\nplatforms = ["text"]\n', ("records.platforms", "'text'", "reserved")),
        ('[records]\nplatforms = ["all"]\n', ("records.platforms", "'all'", "reserved")),
        ("records = 5\n", ("records = 5", "`object`")),
        ("[run\n", ("not TOML",)),
        ('[kafka]\nprefix = "a b"\n', ("kafka.prefix = 'a b'", "letters, digits")),
        ('[console]\ntrusted_proxies = ["*"]\n', ("console.trusted_proxies: '*'", "10.20.0.0/16")),
        ('[notifications]\nalive_at = "9"\n', ("notifications.alive_at = '9'", "HH:MM or off")),
        ('[intake]\nlisten = "127.0.0.1:99999"\n', ("intake.listen = '127.0.0.1:99999'", "up to 65535")),
        ('[metrics]\nlisten = "0.0.0.0:65536"\n', ("metrics.listen = '0.0.0.0:65536'", "up to 65535")),
        ('[kafka]\nservers = "a:9092,b:99092"\n', ("kafka.servers = 'b:99092'", "up to 65535")),
        ('[notifications]\nlisten = "h:70000"\n', ("notifications.listen = 'h:70000'", "up to 65535")),
        ('[notifications]\nmail_server = "h:70000"\n', ("notifications.mail_server", "up to 65535")),
        ('[notifications]\nrelay_url = "http://h:70000"\n', ("notifications.relay_url", "up to 65535")),
        ('[elasticsearch]\nurl = "http://h:70000"\n', ("elasticsearch.url", "up to 65535")),
        ('[elasticsearch]\nprefix = "-Bad"\n', ("elasticsearch.prefix = '-Bad'", "lower-case letters")),
        ('[intake]\ntoken = "short"\n', ("intake.token has 5 characters", "at least 16")),
        ('[notifications]\ntoken = "short"\n', ("notifications.token has 5 characters", "at least 16")),
        (
            '[elasticsearch]\nurl = "http://elastic:hunter2@h:9200"\n',
            ("elasticsearch.url holds a name or password", "api_key"),
        ),
        ('[elasticsearch]\nurl = "ftp://elastic:hunter2@h"\n', ("url = 'ftp://********@h'", "http(s)://")),
    ],
)
def test_what_is_wrong_is_named_with_value_and_way_out(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})
    message = str(caught.value)
    assert message.startswith(str(path))
    assert all(part in message for part in parts), message
    assert "hunter2" not in message
    assert "short" not in message


def patterned() -> list[str]:
    """Every setting whose text must have a form."""
    sections = msgspec.inspect.type_info(Settings)
    assert isinstance(sections, msgspec.inspect.StructType)
    return [
        f"{section.name}.{field.name}"
        for section in sections.fields
        if isinstance(section.type, msgspec.inspect.StructType)
        for field in section.type.fields
        if isinstance(field.type, msgspec.inspect.StrType) and field.type.pattern
    ]


@pytest.mark.parametrize("setting", patterned())
def test_what_form_a_setting_must_have_is_said_in_words(tmp_path: Path, setting: str) -> None:
    section, key = setting.split(".")
    with pytest.raises(SettingsError, match=f"{setting} = ' / ': is not of the right form; allowed: "):
        load_settings(write(tmp_path, f"[{section}]\n{key} = ' / '\n"), {})


def test_a_file_that_a_setting_names_is_missed_under_the_name_of_the_setting(tmp_path: Path) -> None:
    loaded = load_settings(write(tmp_path, ""), {})
    with pytest.raises(SettingsError) as caught:
        loaded.readable("scoring", "watchlists")
    message = str(caught.value)
    assert "scoring.watchlists = 'watchlists.toml'" in message
    assert f"{tmp_path / 'watchlists.toml'} cannot be read" in message


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    variable = "OPINION_MONITOR__RUN__BATCH_SECONDS"
    with pytest.raises(SettingsError, match=f"^{variable}: run.batch_seconds = -1"):
        load_settings(write(tmp_path, ""), {variable: "-1"})


def test_a_variable_that_lacks_an_underscore_is_named_and_others_that_begin_alike_are_not_ours(
    tmp_path: Path,
) -> None:
    path = tmp_path / "monitor.toml"
    path.write_text("")
    with pytest.raises(SettingsError, match=r"OPINION_MONITOR_RUN__BATCH_RECORDS.* two underscores"):
        load_settings(path, {"OPINION_MONITOR_RUN__BATCH_RECORDS": "9"})
    others = {"OPINION_MONITOR_CONSOLE_PORT": "tcp://10.0.0.1:80", "OPINION_MONITOR_OTHER__KEY": "9"}
    assert load_settings(path, others) == load_settings(path, {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: the settings file cannot be read"):
        load_settings(tmp_path / "none.toml", {})


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    key = "ab" * 32
    loaded = load_settings(write(tmp_path, f'[privacy]\npseudonym_key = "{key}"\n'), {})
    assert shown(loaded.settings)["privacy"]["pseudonym_key"] == REDACTED
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, f'[privacy]\npseudonym_key = ["{key}"]\n'), {})
    assert key not in str(caught.value)


def test_names_and_passwords_in_addresses_are_not_shown() -> None:
    given = msgspec.convert({"notifications": {"console_url": "https://ann:hunter2@h/x"}}, Settings)
    assert shown(given)["notifications"]["console_url"] == f"https://{REDACTED}@h/x"
