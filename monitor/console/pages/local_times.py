"""Times as forms give them: local to the centre, to the minute."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from monitor.console.search_language import YEARS


def bounds_of(parameters: Mapping[str, str], zone: tzinfo) -> dict[str, int | None]:
    """The bounds ``after`` and ``before`` (milliseconds) of a form's fields ``from`` and ``to``.

    A field that the form does not have binds nothing new; what cannot be read is no bound.
    """
    found: dict[str, int | None] = {}
    for name, bound in (("from", "after"), ("to", "before")):
        given = parameters.get(name)
        if given is None:
            continue
        try:
            moment = datetime.fromisoformat(given).replace(tzinfo=zone)
        except ValueError:
            found[bound] = None
            continue
        found[bound] = round(moment.timestamp() * 1000) if moment.year in YEARS else None
    return found


def local_time(at: int | None, zone: tzinfo) -> str:
    """A moment (milliseconds) as fields for local times hold it; empty for None."""
    return "" if at is None else f"{datetime.fromtimestamp(at / 1000, zone):%Y-%m-%dT%H:%M}"
