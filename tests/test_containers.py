"""What can be known of the containers without running them: their settings, ports, rights and limits."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from monitor.cli import commands
from monitor.commands.topics import topics
from monitor.metrics import MetricsServer
from monitor.roles import ROLES
from monitor.settings import NotificationsSettings, load_settings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, object]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]


def text(value: object) -> str:
    assert isinstance(value, str)
    return value


def listed(service: dict[str, object], key: str) -> list[str]:
    value = service.get(key, [])
    assert isinstance(value, list)
    return [str(one) for one in value]


def settings_of(service: dict[str, object]) -> dict[str, str]:
    """The environment of a service as our settings read it, with secrets filled in."""
    environment = service["environment"]
    assert isinstance(environment, dict)
    return {
        name: re.sub(r"\$\{[A-Z_]+:\?[^}]*\}", "5a" * 32, str(value)) for name, value in environment.items()
    }


def test_every_role_and_server_is_there() -> None:
    assert set(SERVICES) == {
        *ROLES, "intake", "console", "relay", "prepare-topics", "prepare-index",
        "kafka", "elasticsearch", "prometheus", "alertmanager", "grafana",
    }  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_the_environment_of_our_services_is_valid_settings(name: str) -> None:
    loaded = load_settings(ROOT / "config" / "monitor.toml", settings_of(SERVICES[name])).settings
    assert loaded.kafka.servers == "kafka:9092"
    assert loaded.elasticsearch.url == "http://elasticsearch:9200"


@pytest.mark.parametrize("name", OURS)
def test_the_commands_of_our_services_exist(name: str) -> None:
    first, *rest = listed(SERVICES[name], "command")
    assert first in commands.list_commands(click.Context(commands))
    if first == "topics":
        assert rest[0] in topics.commands
    if first == "worker":
        assert rest[0] == name


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_bound_to_loopback(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in listed(SERVICES[name], "ports"))


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root_or_gains_rights(name: str) -> None:
    service = SERVICES[name]
    assert text(service["user"]).partition(":")[0] not in {"", "0", "root"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_memory_limit_and_a_health_check(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", text(SERVICES[name]["mem_limit"]))
    assert SERVICES[name]["healthcheck"]


@pytest.mark.parametrize("name", SERVICES)
def test_roots_are_read_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", OURS)
def test_our_services_read_the_operators_files_from_the_host(name: str) -> None:
    """Nothing that an operator edits is part of the image: a change needs a start, no build."""
    assert "./config:/etc/opinion-monitor:ro" in listed(SERVICES[name], "volumes")
    found = settings_of(SERVICES[name])["OPINION_MONITOR_CONFIG"]
    assert found == "/etc/opinion-monitor/monitor.toml"
    assert (ROOT / "config" / Path(found).name).is_file()
    assert "etc/opinion-monitor" not in (ROOT / "Dockerfile").read_text("utf-8")


def test_no_secret_has_a_default() -> None:
    source = (ROOT / "docker-compose.yml").read_text("utf-8")
    secrets = re.findall(r"^\s*\w*(?:PASSWORD|TOKEN|KEY)\w*: (.*)$", source, flags=re.MULTILINE)
    assert len(secrets) == 4
    assert all(re.match(r"\$\{[A-Z_]+:\?", value) for value in secrets)


def test_volumes_that_are_used_are_declared() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in listed(service, "volumes")
        if not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])


def test_files_that_are_mounted_exist() -> None:
    mounted = [
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in listed(service, "volumes")
        if volume.startswith(".")
    ]
    assert mounted
    assert all((ROOT / path).is_file() for path in mounted if path != "./config")


def test_prometheus_scrapes_every_role_and_the_intake_where_they_listen() -> None:
    config = yaml.safe_load((ROOT / "config" / "prometheus.yml").read_text("utf-8"))
    targets = {
        job["job_name"]: sorted(job["static_configs"][0]["targets"]) for job in config["scrape_configs"]
    }
    port = settings_of(SERVICES["score"])["OPINION_MONITOR__METRICS__LISTEN"].rpartition(":")[2]
    relay = listed(SERVICES["relay"], "command")[2].rpartition(":")[2]
    assert targets == {
        "opinion-monitor": sorted(f"{name}:{port}" for name in (*ROLES, "intake")),
        "relay": [f"relay:{relay}"],
    }


def test_prometheus_has_every_file_of_rules() -> None:
    mounted = [
        path for path in listed(SERVICES["prometheus"], "volumes") if path.startswith("./config/rules/")
    ]
    assert mounted == [
        f"./config/rules/{name}:/etc/prometheus/rules/{name}:ro"
        for name in ("opinion.yml", "operations.yml", "walls.yml")
    ]
    assert len(mounted) == len(list((ROOT / "config" / "rules").glob("*.yml")))


def test_alertmanager_bears_the_token_that_the_relay_wants() -> None:
    assert SERVICES["alertmanager"]["secrets"] == ["relay_token"]
    # A container whose root is read-only takes no secret from the environment.
    assert COMPOSE["secrets"] == {"relay_token": {"file": "./secrets/relay_token"}}
    assert "secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    token = SERVICES["relay"]["environment"]
    assert isinstance(token, dict)
    assert token["OPINION_MONITOR__NOTIFICATIONS__TOKEN"].startswith("${RELAY_TOKEN:?")
    assert NotificationsSettings().token_file == "/run/secrets/relay_token"


def test_the_health_check_asks_a_path_that_is_served() -> None:
    healthcheck = SERVICES["score"]["healthcheck"]
    assert isinstance(healthcheck, dict)
    assert "/readyz" in str(healthcheck["test"])
    assert "/readyz" in str(MetricsServer.__doc__)


def test_the_image_runs_as_a_user_and_installs_nothing_that_is_not_locked() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert "USER monitor" in lines
    installs = [line for line in lines if re.search(r"pip (install|wheel)", line)]
    assert [re.findall(r"requirements/\w+\.txt", line) for line in installs] == [
        ["requirements/runtime.txt"], ["requirements/build.txt"], [], [],
    ]  # fmt: skip
    for line in installs:
        assert "--require-hashes" in line or "--no-index --no-deps" in line, line
    assert any("pip wheel" in line and "--no-build-isolation" in line for line in installs)
    assert not any("latest" in line for line in lines if line.startswith("FROM"))


def test_what_builds_the_package_is_locked() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    locked = (ROOT / "requirements" / "build.txt").read_text("utf-8")
    for requirement in wanted:
        name = re.match(r"[a-z-]+", requirement)
        assert name is not None
        assert re.search(rf"^{name[0]}==", locked, flags=re.MULTILINE)
    assert locked.count("==") == len(re.findall(r"==\S+ \\\n +--hash=sha256:", locked)) > 0


def test_what_the_image_copies_is_let_into_its_context() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    copied = [
        source
        for line in dockerfile.splitlines()
        if line.startswith("COPY") and "--from" not in line
        for source in [word for word in line.split()[1:-1] if not word.startswith("--")]
    ]
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    assert {source.partition("/")[0] for source in copied} <= allowed


@pytest.mark.parametrize("name", SERVICES)
def test_what_lies_in_memory_belongs_to_who_writes_it(name: str) -> None:
    """A tmpfs belongs to root, with the mode of the folder it hides, unless it says otherwise."""
    user, _, group = text(SERVICES[name]["user"]).partition(":")
    for place, _, options in (one.partition(":") for one in listed(SERVICES[name], "tmpfs")):
        assert place == "/tmp" or group == "0" or f"uid={user}" in options, place
