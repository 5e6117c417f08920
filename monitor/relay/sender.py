"""Sending what waits for one channel: as fast as it may, again until it has arrived.

A channel that does not answer makes everything wait. One that answers and does not want a message lets the
other subjects pass; after some tries people are told without the words that it does not want.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from monitor.alerts.notices import without_words
from monitor.errors import StoreError
from monitor.relay.channels.port import Channel, SendError
from monitor.relay.metrics import RelayMetrics
from monitor.relay.spool import Delivery, Spool

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 300.0
_SPACING_SECONDS = 0.25
_SPOOL_PAUSE_SECONDS = 5.0
_TRIES_AS_WRITTEN = 4
_MINUTE_SECONDS = 60.0
_LONGEST_QUIET_SECONDS = 3_600.0
_TRIED, _QUIET = "tried:", "quiet:"
_LOGGER = logging.getLogger("monitor.relay")


class _Parked(msgspec.Struct):
    """A subject whose message was refused: so many times, not to be tried before a moment."""

    falls: int = 0
    until: float = 0.0


class Sender:
    """Sends the notices of one channel, one message at a time. ``step`` says when to come back."""

    def __init__(
        self,
        channel: Channel,
        spool: Spool,
        metrics: RelayMetrics,
        clock: Callable[[], float],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` gives seconds since the epoch; pauses run on ``ticks``, which no one sets."""
        self.channel = channel
        self._spool = spool
        self._metrics = metrics
        self._clock = clock
        self._ticks = ticks
        self._tried_at: deque[float] = deque(self._before(), maxlen=channel.per_minute)
        self._falls = 0
        self._not_before = self._quiet_until()
        self._parked: dict[str, _Parked] = {}
        self._outcome: Callable[[], None] | None = None

    def step(self) -> float:
        """Send the next message, if there is one and it may be sent; seconds until the next step.

        Raises:
            StoreError: the spool cannot be written; what has arrived is recorded by the next step.
        """
        self._record()
        waiting, oldest = self._spool.waiting(self.channel.name)
        age = 0.0 if oldest is None else max(0.0, self._clock() - oldest)
        self._metrics.waiting(self.channel.name, waiting, age)
        now = self._ticks()
        pause = max(self._not_before, self._free_at()) - now
        if pause > 0:
            return min(pause, 1.0)
        parked = [about for about, one in self._parked.items() if one.until > now]
        deliveries = self._spool.next(self.channel.name, parked)
        if deliveries:
            self._spool.sending(deliveries)
            self._send(deliveries)
        return _SPACING_SECONDS

    def run(self, stopping: threading.Event) -> None:
        """Send until ``stopping`` is set; a spool that cannot be written (a full disk) is waited for."""
        said = ""
        while not stopping.is_set():
            try:
                pause, said = self.step(), ""
            except StoreError as error:
                pause = _SPOOL_PAUSE_SECONDS
                if str(error) != said:
                    _LOGGER.warning("%s waits: %s", self.channel.name, error)
                said = str(error)
            stopping.wait(pause)

    def _send(self, deliveries: list[Delivery]) -> None:
        about = deliveries[0].about
        notices = [one.notice for one in deliveries]
        parked = self._parked.get(about)
        if parked is not None and parked.falls >= _TRIES_AS_WRITTEN:
            notices = [without_words(one) for one in notices]
        self._try_now()
        try:
            self.channel.send(notices)
        except SendError as error:
            self._fell(deliveries, error)
        except Exception as error:  # noqa: BLE001 - one message must not end a channel's thread
            self._fell(deliveries, SendError(f"an error of ours ({type(error).__name__})", unsure=True))
        else:
            at = self._clock()
            self._outcome = lambda: self._spool.sent(deliveries, at)
            self._metrics.sent(self.channel.name, len(deliveries))
            self._falls = 0
            self._parked.pop(about, None)
        self._record()

    def _record(self) -> None:
        """Keep what came of the last sending; again, until it is kept."""
        if self._outcome is not None:
            self._outcome()
            self._outcome = None

    def _try_now(self) -> None:
        """Note a try, for the next relay on this spool, too: a channel counts them all."""
        self._tried_at.append(self._ticks())
        now, ticks = self._clock(), self._ticks()
        moments = [round(now - (ticks - at), 1) for at in self._tried_at if ticks - at < _MINUTE_SECONDS]
        self._spool.remember(_TRIED + self.channel.name, msgspec.json.encode(moments).decode())

    def _before(self) -> list[float]:
        """When messages were tried in the minute before the start, in ticks."""
        now, ticks = self._clock(), self._ticks()
        noted = self._spool.fact(_TRIED + self.channel.name)
        moments = msgspec.json.decode(noted, type=list[float]) if noted else []
        return [ticks - (now - at) for at in moments if 0 <= now - at < _MINUTE_SECONDS]

    def _quiet_until(self) -> float:
        """When a channel that asked for quiet before the start may be tried again, in ticks."""
        noted = self._spool.fact(_QUIET + self.channel.name)
        left = float(noted) - self._clock() if noted else 0.0
        return self._ticks() + min(left, _LONGEST_QUIET_SECONDS) if left > 0 else -math.inf

    def _free_at(self) -> float:
        """When the channel's rate allows the next message; tries count, whatever came of them."""
        full = len(self._tried_at) == self._tried_at.maxlen
        return self._tried_at[0] + _MINUTE_SECONDS if full else -math.inf

    def _fell(self, deliveries: list[Delivery], error: SendError) -> None:
        self._outcome = lambda: self._spool.failed(deliveries, unsure=error.unsure)
        self._metrics.failed(self.channel.name)
        now = self._ticks()
        pause = max(_pause(self._falls), error.retry_after or 0.0)
        self._falls += 1
        self._not_before = now + pause
        if error.retry_after:
            self._spool.remember(_QUIET + self.channel.name, f"{self._clock() + pause:.0f}")
        if error.refused:
            parked = self._parked.setdefault(deliveries[0].about, _Parked())
            parked.falls += 1
            # Longer than the channel's own pause: the others come first.
            parked.until = now + _pause(parked.falls)
        _LOGGER.warning(
            "%s did not take a message (%s); %d notices wait, next try in %.0f s",
            self.channel.name, error, len(deliveries), pause,
        )  # fmt: skip


def _pause(falls: int) -> float:
    return min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(falls, 16))
