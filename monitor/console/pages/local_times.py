"""Times as forms give them: local to the centre, to the second where they are not whole minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from monitor.console.search_language import YEARS


def bounds_of(parameters: Mapping[str, str], zone: tzinfo) -> dict[str, int | None]:
    """The bounds ``after`` and ``before`` (milliseconds) of a form's fields ``from`` and ``to``.

    A field that the form does not have binds nothing new; what cannot be read is no bound. A form that also
    has the bound it was made with keeps that where its field was left alone: a local time says less.
    """
    found: dict[str, int | None] = {}
    for name, bound in (("from", "after"), ("to", "before")):
        given = parameters.get(name)
        if given is None:
            continue
        made_with = parameters.get(bound, "")
        if made_with.isascii() and made_with.isdigit() and given and len(made_with) < 19:
            kept = int(made_with)
            if local_time(kept, zone) in {given, f"{given}:00"}:
                found[bound] = kept
                continue
        try:
            moment = datetime.fromisoformat(given).replace(tzinfo=zone)
        except ValueError:
            found[bound] = None
            continue
        found[bound] = round(moment.timestamp() * 1000) if moment.year in YEARS else None
    return found


def local_time(at: int | None, zone: tzinfo) -> str:
    """A moment (milliseconds) as fields for local times hold it; empty for None or what no clock shows."""
    if at is None:
        return ""
    try:
        moment = datetime.fromtimestamp(at // 1000, zone)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}" if moment.second else f"{moment:%Y-%m-%dT%H:%M}"
