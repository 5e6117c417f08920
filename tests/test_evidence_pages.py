"""The pages of evidence name the command that writes them: the one that ``make evidence`` runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.evidence import DATA, SUITES

PAGES = Path(__file__).parents[1] / "docs" / "evidence"
_WRITTEN_BY = re.compile(r"Written by `python ([^`]+)`")


@pytest.mark.parametrize("suite", ["organic", "campaigns"])
def test_a_page_of_evidence_is_written_by_what_make_evidence_runs(suite: str) -> None:
    told = _WRITTEN_BY.search((PAGES / f"{suite}.md").read_text("utf-8"))
    assert told
    arguments = dict(SUITES)[suite]
    assert told[1].split() == ["FOLDER" if one == str(DATA) else one for one in arguments]
