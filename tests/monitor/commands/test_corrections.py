"""``corrections``: what people corrected goes out as labelled lines, as the texts are indexed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import commands
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.scoring.labelled import read_labelled
from tests.testkit.documents import NOON, a_correction, a_document
from tests.testkit.program import ROOT


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with SqliteStore(tmp_path / "data") as store, store.transaction():
        index = SqliteIndex(store)
        index.create([a_document("sina_weibo:1", "房价又涨了"), a_document("sina_weibo:2", "还行")])
        index.put_corrections(
            [
                a_correction("k1", at=NOON, label="positive"),
                a_correction("k2", at=NOON + 60_000),
                a_correction("k3", "sina_weibo:2", at=NOON, label="cannot_tell"),
                a_correction("k4", "sina_weibo:gone", at=NOON),
            ]
        )
    return tmp_path / "data"


def test_the_label_that_holds_is_exported_with_the_text_as_indexed(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.ndjson"
    done = CliRunner().invoke(commands, ["corrections", "export", "--out", str(out), "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert [(one.text, one.polarity) for one in read_labelled(out).lines] == [("房价又涨了", -1)]
    assert "1 labelled lines; 2 left out" in done.output


def test_a_dash_is_standard_output(data: Path) -> None:
    for asked in (["corrections", "export"], ["dead-letters", "export"], ["alertmanager-config"]):
        given = [] if asked == ["alertmanager-config"] else ["--data", str(data)]
        with CliRunner().isolated_filesystem(temp_dir=data.parent):
            config = ["--config", str(ROOT / "config" / "monitor.toml")]
            done = CliRunner().invoke(commands, [*config, *asked, *given, "--out", "-"])
            assert (done.exit_code, list(Path().iterdir())) == (0, []), done.output
            assert done.stdout == CliRunner().invoke(commands, [*config, *asked, *given]).stdout


def test_a_file_that_is_there_is_not_written_over(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.ndjson"
    out.write_text("kept")
    asked = ["corrections", "export", "--out", str(out), "--data", str(data)]
    failed = CliRunner().invoke(commands, asked)
    assert failed.exit_code != 0
    assert "name a new file" in str(failed.exception)
    assert out.read_text() == "kept"


def test_corrections_are_listed_by_time(data: Path) -> None:
    asked = ["corrections", "list", "--json", "--from", "2012-01-01T08:00:30", "--data", str(data)]
    done = CliRunner().invoke(commands, asked)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["k2"]


def test_a_label_is_exported_if_it_holds_and_was_given_in_the_time_asked_for(data: Path) -> None:
    for bounds, labels in (
        (["--from", "2012-01-01T08:01", "--to", "2012-01-01T08:01:00.001"], [-1]),
        (["--to", "2012-01-01T08:01"], []),  # what was said then was corrected since
        (["--from", "2012-01-01T08:01:00.001"], []),
    ):
        done = CliRunner().invoke(commands, ["corrections", "export", *bounds, "--data", str(data)])
        assert [json.loads(line)["polarity"] for line in done.stdout.splitlines()] == labels, bounds
