"""Reading a robot's answer: an HTTP status first, then the code in the body.

How long a channel asks to be left alone stands in ``Retry-After``, in seconds or as a date (RFC 9110,
10.2.3), or in Feishu's ``x-ogw-ratelimit-reset``, in seconds ("频控策略", open.larkoffice.com). Nobody is
obeyed for more than an hour: a channel that is broken must not silence itself.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from email.utils import parsedate_to_datetime

import msgspec

from monitor.relay.channels.port import Answer, SendError

_SHOWN = 200
_LONGEST_PEACE_SECONDS = 3_600.0
_BUSY_STATUSES = frozenset({429, 503})
_UNWANTED_STATUSES = frozenset({400, 413, 415, 422})
"""What says that this body is not wanted; another may be."""


class _Verdict(msgspec.Struct):
    """DingTalk and WeCom say ``errcode`` and ``errmsg``, Feishu ``code`` and ``msg``."""

    errcode: int | None = None
    code: int | None = None
    errmsg: str = ""
    msg: str = ""


def check_status(answer: Answer, *, busy_seconds: float = 60.0) -> None:
    """Raise ``SendError`` for anything but 2xx; 429 and 503 say when to come back, or ``busy_seconds``."""
    if 200 <= answer.status < 300:
        return
    after: float | None = None
    if answer.status in _BUSY_STATUSES:
        asked = _asked_seconds(answer.headers)
        after = busy_seconds if asked is None else min(asked, _LONGEST_PEACE_SECONDS)
    moved = "; redirects are not followed" if 300 <= answer.status < 400 else ""
    raise SendError(
        f"HTTP {answer.status}{moved}", retry_after=after, refused=answer.status in _UNWANTED_STATUSES
    )


def _asked_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the headers of an answer ask for; None: they do not say, or not in a way that is known.

    A date counts from the answer's own ``Date``, so that it does not matter how our clock goes.
    """
    asked = (headers.get("retry-after") or headers.get("x-ogw-ratelimit-reset") or "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def check_code(answer: Answer, *, busy: Container[int], busy_seconds: float) -> None:
    """Raise ``SendError`` unless the body's code is 0: HTTP 200 alone says nothing.

    A code in ``busy`` is a rate limit, which is over after ``busy_seconds``, whatever the status.
    """
    try:
        verdict = msgspec.json.decode(answer.body, type=_Verdict)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        check_status(answer, busy_seconds=busy_seconds)
        raise SendError("the answer is no JSON with a code; is the address that of a robot?") from error
    code = verdict.errcode if verdict.errcode is not None else verdict.code
    text = (verdict.errmsg or verdict.msg)[:_SHOWN]
    if code is not None and code in busy:
        asked = _asked_seconds(answer.headers)
        after = busy_seconds if asked is None else min(asked, _LONGEST_PEACE_SECONDS)
        raise SendError(f"refused with code {code}: {text}", retry_after=after)
    check_status(answer, busy_seconds=busy_seconds)
    if code is None:
        raise SendError("the answer has no code; is the address that of a robot?")
    if code != 0:
        raise SendError(f"refused with code {code}: {text}", refused=True)
