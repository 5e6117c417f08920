"""SIGHUP while records are taken in: the model of one's own is read again before the next batch."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from monitor.errors import ModelError
from monitor.scoring.reloading import ReloadableScorer

Batch = TypeVar("Batch")


@contextmanager
def reloading_on_hangup(request: Callable[[], None]) -> Iterator[None]:
    """While inside, SIGHUP requests that the model is read again instead of ending the process."""
    before = signal.signal(signal.SIGHUP, lambda _number, _frame: request())
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def with_newest_model(
    batches: Iterator[Batch], model: ReloadableScorer, exchanged: Callable[[str], None]
) -> Iterator[Batch]:
    """``batches``, before each of which the model is read again if that was asked for.

    ``exchanged`` is told the name of a new model; one that cannot be read is spoken of, and the old one
    stays.
    """
    for batch in batches:
        exchange(model, exchanged)
        yield batch


def exchange(model: ReloadableScorer, exchanged: Callable[[str], None] = lambda _name: None) -> None:
    """Between batches: read the model again if that was asked for, and say what came of it."""
    try:
        if model.reload_if_requested():
            exchanged(model.model)
            click.echo(f"scoring model is now {model.model}", err=True)
    except ModelError as error:
        click.echo(f"opinion-monitor: {error}", err=True)
