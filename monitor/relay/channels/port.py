"""What the relay asks of a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from monitor.alerts.notices import Message, Notice


class SendError(Exception):
    """A channel did not take a message.

    ``retry_after`` is how long it asks to be left alone, in seconds; ``unsure`` that it may have it all the
    same (it was cut off after the message had gone out); ``refused`` that it answered, and does not want this
    message: another may pass. The sentence holds no secret.
    """

    def __init__(
        self,
        sentence: str,
        *,
        retry_after: float | None = None,
        unsure: bool = False,
        refused: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        self.unsure = unsure
        self.refused = refused


class Post(msgspec.Struct, frozen=True):
    """An HTTP POST: where to, what, and headers beside the content type."""

    url: str
    body: bytes
    headers: dict[str, str] = {}


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class Poster(Protocol):
    """Sends a POST. Raises ``SendError`` when there is no answer."""

    def send(self, post: Post) -> Answer:
        """Send it and wait for the answer; redirects are not followed."""


class Robot(Protocol):
    """A kind of channel that takes messages over HTTP. Pure: the clock is passed in."""

    per_minute: int
    """So many messages a minute are taken."""

    def render(self, message: Message) -> bytes:
        """The body for a message, unsigned; within the channel's limit."""

    def post(self, body: bytes, now: float) -> Post:
        """The signed POST of a rendered body at ``now``, seconds since the epoch."""

    def check(self, answer: Answer) -> None:
        """Raise ``SendError`` unless the answer says that the message was taken."""


class Channel(Protocol):
    """Where notices go."""

    name: str
    per_minute: int

    def send(self, notices: Sequence[Notice]) -> None:
        """Send notices about the same thing as one message; raises ``SendError``."""
