"""``campaigns show`` and ``campaigns evaluate`` through the public interface."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.testkit.program import program
from tests.testkit.records import a_line, write_lines

pytestmark = pytest.mark.system
START = datetime.fromisoformat("2012-03-04T05:00:00+08:00")
OWN = "柏临家的面膜好得出奇谁用谁知道"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaigns")
    lines = [
        a_line(
            id=f"r{number}",
            kind="repost",
            root_id="root",
            author={"id": f"a{number}"},
            text=OWN,
            created_at=(START + timedelta(seconds=number)).isoformat(),
        )
        for number in range(40)
    ]
    records = write_lines(folder / "records.ndjson", lines)
    assert program("run", records, "--data", folder / "data", "--sentiment", "none").code == 0
    return folder / "data"


def _identity(data: Path) -> str:
    listed = program("campaigns", "--data", data, "--json")
    return str(msgspec.json.decode(listed.out.splitlines()[0])["id"])


def test_show_prints_texts_accounts_and_both_sides_of_the_evidence(data: Path) -> None:
    page = program("campaigns", "show", _identity(data), "--data", data).out
    for part in ("For / 支持", "Against / 反对", OWN, "sina_weibo:root", "Accounts"):
        assert part in page


def test_show_of_an_unknown_campaign_says_so(data: Path) -> None:
    ended = program("campaigns", "show", "c0", "--data", data)
    assert ended.code == 2
    assert "c0" in ended.err


def test_evaluate_matches_a_judged_episode(data: Path, tmp_path: Path) -> None:
    episode = {
        "root_id": "root",
        "start": START.isoformat(),
        "end": (START + timedelta(minutes=1)).isoformat(),
        "label": "coordinated",
        "subtype": "burst",
    }
    episodes = write_lines(tmp_path / "episodes.jsonl", [msgspec.json.encode(episode)])
    ended = program("campaigns", "evaluate", "--episodes", episodes, "--data", data, "--json")
    found = msgspec.json.decode(ended.out)
    assert found["recall"]["burst"] == {"episodes": 1, "found": 1}
    assert found["further_alarms"] == []
    assert found["median_delay_seconds"] is not None
