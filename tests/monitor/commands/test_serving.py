"""Servers end at a signal, and at once at a second one, without words about their insides."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.system

SLOW = """
import asyncio, signal, sys, uvicorn
from monitor.commands.interrupts import on_terminate
from monitor.commands.serving import Serving

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await asyncio.sleep({shutdown})
            await send({{"type": message["type"] + ".complete"}})
            if message["type"] == "lifespan.startup":
                print("serves", flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it runs behind
signal.signal(signal.SIGTERM, on_terminate)
server = Serving(uvicorn.Config(app, port=0, log_level="warning"))
try:
    server.run()
except KeyboardInterrupt:
    sys.exit(130)
"""


def ended(shutdown: float, *signals: signal.Signals) -> tuple[int, str]:
    """How a server that needs so long to end does on signals a tenth of a second apart."""
    with subprocess.Popen(
        [sys.executable, "-c", SLOW.format(shutdown=shutdown)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serves\n"
        time.sleep(0.5)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.1)
        _, said = process.communicate(timeout=30)
        return process.returncode, said


def test_one_signal_ends_it_in_order() -> None:
    assert ended(0.0, signal.SIGINT) == (130, "")


@pytest.mark.parametrize(("second", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_one_ends_it_at_once_with_one_sentence(second: signal.Signals, code: int) -> None:
    began = time.monotonic()
    found = ended(20.0, signal.SIGINT, second)
    assert found == (code, "opinion-monitor: ended at once; what was committed is kept\n")
    assert time.monotonic() - began < 15
