"""A web server that ends in order at the first signal and at once at the second."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import uvicorn

GRACE_SECONDS = 5
"""How long who is being answered, or still sends, is waited for once the server is to end."""


class Serving(uvicorn.Server):
    """Serves until SIGINT or SIGTERM; what is being answered is answered first.

    Who cannot wait for that and asks again ends the process there and then: what is committed is kept, and
    tasks that are torn off half-way would only fill the terminal.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take note of a signal."""
        if self.should_exit:
            sys.stderr.write("opinion-monitor: ended at once; what was committed is kept\n")
            sys.stderr.flush()
            os._exit(128 + signal.Signals(sig))
        super().handle_exit(sig, frame)
