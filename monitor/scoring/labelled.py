"""Labelled texts: what files of them look like, and what each label says about the eight feelings.

A file holds one JSON object a line: ``text`` and what is known about it: ``polarity`` (-1 negative, 0
neutral, 1 positive, null unknown), ``emotion``, or ``negative`` (true, or false for neutral *or* positive).
A set whose lines are never neutral says nothing about neutral: its labels choose among the rest.
"""

from __future__ import annotations

import hashlib
import lzma
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from monitor.errors import SourceError
from monitor.scoring.characters import spelled
from monitor.scoring.feelings import FEELINGS, NEGATIVE, Feeling

_ENDINGS = (".ndjson", ".ndjson.xz", ".jsonl", ".jsonl.xz")
_DEVELOPMENT = "-dev"
_TRAINING = "-train"
_TENTHS = 10
HELD_OUT, SPARE = 0, 1
_NOT_WORDS = re.compile(r"[\W_]+")
_FEELINGS_OF: Mapping[str, frozenset[Feeling]] = {
    "angry": frozenset({"angry", "outrage"}),
    "anger": frozenset({"angry", "outrage"}),
    "disgust": frozenset({"angry", "outrage", "disapproval"}),
    "fear": frozenset({"fear"}),
    "anxious": frozenset({"fear", "sad"}),
    "sad": frozenset({"sad"}),
    "sadness": frozenset({"sad"}),
    "surprise": frozenset({"surprise"}),
    "neutral": frozenset({"neutral"}),
    **dict.fromkeys(("happy", "happiness", "like", "optimism", "gratitude"), frozenset[Feeling]({"happy"})),
}
_EVENT_FEELINGS: Mapping[str, frozenset[Feeling]] = {
    "angry": frozenset({"outrage"}),
    "anxious": frozenset({"fear", "sad"}),
}
EVERY: frozenset[Feeling] = frozenset(FEELINGS)


class LabelledText(msgspec.Struct, frozen=True):
    """One line: a text and what people said about it."""

    text: str
    polarity: Literal[-1, 0, 1] | None = None
    emotion: str | None = None
    negative: bool | None = None


class Answer(msgspec.Struct, frozen=True):
    """The feeling of a text is one of ``right`` out of ``among``."""

    right: frozenset[Feeling]
    among: frozenset[Feeling]


class LabelledSet(msgspec.Struct, frozen=True):
    """Texts labelled alike, under the name of their file."""

    name: str
    lines: tuple[LabelledText, ...]

    @property
    def has_neutral(self) -> bool:
        """Whether neutral is one of its labels."""
        return any(
            line.polarity == 0 or line.negative is not None or line.emotion == "neutral"
            for line in self.lines
        )

    def answers(self) -> Iterator[Answer | None]:
        """What each line says about the eight feelings; None: nothing."""
        among = EVERY if self.has_neutral else EVERY - {"neutral"}
        return (answer(line, among) for line in self.lines)


def answer(line: LabelledText, among: frozenset[Feeling]) -> Answer | None:
    """What one line says, out of ``among``; None: nothing."""
    if line.negative is not None:
        if not line.negative:
            return Answer(frozenset({"happy", "neutral", "surprise"}), EVERY)
        return Answer(_EVENT_FEELINGS.get(line.emotion or "", frozenset({"disapproval"})), EVERY)
    right = _FEELINGS_OF.get(line.emotion or "")
    if right is not None:
        return Answer(right, among)
    if line.polarity is None:
        return None
    if line.polarity == 0:
        return Answer(frozenset({"neutral"}), among)
    right = frozenset({"happy"}) if line.polarity > 0 else frozenset(NEGATIVE)
    return Answer(right, among - {"surprise"})


class Division(msgspec.Struct, frozen=True):
    """Sets to learn from, and sets that share no text with them: to calibrate on, and to judge by.

    ``development`` serves both; ``spare`` only calibrates, ``held_out`` only judges.
    """

    training: tuple[LabelledSet, ...]
    development: tuple[LabelledSet, ...]
    held_out: tuple[LabelledSet, ...]
    spare: tuple[LabelledSet, ...] = ()


