"""``config``: validate the settings, or show what holds."""

from __future__ import annotations

import click
import msgspec

from monitor.commands.options import json_option, settings_of
from monitor.composition import officials_of, rules_of, scorer_of, watchlists_of
from monitor.relay.directory import heard_directory_of
from monitor.settings import shown


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
    click.echo(
        f"{settings.path}: settings are valid; {len(watchlists)} watchlists, {len(officials)} official "
        f"accounts, {len(directory.channel)} channels, {len(directory.team)} teams, scoring model {model}"
    )


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
