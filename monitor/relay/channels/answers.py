"""Reading a robot's answer: an HTTP status first, then the code in the body."""

from __future__ import annotations

from collections.abc import Container

import msgspec

from monitor.relay.channels.port import Answer, SendError

_SHOWN = 200


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
    if answer.status in {429, 503}:
        asked = answer.headers.get("retry-after", "")
        after = float(asked) if asked.isdigit() else busy_seconds
    moved = "; redirects are not followed" if 300 <= answer.status < 400 else ""
    raise SendError(f"HTTP {answer.status}{moved}", retry_after=after)


def check_code(answer: Answer, *, busy: Container[int], busy_seconds: float) -> None:
    """Raise ``SendError`` unless the body's code is 0: HTTP 200 alone says nothing.

    A code in ``busy`` is a rate limit, which is over after ``busy_seconds``.
    """
    check_status(answer, busy_seconds=busy_seconds)
    try:
        verdict = msgspec.json.decode(answer.body, type=_Verdict)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise SendError("the answer is no JSON with a code; is the address that of a robot?") from error
    code = verdict.errcode if verdict.errcode is not None else verdict.code
    if code == 0:
        return
    if code is None:
        raise SendError("the answer has no code; is the address that of a robot?")
    text = (verdict.errmsg or verdict.msg)[:_SHOWN]
    raise SendError(f"refused with code {code}: {text}", retry_after=busy_seconds if code in busy else None)
