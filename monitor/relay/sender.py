"""Sending what waits for one channel: as fast as it may, again until it has arrived."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from monitor.relay.channels.port import Channel, SendError
from monitor.relay.metrics import RelayMetrics
from monitor.relay.spool import Delivery, Spool

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 300.0
_SPACING_SECONDS = 0.25
_LOGGER = logging.getLogger("monitor.relay")


class Sender:
    """Sends the notices of one channel, one message at a time. ``step`` says when to come back."""

    def __init__(
        self, channel: Channel, spool: Spool, metrics: RelayMetrics, clock: Callable[[], float]
    ) -> None:
        """``clock`` gives seconds since the epoch."""
        self.channel = channel
        self._spool = spool
        self._metrics = metrics
        self._clock = clock
        self._sent_at: deque[float] = deque(maxlen=channel.per_minute)
        self._falls = 0
        self._not_before = 0.0

    def step(self) -> float:
        """Send the next message, if there is one and it may be sent; seconds until the next step."""
        now = self._clock()
        waiting, oldest = self._spool.waiting(self.channel.name)
        self._metrics.waiting(self.channel.name, waiting, 0.0 if oldest is None else max(0.0, now - oldest))
        pause = max(self._not_before, self._free_at()) - now
        if pause > 0:
            return min(pause, 1.0)
        deliveries = self._spool.next(self.channel.name)
        if not deliveries:
            return _SPACING_SECONDS
        self._spool.sending(deliveries)
        try:
            self.channel.send([one.notice for one in deliveries])
        except SendError as error:
            self._fell(deliveries, error)
        except Exception as error:  # noqa: BLE001 - one message must not end a channel's thread
            self._fell(deliveries, SendError(f"an error of ours ({type(error).__name__})", unsure=True))
        else:
            self._spool.sent(deliveries, self._clock())
            self._metrics.sent(self.channel.name, len(deliveries))
            self._sent_at.append(self._clock())
            self._falls = 0
        return _SPACING_SECONDS

    def run(self, stopping: threading.Event) -> None:
        """Send until ``stopping`` is set."""
        while not stopping.is_set():
            stopping.wait(self.step())

    def _free_at(self) -> float:
        """When the channel's rate allows the next message."""
        full = len(self._sent_at) == self._sent_at.maxlen
        return self._sent_at[0] + 60.0 if full else 0.0

    def _fell(self, deliveries: list[Delivery], error: SendError) -> None:
        self._spool.failed(deliveries, unsure=error.unsure)
        self._metrics.failed(self.channel.name)
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**self._falls)
        pause = max(pause, error.retry_after or 0.0)
        self._falls = min(self._falls + 1, 16)
        self._not_before = self._clock() + pause
        _LOGGER.warning(
            "%s did not take a message (%s); %d notices wait, next try in %.0f s",
            self.channel.name, error, len(deliveries), pause,
        )  # fmt: skip
