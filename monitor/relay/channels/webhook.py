"""Any other service: a JSON document, signed in a header.

``X-Opinion-Signature`` is ``sha256=`` and the hexadecimal HMAC-SHA-256, under the secret, of the timestamp in
``X-Opinion-Timestamp`` (seconds), a dot, and the body. Any 2xx is success.
"""

from __future__ import annotations

import hmac

import msgspec

from monitor.alerts.notices import Message, fitted
from monitor.relay.channels.answers import check_status
from monitor.relay.channels.port import Answer, Post

LIMIT_BYTES = 256 * 1024


def signature(timestamp_seconds: int, body: bytes, secret: str) -> str:
    """The signature of a body at a moment."""
    return "sha256=" + hmac.digest(secret.encode(), f"{timestamp_seconds}.".encode() + body, "sha256").hex()


class Webhook:
    """Writes a ``Message`` as it is: ``title, items, language, level, hidden, heat, link, keys``."""

    per_minute = 600

    def __init__(self, url: str, secret: str) -> None:
        """``secret`` empty: nothing is signed."""
        self._url = url
        self._secret = secret

    def render(self, message: Message) -> bytes:
        """The body for a message."""
        return fitted(message, msgspec.json.encode, LIMIT_BYTES)

    def post(self, body: bytes, now: float) -> Post:
        """The POST, signed in its headers."""
        at = int(now)
        headers = {"X-Opinion-Timestamp": str(at)}
        if self._secret:
            headers["X-Opinion-Signature"] = signature(at, body, self._secret)
        return Post(self._url, body, headers)

    def check(self, answer: Answer) -> None:
        """Raise ``SendError`` for anything but 2xx."""
        check_status(answer)