_ENDING = re.compile(r"(?:\.(?:ndjson|jsonl|json|txt))?(?:\.xz)?$")


def read_labelled(path: Path) -> LabelledSet:
    """Read one file.

    Raises:
        SourceError: it cannot be read, or a line is not a labelled text.
    """
    name = _ENDING.sub("", path.name)
    decoder = msgspec.json.Decoder(LabelledText)
    try:
        with lzma.open(path, "rb") if path.suffix == ".xz" else path.open("rb") as lines:
            found = tuple(_decoded(lines, decoder, path))
    except (OSError, lzma.LZMAError, EOFError) as error:
        raise SourceError(f"{path}: cannot be read ({error}); name a file of labelled lines") from error
    if not found:
        raise SourceError(f"{path}: has no labelled line; fill it, or take it away")
    return LabelledSet(name, found)


def _decoded(
    lines: Iterable[bytes], decoder: msgspec.json.Decoder[LabelledText], path: Path
) -> Iterator[LabelledText]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise SourceError(f"{path}, line {number}: not a labelled text ({error}); correct it") from error


def read_folder(folder: Path) -> tuple[LabelledSet, ...]:
    """Read every file of labelled texts in ``folder``, in the order of their names.

    Raises:
        SourceError: there is none, or one cannot be read.
    """
    paths = sorted(path for path in folder.glob("*") if path.name.endswith(_ENDINGS))
    if not paths:
        raise SourceError(
            f"{folder} has no files of labelled texts ({', '.join(_ENDINGS)}); name another folder"
        )
    return tuple(read_labelled(path) for path in paths)


def divided(sets: Iterable[LabelledSet]) -> Division:
    """``…-dev`` sets to calibrate and judge by, a tenth each of those without, and the rest to learn from.

    Which tenths follows from a hash of the text. Copies of texts kept back (letters and digits alike) are
    taken out of what is learnt from.
    """
    sets = tuple(sets)
    development = tuple(one for one in sets if one.name.endswith(_DEVELOPMENT))
    partners = {one.name.removesuffix(_DEVELOPMENT) for one in development}
    others = [one for one in sets if not one.name.endswith(_DEVELOPMENT)]
    alone = [one for one in others if one.name.removesuffix(_TRAINING) not in partners]
    held_out = _part(alone, HELD_OUT)
    spare = _part(alone, SPARE)
    kept_back = {_letters(line.text) for one in (*development, *held_out, *spare) for line in one.lines}
    training = tuple(
        LabelledSet(one.name, tuple(line for line in one.lines if _letters(line.text) not in kept_back))
        for one in others
    )
    return Division(training, development, held_out, spare)


def without_copies(own: LabelledSet, division: Division) -> LabelledSet:
    """``own`` without the lines that read like one that ``division`` keeps back to judge or calibrate by.

    Wider than what ``divided`` takes out, for here people copy from the console: width, capitals, traditional
    characters, digits, punctuation and what mentions and links say make no difference.
    """
    kept_back = {
        _as_read(line.text)
        for one in (*division.development, *division.held_out, *division.spare)
        for line in one.lines
    }
    return LabelledSet(own.name, tuple(line for line in own.lines if _as_read(line.text) not in kept_back))


def _part(sets: Iterable[LabelledSet], number: int) -> tuple[LabelledSet, ...]:
    ending = "-held" if number == HELD_OUT else "-spare"
    return tuple(
        LabelledSet(one.name.removesuffix(_TRAINING) + ending, lines)
        for one in sets
        if (lines := tuple(line for line in one.lines if tenth_of(line.text) == number))
    )


def tenth_of(text: str) -> int:
    """Which tenth a text is of: the first byte of its SHA-256, modulo ten."""
    return hashlib.sha256(text.encode()).digest()[0] % _TENTHS


def _as_read(text: str) -> str:
    """The letters of a text as the model reads it; of a text without any, what there is."""
    read = "".join(map(chr, spelled([text]).tolist()))
    return _letters(read)


def _letters(text: str) -> str:
    return _NOT_WORDS.sub("", text) or text
