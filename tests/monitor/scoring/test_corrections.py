"""Corrected labels become lines that a model can learn from."""

from __future__ import annotations

from pathlib import Path

import msgspec

from monitor.scoring.corrections import CorrectedLabel, corrected_line, latest
from monitor.scoring.labelled import read_labelled
from tests.testkit.documents import NOON, a_correction


def test_the_last_correction_of_a_record_holds() -> None:
    first, last = a_correction("k9", at=NOON), a_correction("k1", at=NOON + 1, label="positive")
    other = a_correction("k2", "sina_weibo:2", at=NOON)
    assert set(latest([last, other, first])) == {last, other}


def test_lines_are_read_as_labelled_texts(tmp_path: Path) -> None:
    labels: tuple[CorrectedLabel, ...] = ("negative", "neutral", "positive")
    lines = [corrected_line(a_correction(label=label), "房价又涨了") for label in labels]
    file = tmp_path / "own.ndjson"
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    found = read_labelled(file)
    assert [(line.text, line.polarity) for line in found.lines] == [("房价又涨了", at) for at in (-1, 0, 1)]
    assert b"judge" not in file.read_bytes()


def test_nothing_is_learnt_where_nobody_could_tell_or_nothing_was_written() -> None:
    assert corrected_line(a_correction(label="cannot_tell"), "房价") is None
    assert corrected_line(a_correction(), "  ") is None
