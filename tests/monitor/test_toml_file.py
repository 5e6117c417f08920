"""Files that people write with editors of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import SettingsError
from monitor.toml_file import read_toml


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "saved.toml"
    path.write_text('name = "住房"\n', "utf-8-sig")
    assert read_toml(path, "the settings") == {"name": "住房"}


def test_a_file_in_another_encoding_is_refused_with_its_line_and_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "saved.toml"
    path.write_bytes(b"# one\n# two\n" + 'name = "住房"\n'.encode("gbk"))
    with pytest.raises(SettingsError, match=r"saved\.toml: line 3 is not UTF-8 text; save the file as UTF-8"):
        read_toml(path, "the settings")
