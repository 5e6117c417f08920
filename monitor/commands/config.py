"""``config``: validate the settings, or show what holds."""

from __future__ import annotations

import ssl

import click
import msgspec

from monitor.commands.options import json_option, settings_of
from monitor.composition import officials_of, rules_of, scorer_of, watchlists_of
from monitor.errors import SettingsError
from monitor.relay.directory import heard_directory_of, networks_of
from monitor.settings import LoadedSettings, shown


@click.group()
def config() -> None:
    """Settings: check, show."""


@config.command(short_help="Validate all files that an operator edits.")
@click.pass_context
def check(context: click.Context) -> None:
    """Validate settings, watchlists, the register of official accounts, alert rules, channels and teams."""
    settings = settings_of(context)
    watchlists = watchlists_of(settings)
    officials = officials_of(settings)
    model = scorer_of(settings).model
    rules_of(settings)
    directory = heard_directory_of(settings)
    networks_of(settings.settings.notifications.allowed_networks)
    for section, key in (("kafka", "ca_certificates"), ("elasticsearch", "ca_certificates")):
        _check_certificates(settings, section, key)
    if settings.settings.notifications.mail_password_file:
        settings.readable("notifications", "mail_password_file")
    click.echo(
        f"{settings.path}: settings are valid; {len(watchlists)} watchlists, {len(officials)} official "
        f"accounts, {len(directory.channel)} channels, {len(directory.team)} teams, scoring model {model}"
    )


def _check_certificates(settings: LoadedSettings, section: str, key: str) -> None:
    """Raise ``SettingsError`` where certificates are named that nothing can be checked against."""
    if not getattr(getattr(settings.settings, section), key):
        return
    path = settings.readable(section, key)
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"{section}.{key}: {path} holds no certificate ({error}); give a PEM file"
        ) from error


@config.command()
@json_option
@click.pass_context
def show(context: click.Context, as_json: bool) -> None:
    """Print what holds after file and environment, secrets redacted."""
    settings = settings_of(context)
    tree = shown(settings.settings)
    if as_json:
        click.echo(msgspec.json.encode(tree))
        return
    click.echo(f"# {settings.path}")
    for section, values in tree.items():
        click.echo(f"\n[{section}]")
        for key, value in values.items():
            click.echo(f"{key} = {msgspec.json.encode(value).decode()}")
