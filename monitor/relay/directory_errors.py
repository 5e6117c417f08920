"""What is wrong with a channels file: which entry, key and value, and what is allowed. No secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.campaigns.port import LEVELS
from monitor.toml_file import PLACE, UNKNOWN_FIELD

_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_ENTRY = re.compile(r"(?P<kind>channel|team|quiet)\[(?P<number>\d+)\](?:\.(?P<key>\w+))?")
_CLOCK = "HH:MM, from 00:00 to 23:59"
_ALLOWED: Mapping[str, str] = {
    "kind": "dingtalk, wecom, feishu, webhook, mail",
    "name": "a lower-case letter, then letters, digits, _ and -, 40 in all",
    "language": "zh, en",
    "levels": f"one or more of {', '.join(LEVELS)}",
    "start": _CLOCK,
    "end": _CLOCK,
    "weekdays": "monday to sunday",
}
_KEYS: Mapping[str, Sequence[str]] = {
    "": ("channel", "team", "quiet"),
    "channel": (
        "name", "kind", "url", "url_file", "secret", "secret_file", "language", "plain", "to", "alive",
    ),
    "team": ("name", "watchlists", "channels", "operations"),
    "quiet": ("levels", "start", "end", "weekdays"),
}  # fmt: skip


def explained(tree: Mapping[str, object], message: str) -> str:
    """A message of msgspec about a tree, for who wrote the file."""
    found = PLACE.search(message)
    entry = _ENTRY.match(found["path"]) if found else None
    kind = entry["kind"] if entry else ""
    place = f"{_called(tree, kind, int(entry['number']))}: " if entry else ""
    unknown, missing = UNKNOWN_FIELD.search(message), _MISSING.search(message)
    if unknown:
        return f"{place}unknown key {unknown['field']}; allowed here: {', '.join(_KEYS[kind])}"
    if missing:
        key = missing["field"]
        return f"{place}{key} is missing; allowed: {_ALLOWED.get(key, 'text')}"
    key = (entry["key"] or "") if entry else ""
    said = PLACE.sub("", message)
    if key in _ALLOWED and entry:
        return f"{place}{key} = {_value(tree, kind, int(entry['number']), key)!r}; allowed: {_ALLOWED[key]}"
    return f"{place}{key}: {said}" if key else f"{place}{said}"


def _called(tree: Mapping[str, object], kind: str, number: int) -> str:
    name = _value(tree, kind, number, "name")
    return f"{kind} {name}" if isinstance(name, str) else f"{kind} number {number + 1}"


def _value(tree: Mapping[str, object], kind: str, number: int, key: str) -> object:
    entries = tree.get(kind)
    entry = entries[number] if isinstance(entries, list) and number < len(entries) else None
    return entry.get(key) if isinstance(entry, dict) else None
