"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from monitor.settings import LoadedSettings, load_settings

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_DATA = Path("data")


def data_option(command: Command) -> Command:
    """``--data DIR``."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_DATA,
        show_default=True,
        help="Data directory.",
    )(command)


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")(command)


def sentiment_option(command: Command) -> Command:
    """``--sentiment``."""
    return click.option(
        "--sentiment",
        type=click.Choice(["none", "snownlp", "default"]),
        help="Sentiment scorer (default: as in the settings).",
    )(command)


def settings_of(context: click.Context) -> LoadedSettings:
    """The settings for this call."""
    path = context.find_root().obj
    return load_settings(path if isinstance(path, Path) else None, os.environ)


def zone_of(settings: LoadedSettings) -> ZoneInfo:
    """The centre's time zone."""
    return ZoneInfo(settings.settings.display.timezone)
