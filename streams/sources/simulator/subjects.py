"""What the simulated people talk about, read from ``subjects.toml``."""

import tomllib
from importlib.resources import files
from typing import TypeVar

import msgspec

_T = TypeVar("_T")
_FOLDER = files("streams.sources.simulator")


class Words(tuple[str, ...]):
    """Words written in one TOML string, divided by white space."""

    __slots__ = ()


def _words(kind: type, value: object) -> object:
    if kind is Words and isinstance(value, str):
        return Words(value.split())
    raise NotImplementedError(f"{kind} from {value!r}")


class Subject(msgspec.Struct, frozen=True):
    """Word lists of one subject.

    ``aspects`` are noun phrases, ``good``, ``bad`` and ``plain`` predicates that fit every aspect,
    ``did`` what a private person lately did about it, ``asks`` questions to those in charge, ``news``
    headlines with the slots ``{city}``, ``{n}`` and ``{aspect}``, ``replies`` what an official account
    answers.
    """

    name: str
    hashtags: Words
    aspects: Words
    good: Words
    bad: Words
    plain: Words
    did: Words
    asks: Words
    news: Words
    replies: Words


class _Subjects(msgspec.Struct, frozen=True):
    subjects: tuple[Subject, ...]


def read_words(name: str, kind: type[_T]) -> _T:
    """Return the word lists of a TOML file that lies beside this module."""
    return msgspec.convert(tomllib.loads((_FOLDER / name).read_text("utf-8")), kind, dec_hook=_words)


SUBJECTS: tuple[Subject, ...] = read_words("subjects.toml", _Subjects).subjects
STARS: Subject = next(subject for subject in SUBJECTS if subject.name == "entertainment")
WEATHER: Subject = next(subject for subject in SUBJECTS if subject.name == "weather")
