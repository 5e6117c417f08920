"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from monitor.composition import open_reader
from monitor.index.port import OpinionReader
from monitor.settings import LoadedSettings, load_settings

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_DATA = Path("data")
_ENGINE = "monitor.elasticsearch"
_BROKER = "monitor.kafka"
_FROM_LINE = "monitor.from-line"


class _Folder(click.Path):
    """A directory by its name. No name is refused: it would be the current directory, which nobody meant."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if value == "":
            self.fail("is empty; name a directory (. is the current one)", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = _Folder(path_type=Path, file_okay=False)


def data_option(command: Command) -> Command:
    """``--data DIR``."""
    return click.option(
        "--data",
        type=FOLDER,
        default=DEFAULT_DATA,
        show_default=True,
        help="Data directory.",
    )(command)


def out_option(command: Command) -> Command:
    """``--out FILE``: None for standard output, which is also called ``-``, as standard input is."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        callback=lambda _, __, out: None if out == Path("-") else out,
        help="File (default, or -: standard output).",
    )(command)


def engine_option(command: Command) -> Command:
    """``--elasticsearch URL``: read from the engine; ``reader`` goes by it."""
    return click.option(
        "--elasticsearch",
        metavar="URL",
        expose_value=False,
        callback=lambda context, _, url: _keep(context, _ENGINE, url),
        help="Read from this engine (http(s)://HOST:PORT, the rest as in the settings) instead of --data.",
    )(command)


def _keep(context: click.Context, name: str, value: str | int | None) -> None:
    """What was given before a sub-command holds for it unless it is given again."""
    if value is not None:
        context.meta[name] = value


def handed_on(context: click.Context, **given: object) -> None:
    """Let options given before a sub-command hold for it: ``campaigns --data DIR show ID``."""
    if context.invoked_subcommand is not None:
        context.default_map = {context.invoked_subcommand: given}


def engine_of(context: click.Context) -> str | None:
    """The engine given to ``--elasticsearch``, if any."""
    url = context.meta.get(_ENGINE)
    return url if isinstance(url, str) else None


def reader(data: Path) -> OpinionReader:
    """What the command in hand reads: the engine it was given, else the data directory.

    Raises:
        StoreError: there is nothing to read, or it cannot be used.
    """
    context = click.get_current_context()
    url = engine_of(context)
    if url is None:
        return open_reader(data)
    from monitor.engine import open_engine  # noqa: PLC0415 - its client takes half a second to import

    return open_engine(settings_of(context), url)


def kafka_option(command: Command) -> Command:
    """``--kafka HOST:PORT``; ``broker_of`` tells what was given."""
    return click.option(
        "--kafka",
        metavar="HOST:PORT",
        expose_value=False,
        callback=lambda context, _, servers: _keep(context, _BROKER, servers),
        help="Feed the intake topic of this broker instead; the workers take it from there.",
    )(command)


def broker_of(context: click.Context) -> str | None:
    """The broker given to ``--kafka``, if any."""
    servers = context.meta.get(_BROKER)
    return servers if isinstance(servers, str) else None


def from_line_option(command: Command) -> Command:
    """``--from-line N``; ``from_line_of`` tells what was given."""
    return click.option(
        "--from-line",
        type=click.IntRange(1),
        expose_value=False,
        callback=lambda context, _, line: _keep(context, _FROM_LINE, line),
        help="With --kafka: begin the first file at this line, where an earlier call was interrupted.",
    )(command)


def from_line_of(context: click.Context) -> int | None:
    """The line given to ``--from-line``, if any."""
    line = context.meta.get(_FROM_LINE)
    return line if isinstance(line, int) else None


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")(command)


def sentiment_option(command: Command) -> Command:
    """``--sentiment``."""
    return click.option(
        "--sentiment",
        type=click.Choice(["none", "snownlp", "ngrams", "default"]),
        help="Sentiment scorer (default: as in the settings).",
    )(command)


def settings_of(context: click.Context) -> LoadedSettings:
    """The settings for this call."""
    path = context.find_root().obj
    return load_settings(path if isinstance(path, Path) else None, os.environ)


def zone_of(settings: LoadedSettings) -> ZoneInfo:
    """The centre's time zone."""
    return ZoneInfo(settings.settings.display.timezone)
