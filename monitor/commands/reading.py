"""Commands that read what was indexed: ``search`` and ``figures``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from monitor.commands.options import data_option, engine_option, json_option, reader, settings_of, zone_of
from monitor.commands.tables import print_documents, print_rows
from monitor.composition import watchlists_of
from monitor.console.search_words import FIELD_NAMES
from monitor.documents import SENTIMENTS
from monitor.errors import QueryError
from monitor.index.conditions import Condition, Words
from monitor.index.merged import with_merged
from monitor.index.port import Query, Sort
from monitor.index.spelling import in_every_script
from monitor.index.words import check_text
from monitor.opinion.figures import EVERYTHING, MINUTE_MILLISECONDS, Figure, by_window
from monitor.opinion.organic import opinion
from monitor.presentation import (
    Row,
    document_row,
    figure_row,
    json_lines,
    organic_row,
    organic_sentence,
    parse_range,
    people_in_words,
)
from monitor.records import KINDS
from monitor.scoring.port import LABELS
from monitor.settings import LoadedSettings

_CONSOLE_LANGUAGE = re.compile(
    r"(?:^|(?<=[\s(]))(?:AND|OR|NOT)(?=[\s(]|$)|(?:^|(?<=[\s(]))(?:"
    + "|".join(map(re.escape, sorted(FIELD_NAMES, key=len, reverse=True)))
    + r")[:：][^\s/]+",
)


def _words(text: str) -> Condition | None:
    """The condition that a text's words occur, in either script."""
    check_text("QUERY", text)
    if text.strip() and not any(map(str.isalnum, text)):
        click.echo(f"note: {text!r} has no letter or digit to search for", err=True)
    if asked := _CONSOLE_LANGUAGE.search(text):
        click.echo(
            f"note: {asked[0]!r} is looked for as a word here; the console reads it as its search language. "
            "Filters are options of this command (--sentiment, --watchlist, …), and all words must occur",
            err=True,
        )
    return in_every_script(Words(text)) if text.strip() else None


