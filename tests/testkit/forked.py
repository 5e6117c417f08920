"""``python -m tests.testkit.forked FD``: import the program, and fork for each call of ``forking``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection

import click

from monitor.cli import commands, main
from tests.testkit.forking import Call

_ON_DEMAND: Mapping[str, str] = {
    "--elasticsearch": "monitor.engine",
    "--kafka": "monitor.commands.feeding",
}
"""What commands import when they are given these options."""


def serve(calls: Connection) -> None:
    """Take calls until nobody makes any more; a child that was forked for one does not come back."""
    context = click.Context(commands)
    while True:
        try:
            call: Call = calls.recv()
        except EOFError:
            return
        commands.get_command(context, call.arguments[0])
        for option in _ON_DEMAND.keys() & call.arguments:
            import_module(_ON_DEMAND[option])
        child = os.fork()
        if not child:
            calls.close()
            _become(call)
            main()
        _, status = os.waitpid(child, 0)
        calls.send(os.waitstatus_to_exitcode(status))


def _become(call: Call) -> None:
    for number, stream in enumerate(("in", "out", "err")):
        opened = os.open(call.folder / stream, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(call.variables)
    sys.argv = ["opinion-monitor", *call.arguments]


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
