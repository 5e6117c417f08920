"""``campaigns``: the list of campaigns, one campaign's evidence page, and the match with judged episodes."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from monitor.campaigns.evaluation import Episode, Evaluation, evaluate, read_episodes
from monitor.commands.campaign_page import evidence_page
from monitor.commands.options import (
    Command,
    data_option,
    engine_option,
    handed_on,
    json_option,
    reader,
    settings_of,
    zone_of,
)
from monitor.commands.tables import print_blocks
from monitor.errors import QueryError, SourceError
from monitor.index.port import OpinionReader, Query
from monitor.presentation import campaign_row, json_lines

_FACTS = ("id", "level", "score", "state", "size", "began_at")


def _also(command: Command) -> Command:
    """``--merged`` and ``--taken-back``: what the list leaves out."""
    merged = click.option("--merged", is_flag=True, help="Also campaigns that are part of another.")
    taken_back = click.option("--taken-back", is_flag=True, help="Also campaigns that turned out to be none.")
    return merged(taken_back(command))


@click.group(invoke_without_command=True, short_help="List campaigns; show the evidence of one.")
@_also
@data_option
@engine_option
@json_option
@click.pass_context
def campaigns(context: click.Context, data: Path, as_json: bool, merged: bool, taken_back: bool) -> None:
    """List campaigns with their evidence, oldest first; or show or evaluate them."""
    handed_on(context, data=data, as_json=as_json, merged=merged, taken_back=taken_back)
    if context.invoked_subcommand is None:
        _list(context, data, as_json=as_json, merged=merged, taken_back=taken_back)


@campaigns.command("list")
@_also
@data_option
@engine_option
@json_option
@click.pass_context
def list_(context: click.Context, data: Path, as_json: bool, merged: bool, taken_back: bool) -> None:
    """List campaigns with their evidence, oldest first."""
    _list(context, data, as_json=as_json, merged=merged, taken_back=taken_back)


def _list(context: click.Context, data: Path, *, as_json: bool, merged: bool, taken_back: bool) -> None:
    zone = zone_of(settings_of(context))
    found = [
        one
        for one in reader(data).campaigns()
        if one.stands or (merged and one.state == "merged") or (taken_back and one.was_taken_back)
    ]
    rows = [campaign_row(one, zone) for one in found]
    if as_json:
        for line in json_lines(rows):
            click.echo(line)
        return
    for row in rows:
        row["size"] = f"{row['accounts']} accounts, {row['records']} records"
        if row["taken_back"]:
            row["state"], row["size"] = "taken back", "no campaign"
    print_blocks(rows, _FACTS, "targets")


@campaigns.command(short_help="The evidence page of one campaign.")
@click.argument("identity", metavar="ID")
@data_option
@engine_option
@json_option
@click.pass_context
def show(context: click.Context, identity: str, data: Path, as_json: bool) -> None:
    """The evidence page of one campaign: what speaks for it and against, its texts, time and accounts."""
    zone = zone_of(settings_of(context))
    campaign = reader(data).campaign(identity)
    if campaign is None:
        raise QueryError(f"no campaign {identity!r}; list them with: opinion-monitor campaigns list")
    if as_json:
        for line in json_lines([campaign_row(campaign, zone)]):
            click.echo(line)
        return
    for line in evidence_page(campaign, zone):
        click.echo(line)


@campaigns.command("evaluate")
@click.option(
    "--episodes",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Judged episodes, one JSON object a line.",
)
@data_option
@engine_option
@json_option
def evaluate_command(episodes: Path, data: Path, as_json: bool) -> None:
    """Match campaigns with episodes that a reader judged."""
    index = reader(data)
    try:
        judged = read_episodes(episodes.read_bytes().splitlines(), str(episodes))
    except OSError as error:
        raise SourceError(f"{episodes} cannot be read: {error.strerror}") from error
    result = evaluate(
        index.campaigns(),
        judged,
        index.count(Query()),
        lambda one: _tenth(index, one),
        lambda one: index.count(_records_of(one)) > 0,
    )
    click.echo(msgspec.json.encode(result).decode() if as_json else _told(result))


def _tenth(index: OpinionReader, episode: Episode) -> int | None:
    """When the tenth record of an episode was written."""
    page = index.search(msgspec.structs.replace(_records_of(episode), sort="oldest", limit=10))
    return page.hits[-1].document.created_at if len(page.hits) == 10 else None


def _records_of(episode: Episode) -> Query:
    return Query(target=episode.target, after=episode.start, before=episode.end + 1)


def _told(result: Evaluation) -> str:
    found = sum(one.found for one in result.recall.values())
    coordinated = sum(one.episodes for one in result.recall.values())
    delay = "no data" if result.median_delay_seconds is None else f"{result.median_delay_seconds:.0f} s"
    return "\n".join(
        (
            f"coordinated episodes found: {found} of {coordinated}",
            *(f"  {name}: {one.found} of {one.episodes}" for name, one in sorted(result.recall.items())),
            *(f"  missed: {name}" for name in result.missed),
            *(f"  not judged, no record of it is here: {name}" for name in result.absent),
            f"organic episodes with an alarm: {result.organic_alarmed} of {result.organic}",
            *(f"  {alarm.target} {alarm.campaign}" for alarm in result.false_alarms),
            (
                f"further alarms: {len(result.further_alarms)} "
                f"({result.further_per_100_000:.2f} per 100,000 of {result.records:,} records)"
            ),
            *(f"  {alarm.target} {alarm.campaign}" for alarm in result.further_alarms),
            f"median delay from an episode's tenth record: {delay}",
        )
    )