@click.command()
@click.argument("text", default="", metavar="QUERY")
@click.option("--platform", help="Only this platform.")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@click.option("--sentiment", type=click.Choice(SENTIMENTS), help="Only this sentiment.")
@click.option("--watchlist", help="Only records of this watchlist.")
@click.option("--author", help="Only this author (pseudonym).")
@click.option("--campaign", help="Only members of this campaign.")
@click.option("--target", help="Only records about this object: platform:id, #tag, link:…, account:….")
@click.option("--from", "after", help="Not before this time (ISO 8601).")
@click.option("--to", "before", help="Before this time (ISO 8601).")
@click.option("--sort", type=click.Choice(get_args(Sort)), default="newest", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--cursor", help="Go on after the page that gave this cursor.")
@click.option("--count", "only_count", is_flag=True, help="Only say how many are found.")
@data_option
@engine_option
@json_option
@click.pass_context
def search(
    context: click.Context,
    /,
    data: Path,
    as_json: bool,
    only_count: bool,
    after: str | None,
    before: str | None,
    text: str,
    **parts: object,
) -> None:
    """Find indexed records. QUERY: all words must occur; "…" is a phrase; empty finds everything.
    Words are found in simplified and traditional characters alike.

    The cursor of the next page, if there is one, is printed last on standard error.
    """
    settings = settings_of(context)
    zone = zone_of(settings)
    start, end = parse_range(after, before, zone)
    query = Query(
        **parts,  # type: ignore[arg-type]  # names and types are those of the options above
        condition=_words(text),
        after=start,
        before=end,
    )
    index = reader(data)
    query = with_merged(index, query)
    if only_count:
        number = index.count(query)
        click.echo(f'{{"count":{number}}}' if as_json else number)
        if not number:
            _hint(settings, query.watchlist, query.platform)
        return
    page = index.search(query)
    found = [document_row(hit, zone) for hit in page.hits]
    if as_json:
        _show(found, as_json, ())
    else:
        print_documents(found)
    if not found:
        _hint(settings, query.watchlist, query.platform)
    if page.cursor is not None:
        click.echo(f"next page: --cursor {page.cursor}", err=True)


@click.command(short_help="Figures of a watchlist over time, raw and organic.")
@click.option("--watchlist", required=True, help="A watchlist of the settings, or all.")
@click.option("--platform", help="Only this platform.")
@click.option("--from", "after", help="Not before this time (ISO 8601).")
@click.option("--to", "before", help="Before this time (ISO 8601).")
@click.option(
    "--window",
    "minutes",
    type=click.IntRange(1, 10_080),
    default=1,
    show_default=True,
    help="Minutes in one row; 60 are an hour, 1440 a day, 10080 a week from Monday.",
)
@data_option
@engine_option
@json_option
@click.pass_context
def figures(
    context: click.Context,
    data: Path,
    as_json: bool,
    watchlist: str,
    platform: str | None,
    after: str | None,
    before: str | None,
    minutes: int,
) -> None:
    """Figures of a watchlist by minute (or --window) and platform, raw and organic.

    What is about fewer than 5 people is withheld. Organic opinion gives each person one voice and takes
    campaigns out; it is provisional while a campaign may still claim records of the window.
    """
    settings = settings_of(context)
    zone = zone_of(settings)
    known = [EVERYTHING, *_watchlists(settings)]
    if watchlist not in known:
        raise QueryError(_unknown("--watchlist", watchlist, known))
    start, end = parse_range(after, before, zone)
    index = reader(data)
    found = index.figures(watchlist, None if platform == EVERYTHING else platform, start, end)
    newest = index.search(Query(limit=1)).hits
    reached = newest[0].document.created_at if newest else 0
    length = minutes * MINUTE_MILLISECONDS
    windows = by_window(found, length, zone)
    rows = [
        figure_row(key, figure, zone)
        | {"organic": organic_row(opinion(figure, end=key.minute + length, reached=reached))}
        for key, figure in windows
    ]
    if not as_json:
        rows = [_figure_line(row, figure) for row, (_, figure) in zip(rows, windows, strict=True)]
    _show(rows, as_json, _FIGURE_COLUMNS)
    if not found:
        _hint(settings, None, platform)
    elif not as_json:
        total = Figure.of(figure for _, figure in found)
        click.echo(f"in all: {total.records:,} records of {people_in_words(total)}", err=True)
        last = found[-1][0].minute + MINUTE_MILLISECONDS
        click.echo(organic_sentence(opinion(total, end=last, reached=reached)), err=True)


def _watchlists(settings: LoadedSettings) -> list[str]:
    return [one.name for one in watchlists_of(settings)]


def _unknown(option: str, name: str, known: Sequence[str]) -> str:
    return f"{option} {name!r} is not in the settings; known: {', '.join(known)}"


def _hint(settings: LoadedSettings, watchlist: str | None, platform: str | None) -> None:
    """Say so when nothing was found under a name that is unknown (records keep names of former settings)."""
    asked = (
        ("--watchlist", watchlist, _watchlists(settings)),
        ("--platform", platform, settings.settings.records.platforms),
    )
    for option, name, known in asked:
        if name is not None and name not in (EVERYTHING, *known):
            click.echo(_unknown(option, name, known), err=True)


_FIGURE_COLUMNS = (
    "minute",
    "platform",
    "records",
    "people",
    "negative",
    "neutral",
    "positive",
    "uncertain",
    "campaign",
)


def _figure_line(row: Row, figure: Figure) -> Row:
    """A row of figures for people: narrow enough for 80 columns; an estimate has ``~`` before it."""
    feelings = row["sentiment"] if isinstance(row["sentiment"], dict) else {}
    withheld = None if row["withheld"] else 0
    counts: Row = {label: feelings.get(label, withheld) for label in LABELS}
    minute = str(row["minute"])[:16].replace("T", " ")
    people = row["people"]
    if people is not None and figure.truncated:
        people = f"~{people}"
    return row | counts | {"minute": minute, "people": people, "campaign": row["campaign_weight"]}


def _show(rows: list[Row], as_json: bool, columns: tuple[str, ...]) -> None:
    if as_json:
        for line in json_lines(rows):
            click.echo(line)
    else:
        print_rows(rows, columns)
