"""``campaigns``: the list of campaigns, one campaign's evidence page, and the match with judged episodes."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click
import msgspec

from monitor.campaigns.evaluation import Episode, Evaluation, evaluate, read_episodes
from monitor.campaigns.port import CampaignRevision, Evidence, Moment
from monitor.commands.options import (
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
from monitor.presentation import campaign_row, iso, json_lines

_FACTS = ("id", "level", "score", "state", "size", "opened_at")
_BAR = 40


@click.group(invoke_without_command=True, short_help="List campaigns; show the evidence of one.")
@click.option("--merged", is_flag=True, help="Also campaigns that are part of another.")
@data_option
@engine_option
@json_option
@click.pass_context
def campaigns(context: click.Context, data: Path, as_json: bool, merged: bool) -> None:
    """List campaigns with their evidence, oldest first; or show or evaluate them."""
    handed_on(context, data=data, as_json=as_json)
    if context.invoked_subcommand is not None:
        return
    zone = zone_of(settings_of(context))
    found = [one for one in reader(data).campaigns() if merged or one.state != "merged"]
    rows = [campaign_row(one, zone) for one in found]
    if as_json:
        for line in json_lines(rows):
            click.echo(line)
    else:
        for row in rows:
            row["size"] = f"{row['accounts']} accounts, {row['records']} records"
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
        raise QueryError(f"no campaign {identity!r}; list them with: opinion-monitor campaigns")
    if as_json:
        for line in json_lines([campaign_row(campaign, zone)]):
            click.echo(line)
        return
    for line in _page(campaign, zone):
        click.echo(line)


def _page(campaign: CampaignRevision, zone: tzinfo) -> list[str]:
    details = campaign.details
    merged = f", part of {campaign.merged_into}" if campaign.merged_into else ""
    return [
        f"{campaign.id}  {campaign.level}  {campaign.state}{merged}  score {campaign.score:.2f}",
        (
            f"{campaign.accounts} accounts, {campaign.records} records; "
            f"opened {iso(campaign.opened_at, zone)}, last seen {iso(campaign.last_seen_at, zone)}"
        ),
        "",
        "Targets",
        *(f"  {one.target}  {iso(one.start, zone)} to {iso(one.end, zone)}" for one in campaign.intervals),
        "",
        "For / 支持",
        *_evidence(details.signals),
        "",
        "Against / 反对",
        *(_evidence(details.against) or ["  nothing / 无"]),
        "",
        "Texts (records)",
        *(f"  {group.records:>5}  {group.text or '(empty repost / 空转发)'}" for group in details.groups),
        "",
        "Ten minutes: campaign (#) among all records of the target (.)",
        *_timeline(details.timeline, zone),
        "",
        f"Accounts (pseudonyms, first {len(details.accounts)})",
        "  " + " ".join(details.accounts),
    ]


def _evidence(found: tuple[Evidence, ...]) -> list[str]:
    return [
        line
        for one in found
        if one.value >= 0.01
        for line in (f"  {one.value:.2f}  {one.name}: {one.en}  [{one.source}]", f"        {one.zh}")
    ]


def _timeline(timeline: tuple[Moment, ...], zone: tzinfo) -> list[str]:
    most = max((moment.records for moment in timeline), default=1)
    return [
        f"  {iso(moment.start, zone)[:16]}  "
        f"{('#' * round(_BAR * moment.members / most)).ljust(round(_BAR * moment.records / most), '.')}"
        f"  {moment.members}/{moment.records}"
        for moment in timeline
    ]


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
    result = evaluate(index.campaigns(), judged, index.count(Query()), lambda one: _tenth(index, one))
    click.echo(msgspec.json.encode(result).decode() if as_json else _told(result))


def _tenth(index: OpinionReader, episode: Episode) -> int | None:
    """When the tenth record of an episode was written."""
    page = index.search(
        Query(target=episode.target, after=episode.start, before=episode.end + 1, sort="oldest", limit=10)
    )
    return page.hits[-1].document.created_at if len(page.hits) == 10 else None


def _told(result: Evaluation) -> str:
    found = sum(one.found for one in result.recall.values())
    coordinated = sum(one.episodes for one in result.recall.values())
    delay = "no data" if result.median_delay_seconds is None else f"{result.median_delay_seconds:.0f} s"
    return "\n".join(
        (
            f"coordinated episodes found: {found} of {coordinated}",
            *(f"  {name}: {one.found} of {one.episodes}" for name, one in sorted(result.recall.items())),
            *(f"  missed: {name}" for name in result.missed),
            f"alarms on organic episodes: {len(result.false_alarms)} of {result.organic} episodes",
            *(f"  {alarm.target} {alarm.campaign}" for alarm in result.false_alarms),
            (
                f"further alarms: {len(result.further_alarms)} "
                f"({result.further_per_100_000:.2f} per 100,000 of {result.records:,} records)"
            ),
            *(f"  {alarm.target} {alarm.campaign}" for alarm in result.further_alarms),
            f"median delay from an episode's tenth record: {delay}",
        )
    )
