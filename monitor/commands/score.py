"""``score``: sentiment of records, or of bare texts, without storing anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click
import msgspec

from monitor.commands.options import json_option, sentiment_option, settings_of
from monitor.composition import scorer_of
from monitor.errors import SourceError
from monitor.scoring.explaining import Part, explain
from monitor.scoring.model import TextModel
from monitor.scoring.port import Sentiment
from monitor.text import clean
from streams.sources.replay import read_lines

_BATCH = 500
_ENCODER = msgspec.json.Encoder()
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class _Text(msgspec.Struct, frozen=True):
    id: str
    text: str


class ScoredText(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of output; ``parts`` are the words that moved the score most, when asked for: none where the
    text has no words of its own."""

    id: str
    polarity: float
    label: str
    confidence: float
    uncertain: bool
    emotion: str | None
    model: str
    parts: list[tuple[str, float]] | None = None


@click.command(short_help="Score the sentiment of texts in a file.")
@click.argument("file")
@json_option
@sentiment_option
@click.option("--explain", "explained", is_flag=True, help="Also the words that moved the score.")
@click.pass_context
def score(context: click.Context, file: str, as_json: bool, sentiment: str | None, explained: bool) -> None:
    """Score FILE (NDJSON of records, or of objects with id and text; - for standard input).

    With --explain each word has its weight in the log-odds of positive against negative.
    """
    scorer = scorer_of(settings_of(context), sentiment)
    explaining = scorer if explained and isinstance(scorer, TextModel) else None
    if explained and explaining is None:
        raise click.UsageError(f"--explain speaks of our own models, not of {scorer.model}; see --sentiment")
    unreadable: list[str] = []
    texts = _texts(file, unreadable)
    for batch in _batches(texts):
        cleaned = [clean(one.text) for one in batch]
        parts = [explain(text, explaining).strongest() if explaining else None for text in cleaned]
        rows = [
            _row(one.id, scored, scorer.model, moving)
            for one, scored, moving in zip(batch, scorer.score(cleaned), parts, strict=True)
        ]
        click.echo(_ENCODER.encode_lines(rows) if as_json else "".join(map(_lines, rows)), nl=False)
    if unreadable:
        raise SourceError(
            f"{file}: lines that are no object with id and text: {len(unreadable):,}, the first is "
            f"{unreadable[0]}; the others were scored"
        )


def _row(identifier: str, scored: Sentiment, model: str, parts: Sequence[Part] | None) -> ScoredText:
    return ScoredText(
        id=identifier,
        polarity=round(scored.polarity, 4),
        label=scored.label,
        confidence=round(scored.confidence, 4),
        uncertain=scored.uncertain,
        emotion=scored.emotion,
        model=model,
        parts=None if parts is None else [(part.text, round(part.weight, 3)) for part in parts],
    )


def _lines(row: ScoredText) -> str:
    """A row for people, the words behind it below."""
    return (
        f"{_UNSAFE.sub('?', row.id)}\t{row.polarity:+.2f}\t{row.label}\t{row.confidence:.2f}\t"
        f"{'uncertain' if row.uncertain else ''}\n"
        + ("    no text of its own\n" if row.parts == [] else "")
        + "".join(f"    {weight:+.2f}  {text}\n" for text, weight in row.parts or ())
    )


def _batches(texts: Iterator[_Text | None]) -> Iterator[list[_Text]]:
    """Up to 500 at once; what a pipe has given so far where it gives nothing more now."""
    batch: list[_Text] = []
    for text in texts:
        if text is not None:
            batch.append(text)
        if batch and (text is None or len(batch) == _BATCH):
            yield batch
            batch = []
    if batch:
        yield batch


def _texts(file: str, unreadable: list[str]) -> Iterator[_Text | None]:
    decoder = msgspec.json.Decoder(_Text)
    for line in read_lines(file):
        if line is None:
            yield None
            continue
        try:
            yield decoder.decode(line.raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            unreadable.append(f"line {line.number} ({error})")
