"""``intake``: what it promises, and what it refuses before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.commands.intake import durable_pipeline
from monitor.settings import load_settings
from tests.testkit.program import KEY, ROOT, program

TOKEN = {"OPINION_MONITOR__INTAKE__TOKEN": "a-token-for-system-tests"}


def test_what_it_has_accepted_is_on_the_disk(tmp_path: Path) -> None:
    settings = load_settings(
        ROOT / "config" / "monitor.toml", {"OPINION_MONITOR__PRIVACY__PSEUDONYM_KEY": KEY}
    )
    with durable_pipeline(settings, tmp_path) as pipeline:
        assert pipeline.index._store.all("PRAGMA synchronous") == [(2,)]


@pytest.mark.system
@pytest.mark.parametrize("address", ["foo", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_one_sentence(tmp_path: Path, address: str) -> None:
    ended = program("intake", "--data", tmp_path, "--listen", address, variables=TOKEN)
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
    assert f"the intake cannot listen on '{address}'" in ended.err
