"""What a check found: sentences, or one JSON object, and exit code 1 when there is anything."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

DIFFERENT = 1


def tell(place: str, address: str, found: Sequence[str], as_it_should: str, *, as_json: bool) -> None:
    """Print the differences found at an address (JSON: under the name ``place``).

    Raises:
        click.exceptions.Exit: with 1, when there are any.
    """
    if as_json:
        click.echo(msgspec.json.encode({place: address, "differences": found}))
    else:
        for sentence in found or [as_it_should]:
            click.echo(sentence)
    if found:
        raise click.exceptions.Exit(DIFFERENT)
