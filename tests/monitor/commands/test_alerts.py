"""``alerts list``, ``show`` and ``backtest``, and organic opinion in ``figures``, on stored figures."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from monitor.alerts.backtest import replay
from monitor.alerts.rules import Rules
from monitor.cli import commands
from monitor.errors import QueryError, SettingsError
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.opinion.figures import Figure, FigureKey, Voice
from tests.testkit.assessing import TITLES, ZONE
from tests.testkit.opinion_world import DAY_MINUTES, Happening, World

BURST = Happening("incident", 0, 4 * DAY_MINUTES + 14 * 60, 120, 5, 8.0, 0.7)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five days of figures of one watchlist with a burst on the last, and the alerts of it."""
    folder = tmp_path_factory.mktemp("alerts")
    world = World(5, 5, 1, (120.0, 120.0))
    world.happenings.append(BURST)
    cells = list(world.cells(0))
    with SqliteStore(folder) as store:
        index = SqliteIndex(store)
        with store.transaction():
            index.merge_figures(
                [
                    (
                        FigureKey("housing", platform, minute),
                        Figure(
                            records=cell.records,
                            labels={"negative": cell.negative, "positive": cell.scored - cell.negative},
                            polarity_milli=800 * (cell.scored - 2 * cell.negative),
                            emotions={"angry": cell.angry, "happy": cell.known - cell.angry},
                            voices={
                                author: Voice(1, int(said > 0), 800, 0, said)
                                for author in cell.people
                                for said in (cell.heard.get(author, 0),)
                            },
                        ),
                    )
                    for platform, minute, cell in cells
                ]
            )
            index.put_alerts(list(replay("housing", cells, Rules(), ZONE, TITLES)))
    return folder


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, [str(one) for one in arguments])


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [msgspec.json.decode(line) for line in result.stdout.splitlines()]


def test_the_list_can_be_cut_to_a_watchlist_and_a_rule(data: Path) -> None:
    everything = rows(call("alerts", "list", "--data", data, "--json"))
    surges = rows(call("alerts", "list", "--rule", "surge", "--data", data, "--json"))
    assert 0 < len(surges) < len(everything)
    assert rows(call("alerts", "list", "--watchlist", "health_care", "--data", data, "--json")) == []


def test_a_watchlist_that_nobody_knows_is_named_with_those_that_are_known(data: Path) -> None:
    result = call("alerts", "list", "--watchlist", "nope", "--data", data)
    assert isinstance(result.exception, QueryError)
    assert result.exception.exit_code == 2
    assert str(result.exception).startswith(
        "--watchlist 'nope' is not in the settings; known: all, housing, "
    )


def test_a_rule_that_is_none_is_named_with_those_that_are(data: Path) -> None:
    result = call("alerts", "list", "--rule", "nope", "--data", data)
    assert result.exit_code == 2
    assert "'surge'" in result.output


def test_the_list_names_incidents_so_that_one_can_be_shown(data: Path) -> None:
    incident = str(rows(call("alerts", "--data", data, "--json"))[0]["incident"])
    assert f"  {incident}\n" in call("alerts", "list", "--data", data).stdout
    assert call("alerts", "show", incident, "--data", data).exit_code == 0


def test_a_back_test_without_figures_says_that_there_are_no_data(data: Path) -> None:
    interval = ("--from", "2012-06-02", "--to", "2012-06-03", "--watchlist", "housing")
    result = call("alerts", "backtest", *interval, "--data", data)
    assert (result.exit_code, result.stdout) == (0, "")
    assert (
        result.stderr == "no data: there are no figures of housing from 2012-06-02 to 2012-06-03 to judge\n"
    )
    (summary,) = rows(call("alerts", "backtest", *interval, "--data", data, "--json"))
    assert summary["summary"] == dict.fromkeys(
        ("today", "candidate", "both", "opened_today", "opened_candidate", "figures"), 0
    )


def test_a_back_test_of_a_quiet_day_found_nothing_in_its_figures(data: Path) -> None:
    interval = ("--from", "2011-11-29", "--to", "2011-11-30", "--watchlist", "housing")
    result = call("alerts", "backtest", *interval, "--data", data)
    assert result.stderr.startswith("nothing found\n")
    (summary,) = rows(call("alerts", "backtest", *interval, "--data", data, "--json"))
    assert isinstance(summary["summary"], dict)
    assert summary["summary"]["figures"] > 1_000


def test_an_incident_is_shown_in_both_languages(data: Path) -> None:
    incident = str(rows(call("alerts", "--data", data, "--json"))[0]["incident"])
    shown = call("alerts", "show", incident, "--data", data)
    assert "are usual" in shown.stdout
    assert "平时" in shown.stdout
    assert isinstance(call("alerts", "show", "none", "--data", data).exception, QueryError)


def test_a_back_test_finds_what_was_alerted_and_what_candidates_would(data: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text("[surge]\nlevels = [3, 6, 12, 24]\n[negative_turn]\nenabled = false\n", "utf-8")
    interval = ("--from", "2011-12-02", "--to", "2011-12-03", "--watchlist", "housing")
    found = rows(call("alerts", "backtest", *interval, "--rules", strict, "--data", data, "--json"))
    told = rows(call("alerts", "list", "--data", data, "--json"))
    *events, last = found
    summary = last["summary"]
    assert isinstance(summary, dict)
    assert {one["id"] for one in events if one["rules"] != "candidate"} == {one["id"] for one in told}
    assert summary["today"] == len(told)
    assert 0 < summary["candidate"] < summary["today"]


def test_a_watchlist_that_is_named_twice_is_judged_once(data: Path) -> None:
    interval = ("--from", "2011-12-02", "--to", "2011-12-03")
    named = ("--watchlist", "housing")
    once = rows(call("alerts", "backtest", *interval, *named, "--data", data, "--json"))
    assert len(once) > 1
    assert rows(call("alerts", "backtest", *interval, *named, *named, "--data", data, "--json")) == once


def test_a_mistake_in_candidate_rules_is_named(data: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[surge]\nlevel = 1\n", "utf-8")
    interval = ("--from", "2011-12-02", "--to", "2011-12-03")
    result = call("alerts", "backtest", *interval, "--rules", wrong, "--data", data)
    assert isinstance(result.exception, SettingsError)
    assert "unknown key surge.level = 1" in str(result.exception)


def test_figures_of_a_window_show_organic_opinion_beside_the_raw_figure(data: Path) -> None:
    found = rows(call("figures", "--watchlist", "housing", "--window", "1440", "--data", data, "--json"))
    organic = found[-1]["organic"]
    assert isinstance(organic, dict)
    assert organic["enough"] is True
    assert organic["negative"]["low"] <= organic["negative"]["value"] <= organic["negative"]["high"]
    assert organic["raw_negative"] is not None
    assert organic["provisional"] is True


def test_a_column_of_people_tells_estimates_from_counts(data: Path) -> None:
    """Of a minute everybody is counted, of a day people are estimated."""
    interval = ("--watchlist", "housing", "--from", "2011-12-02", "--to", "2011-12-03", "--data", data)
    day = call("figures", *interval, "--window", "1440").stdout.splitlines()[1].split()
    minute = call("figures", *interval).stdout.splitlines()[1].split()
    assert (day[4][0], minute[4].isdigit() or minute[4] == "–") == ("~", True)
