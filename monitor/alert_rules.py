"""Reads and validates ``config/alerts.toml``."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from monitor.alerts.rules import Rules
from monitor.errors import SettingsError
from monitor.toml_file import PLACE, UNKNOWN_FIELD, read_toml


def load_rules(path: Path) -> Rules:
    """The rules of a file; what it leaves out has its default.

    Raises:
        SettingsError: names file, key, value and what is allowed.
    """
    tree = read_toml(path, "the rules")
    try:
        rules = msgspec.convert(tree, Rules)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {_sentence(tree, str(error))}") from error
    _check(path, rules)
    return rules


def _check(path: Path, rules: Rules) -> None:
    sections = msgspec.structs.asdict(rules)
    for name, section in sections.items():
        for key in ("levels", "people"):
            values = list(getattr(section, key, ()))
            if values != sorted(values):
                raise SettingsError(
                    f"{path}: {name}.{key} = {values}: from blue over yellow and orange to red, thresholds "
                    "must not fall"
                )
    if rules.time.late_seconds % rules.time.step_seconds:
        raise SettingsError(
            f"{path}: time.late_seconds = {rules.time.late_seconds}: must be a multiple of time.step_seconds "
            f"({rules.time.step_seconds})"
        )
    if 60 % rules.time.step_seconds:
        raise SettingsError(
            f"{path}: time.step_seconds = {rules.time.step_seconds}: allowed are divisors of 60"
        )


def _sentence(tree: dict[str, object], message: str) -> str:
    at = PLACE.search(message)
    path = re.sub(r"\[\.*\]|\[\d+\]", "", at["path"]) if at else ""
    unknown = UNKNOWN_FIELD.search(message)
    if unknown:
        key = f"{path}.{unknown['field']}".strip(".")
        return f"unknown key {key} = {_value(tree, key)}; allowed here: {', '.join(_fields(path))}"
    return f"{path} = {_value(tree, path)}: {PLACE.sub('', message)}"


def _fields(path: str) -> tuple[str, ...]:
    section = getattr(Rules(), path.split(".", maxsplit=1)[0]) if path else Rules()
    return tuple(section.__struct_fields__)


def _value(tree: dict[str, object], key: str) -> str:
    value: object = tree
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return repr(value)
