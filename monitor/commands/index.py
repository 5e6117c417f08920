"""``index``: prepare an Elasticsearch for this program, and say what it lacks."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from elasticsearch import Elasticsearch

from monitor.commands.options import json_option
from monitor.errors import SettingsError
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import FAMILIES, Layout
from monitor.index.elasticsearch_setup import differences, install

_VARIABLES = "OPINION_MONITOR__ELASTICSEARCH"
DIFFERENT = 1


class Engine(msgspec.Struct, frozen=True):
    """An engine as the options name it."""

    client: Elasticsearch
    url: str
    layout: Layout


@click.group()
@click.option(
    "--elasticsearch",
    "url",
    envvar=f"{_VARIABLES}__URL",
    show_envvar=True,
    required=True,
    help="http(s)://HOST:PORT.",
)
@click.option(
    "--api-key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"File with the encoded API key (or the key itself in {_VARIABLES}__API_KEY).",
)
@click.option("--api-key", envvar=f"{_VARIABLES}__API_KEY", hidden=True)
@click.option(
    "--ca-certificates",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar=f"{_VARIABLES}__CA_CERTIFICATES",
    help="PEM file that vouches for an https address.",
)
@click.option(
    "--prefix", default="", envvar=f"{_VARIABLES}__PREFIX", help="What the names of indices begin with."
)
@click.option(
    "--period",
    type=click.Choice(["month", "day"]),
    default="month",
    show_default=True,
    envvar=f"{_VARIABLES}__PERIOD",
    help="Event time that one index of documents or figures covers.",
)
@click.option("--shards", type=click.IntRange(1), default=1, show_default=True, help="Of each new index.")
@click.option("--replicas", type=click.IntRange(0), default=1, show_default=True, help="Of each new index.")
@click.pass_context
def index(
    context: click.Context,
    /,
    url: str,
    api_key_file: Path | None,
    api_key: str | None,
    ca_certificates: Path | None,
    **layout: str | int,
) -> None:
    """Prepare or check the indices in Elasticsearch."""
    client = connect(url, api_key=_key(api_key_file, api_key), ca_certificates=ca_certificates)
    context.call_on_close(client.close)
    context.obj = Engine(client, url, msgspec.convert(layout, Layout))


@index.command()
@click.pass_obj
def create(engine: Engine) -> None:
    """Put the index templates there, new or again; what is stored stays as it is."""
    install(engine.client, engine.url, engine.layout)
    names = ", ".join(engine.layout.alias(family) for family in FAMILIES)
    click.echo(f"index templates are in place at {engine.url}: {names}")


@index.command()
@json_option
@click.pass_obj
def check(engine: Engine, as_json: bool) -> None:
    """Compare the engine with what this program needs; ends with 1 when something differs."""
    found = differences(engine.client, engine.url, engine.layout)
    if as_json:
        click.echo(msgspec.json.encode({"url": engine.url, "differences": found}))
    else:
        for sentence in found or [f"{engine.url} is as it should be"]:
            click.echo(sentence)
    if found:
        raise click.exceptions.Exit(DIFFERENT)


def _key(file: Path | None, key: str | None) -> str | None:
    if file is None:
        return key or None
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the API key file {file} cannot be read ({error})") from error
