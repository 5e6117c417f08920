"""``--help``: what a newcomer reads first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from monitor import __version__
from monitor.cli import commands


def groups(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        yield path
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from groups(inner, (*path, name))


@pytest.mark.parametrize("path", list(groups(commands)), ids=" ".join)
def test_no_line_about_a_command_is_cut_off_at_80_columns(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(commands, [*path, "--help"], terminal_width=80)
    assert shown.exit_code == 0
    _, _, listed = shown.output.partition("\nCommands:\n")
    assert listed
    assert [line for line in listed.splitlines() if line.endswith("...")] == []


def test_what_is_said_of_a_command_is_what_it_says_of_itself() -> None:
    context = click.Context(commands)
    shown = CliRunner().invoke(commands, ["--help"], terminal_width=200).output
    listed = dict(line.split(maxsplit=1) for line in shown.partition("\nCommands:\n")[2].splitlines())
    themselves = {name: commands.get_command(context, name) for name in commands.list_commands(context)}
    assert listed == {name: one.get_short_help_str(200) for name, one in themselves.items() if one}


def test_the_list_of_commands_waits_for_none_of_them() -> None:
    asked = "import sys; from monitor.cli import commands; commands(['--help'], standalone_mode=False)"
    tell = "print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", f"{asked}; {tell}"], capture_output=True, check=True)
    imported = ended.stderr.decode().split()
    assert "monitor.cli" in imported
    assert not {"monitor.composition", "monitor.commands.run", "numpy"} & set(imported)


def test_the_version_is_told_as_an_option_and_as_a_command() -> None:
    told = [CliRunner().invoke(commands, [word]).output for word in ("--version", "version")]
    assert told == [f"opinion-monitor {__version__}\n"] * 2
