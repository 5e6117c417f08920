"""``campaigns list`` and ``show`` on what is stored."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from click.testing import CliRunner, Result

from monitor.campaigns.port import CampaignRevision, Details, Interval, Moment, TextGroup
from monitor.cli import commands
from monitor.commands.campaign_page import evidence_page
from monitor.errors import QueryError
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.sightings import a_revision

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000


def _taken_back(identity: str) -> CampaignRevision:
    return msgspec.structs.replace(
        a_revision(identity), state="closed", accounts=0, records=0, score=0.0, intervals=()
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaigns")
    merged = msgspec.structs.replace(a_revision("c2", records=["r"]), state="merged", merged_into="c1")
    with SqliteStore(folder) as store, store.transaction():
        SqliteIndex(store).put_campaigns([a_revision("c1", records=["r"]), merged, _taken_back("c3")])
    return folder


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, [str(one) for one in arguments])


def listed(*arguments: str | Path) -> list[str]:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return [msgspec.json.decode(line)["id"] for line in result.stdout.splitlines()]


def test_the_list_shows_what_stands_and_more_when_asked(data: Path) -> None:
    assert listed("campaigns", "list", "--data", data) == ["c1"]
    assert listed("campaigns", "list", "--merged", "--data", data) == ["c1", "c2"]
    assert listed("campaigns", "list", "--taken-back", "--data", data) == ["c1", "c3"]


def test_the_command_without_a_word_lists_too(data: Path) -> None:
    assert listed("campaigns", "--data", data) == ["c1"]
    assert listed("campaigns", "--taken-back", "--merged", "--data", data) == ["c1", "c2", "c3"]
    assert listed("campaigns", "--taken-back", "--data", data, "list") == ["c1", "c3"]


def test_one_that_was_taken_back_is_listed_and_shown_as_none(data: Path) -> None:
    line = next(
        line
        for line in call("campaigns", "list", "--taken-back", "--data", data).stdout.splitlines()
        if line.startswith("c3")
    )
    assert "taken back" in line
    assert "0 accounts" not in line
    shown = call("campaigns", "show", "c3", "--data", data).stdout
    assert "do not bear it out" in shown
    assert "已撤回" in shown
    assert "0 accounts" not in shown


def test_an_unknown_campaign_names_the_way_to_the_list(data: Path) -> None:
    error = call("campaigns", "show", "c9", "--data", data).exception
    assert isinstance(error, QueryError)
    assert "campaigns list" in str(error)


def _page(**details: object) -> list[str]:
    revision = a_revision("c1", records=[f"r{at}" for at in range(30)], opened_at=30 * MINUTE)
    interval = Interval("sina_weibo:root", 20 * MINUTE, 40 * MINUTE)
    shown = msgspec.structs.replace(Details(), **details)
    return evidence_page(msgspec.structs.replace(revision, intervals=(interval,), details=shown), ZONE)


def test_the_page_tells_the_first_record_from_the_opening() -> None:
    assert "first record 1970-01-01T08:20:00+08:00, opened 1970-01-01T08:30:00+08:00" in _page()[1]


def test_the_page_shows_the_course_from_before_the_beginning_against_what_is_usual() -> None:
    moments = (Moment(0, 10, 0), Moment(10 * MINUTE, 0, 0), Moment(20 * MINUTE, 40, 30))
    page = _page(timeline=moments, usual=10.0)
    first = page.index(
        "Campaign (#) among all records of the target (.), 10 minutes a line; usual before (|): 10.0"
    )
    bars = [line.partition("  ")[2].partition("  ")[2] for line in page[first + 1 : first + 4]]
    assert bars == [
        "." * 10 + "|  0/10",
        " " * 10 + "|  0/0",
        "#" * 10 + "|" + "#" * 19 + "." * 10 + "  30/40",
    ]
    assert "75% of the target's records between the campaign's first and last" in page[first + 4]


def test_the_page_says_how_many_texts_it_leaves_out() -> None:
    groups = (TextGroup("这款面膜真的好用", 3, 3),)
    assert any("and 7 more texts" in line for line in _page(groups=groups, more_groups=7))
    assert not any("more texts" in line for line in _page(groups=groups))


def test_the_page_says_that_nobody_knows_what_was_usual() -> None:
    page = _page(timeline=(Moment(0, 10, 5, 30),))
    assert any("30 minutes a line; what was usual before is not known" in line for line in page)
