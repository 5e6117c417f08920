"""``alerts``: the events, one incident, and what other rules would have alerted of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console
from rich.progress import track

from monitor.alert_rules import load_rules
from monitor.alerts.backtest import counted, replay
from monitor.alerts.port import RULES, Alert
from monitor.alerts.rules import Rules
from monitor.alerts.sentences import Titles
from monitor.alerts.window import Cell
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
from monitor.composition import rules_of, titles_of, watchlists_of
from monitor.errors import QueryError
from monitor.index.port import OpinionReader
from monitor.index.sqlite import SqliteIndex
from monitor.opinion.figures import EVERYTHING
from monitor.presentation import Row, alert_row, json_lines, parse_range
from monitor.settings import LoadedSettings

_FACTS = ("at", "level", "state", "rule", "incident")
_COMPARED = ("at", "level", "state", "rule", "rules", "incident")
HISTORY_MS = 28 * 86_400_000
"""Figures before ``--from`` that say what is usual."""


class Compared(msgspec.Struct, frozen=True):
    """What two sets of rules alert of: events of today's, of the candidate's, of both.

    ``figures`` is how many there are to judge.
    """

    today: int
    candidate: int
    both: int
    opened_today: int
    opened_candidate: int
    figures: int


@click.group(invoke_without_command=True, short_help="List alert events; show one; try other rules.")
@data_option
@engine_option
@json_option
@click.pass_context
def alerts(context: click.Context, data: Path, as_json: bool) -> None:
    """List alert events, oldest first; or show an incident, or try rules on what is stored."""
    handed_on(context, data=data, as_json=as_json)
    if context.invoked_subcommand is None:
        _print(reader(data).alerts(), as_json, zone_of(settings_of(context)))


@alerts.command("list")
@click.option("--watchlist", help="Only this watchlist.")
@click.option("--rule", type=click.Choice(RULES), help="Only this rule.")
@data_option
@engine_option
@json_option
@click.pass_context
def list_(context: click.Context, data: Path, as_json: bool, watchlist: str | None, rule: str | None) -> None:
    """List alert events, oldest first."""
    settings = settings_of(context)
    found = reader(data).alerts()
    if watchlist is not None:
        # Alerts keep the names of former settings.
        _check_known([watchlist], [*_names(settings), *(one.watchlist for one in found)])
        found = [one for one in found if one.watchlist == watchlist]
    _print([one for one in found if rule in (None, one.rule)], as_json, zone_of(settings))


@alerts.command(short_help="All events of an incident, in both languages.")
@click.argument("incident")
@data_option
@engine_option
@json_option
@click.pass_context
def show(context: click.Context, incident: str, data: Path, as_json: bool) -> None:
    """All events of an INCIDENT (or the one that an event's id names), in both languages."""
    zone = zone_of(settings_of(context))
    found = [one for one in reader(data).alerts() if incident in (one.incident, one.id)]
    if not found:
        raise QueryError(f"no incident {incident!r}; list them with: opinion-monitor alerts list")
    _print(found, as_json, zone)
    if not as_json:
        for one in found:
            click.echo(one.sentence_zh)


@alerts.command(short_help="What rules would have alerted of, beside today's rules.")
@click.option("--from", "after", required=True, help="Alerts not before this time (ISO 8601).")
@click.option("--to", "before", required=True, help="Alerts before this time (ISO 8601).")
@click.option(
    "--rules",
    "candidate",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Candidate rules, a file like alerts.toml; without it only today's.",
)
@click.option("--watchlist", "only", multiple=True, help="Only this watchlist; may be repeated.")
@data_option
@engine_option
@json_option
@click.pass_context
def backtest(
    context: click.Context,
    after: str,
    before: str,
    candidate: Path | None,
    only: tuple[str, ...],
    data: Path,
    as_json: bool,
) -> None:
    """What rules would have alerted of, by stored figures, beside today's rules.

    Figures hold minutes: an alert comes up to a minute later than it did live. Campaigns are not judged.
    """
    settings = settings_of(context)
    zone = zone_of(settings)
    start, end = parse_range(after, before, zone)
    assert start is not None
    assert end is not None
    known = _names(settings)
    _check_known(only, known)
    test = Backtest(reader(data), rules_of(settings), load_rules(candidate) if candidate else None, zone)
    titles = titles_of(settings)
    rows: list[Row] = []
    total = Compared(0, 0, 0, 0, 0, 0)
    for name in _followed(list(dict.fromkeys(only or known))):
        found, compared = test.run(name, start, end, titles)
        rows += found
        total = _added(total, compared)
    rows.sort(key=lambda row: (str(row["at"]), str(row["id"])))
    if as_json:
        for line in json_lines([*rows, {"summary": msgspec.to_builtins(total)}]):
            click.echo(line)
        return
    if not total.figures:
        whose = ", ".join(only) or "any watchlist"
        click.echo(f"no data: there are no figures of {whose} from {after} to {before} to judge", err=True)
        return
    print_blocks(rows, _COMPARED if candidate else _FACTS, "sentence_en")
    click.echo(_summary(total, candidate), err=True)


class Backtest:
    """Replays watchlists under today's rules and, if given, under candidate rules."""

    def __init__(self, index: OpinionReader, today: Rules, candidate: Rules | None, zone: ZoneInfo) -> None:
        self._index = index
        self._today = today
        self._candidate = candidate
        self._zone = zone

    def run(self, watchlist: str, start: int, end: int, titles: Titles) -> tuple[list[Row], Compared]:
        """Events in [start, end) with the rules that make them, and how many there are."""
        cells = list(self._cells(watchlist, start - HISTORY_MS, end))

        def events(rules: Rules | None) -> dict[str, Alert]:
            if rules is None:
                return {}
            replayed = replay(watchlist, cells, rules, self._zone, titles)
            return {one.id: one for one in replayed if start <= one.at < end}

        today, candidate = events(self._today), events(self._candidate)
        both = today.keys() & candidate.keys()
        rows = []
        for name, one in {**today, **candidate}.items():
            row = alert_row(one, self._zone)
            row["rules"] = "both" if name in both else "candidate" if name in candidate else "today"
            rows.append(row)
        judged = sum(at >= start for _, at, _ in cells)
        return rows, Compared(
            len(today), len(candidate), len(both), _opened(today), _opened(candidate), judged
        )

    def _cells(self, watchlist: str, after: int, before: int) -> Iterator[tuple[str, int, Cell]]:
        index = self._index
        if isinstance(index, SqliteIndex):
            for key, counts in index.counted_figures(watchlist, after, before):
                yield key.platform, key.minute, counts.cell()
            return
        for key, figure in index.figures(watchlist, None, after, before):
            yield key.platform, key.minute, counted(figure).cell()


def _followed(names: Sequence[str]) -> Iterable[str]:
    """The names, with a line on a terminal that says how far they have come."""
    console = Console(stderr=True)
    return track(names, "watchlists", console=console, transient=True, disable=not console.is_terminal)


def _opened(events: dict[str, Alert]) -> int:
    return sum(one.state == "opened" for one in events.values())


def _added(one: Compared, other: Compared) -> Compared:
    return Compared(*(mine + theirs for mine, theirs in zip(_figures(one), _figures(other), strict=True)))


def _figures(one: Compared) -> tuple[int, ...]:
    return (one.today, one.candidate, one.both, one.opened_today, one.opened_candidate, one.figures)


def _summary(total: Compared, candidate: Path | None) -> str:
    today = f"today's rules: {total.opened_today} incidents, {total.today} events"
    if candidate is None:
        return today
    return (
        f"{today}; {candidate.name}: {total.opened_candidate} incidents, {total.candidate} events; "
        f"{total.both} events are the same"
    )


def _names(settings: LoadedSettings) -> list[str]:
    return [EVERYTHING, *(one.name for one in watchlists_of(settings))]


def _check_known(names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise QueryError(
                f"--watchlist {name!r} is not in the settings; known: {', '.join(dict.fromkeys(known))}"
            )


def _print(found: Sequence[Alert], as_json: bool, zone: ZoneInfo) -> None:
    rows = [alert_row(one, zone) for one in found]
    if as_json:
        for line in json_lines(rows):
            click.echo(line)
    else:
        print_blocks(rows, _FACTS, "sentence_en")
