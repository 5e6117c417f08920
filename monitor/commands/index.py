"""``index``: prepare an Elasticsearch for this program, and say what it lacks."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from elasticsearch import Elasticsearch

from monitor.commands.differences import tell
from monitor.commands.options import json_option, settings_of
from monitor.engine import engine_client, layout_of
from monitor.errors import SettingsError
from monitor.index.elasticsearch_schema import FAMILIES, Layout
from monitor.index.elasticsearch_setup import differences, install


class Engine(msgspec.Struct, frozen=True):
    """An engine as the options name it."""

    client: Elasticsearch
    url: str
    layout: Layout


@click.group(short_help="Elasticsearch: make or check its indices.")
@click.option("--elasticsearch", "url", metavar="URL", help="http(s)://HOST:PORT (default: settings).")
@click.option(
    "--api-key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the encoded API key (default: elasticsearch.api_key of the settings).",
)
@click.pass_context
def index(context: click.Context, url: str | None, api_key_file: Path | None) -> None:
    """Prepare or check the indices in Elasticsearch, as the [elasticsearch] settings want them."""
    settings = settings_of(context)
    wanted = settings.settings.elasticsearch
    if url is not None:
        wanted = msgspec.structs.replace(wanted, url=url)
    if api_key_file is not None:
        wanted = msgspec.structs.replace(wanted, api_key=_key(api_key_file))
    client = engine_client(wanted, settings.path)
    context.call_on_close(client.close)
    context.obj = Engine(client, wanted.url, layout_of(wanted))


@index.command(short_help="Put the index templates there, new or again.")
@click.pass_obj
def create(engine: Engine) -> None:
    """Put the index templates there, new or again; what is stored stays as it is."""
    install(engine.client, engine.url, engine.layout)
    names = ", ".join(engine.layout.alias(family) for family in FAMILIES)
    click.echo(f"index templates are in place at {engine.url}: {names}")


@index.command(short_help="Compare the engine with what is needed; 1 if it differs.")
@json_option
@click.pass_obj
def check(engine: Engine, as_json: bool) -> None:
    """Compare the engine with what this program needs; ends with 1 when something differs."""
    found = differences(engine.client, engine.url, engine.layout)
    tell("url", engine.url, found, f"{engine.url} is as it should be", as_json=as_json)


def _key(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the API key file {file} cannot be read ({error})") from error
