"""Beginning and ending sessions, for the sign-in page and the API alike, with their entries in the log."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request
from starlette.responses import Response

from monitor.console.accounts import folded
from monitor.console.attempts import TooManyAttemptsError
from monitor.console.gate import session_cookie
from monitor.console.services import Console
from monitor.errors import AccessError, QueryError
from monitor.language import message

_LARGEST_FORM_BYTES = 16_384


def begin_session(console: Console, name: str, password: str, address: str) -> str:
    """Sign in: the token of the new session. Raises ``AccessError``; either way the log says so, but for
    tries that were not even looked at: a stranger must not be able to fill the disk with them.
    """
    known = folded(name)[:100]
    try:
        token = console.accounts.sign_in(name, password, address)
    except TooManyAttemptsError:
        raise
    except AccessError:
        console.audit.record(known, "sign_in_failed", address)
        raise
    console.audit.record(known, "sign_in", address)
    return token


def set_session_cookie(console: Console, answer: Response, token: str) -> None:
    """Give the browser its session."""
    answer.set_cookie(console.cookie, token, path="/", secure=console.secure, httponly=True, samesite="lax")


def end_session(console: Console, request: Request, answer: Response) -> None:
    """Sign out."""
    token = session_cookie(request.headers, console.cookie)
    session = console.accounts.session(token) if token else None
    if token and session is not None:
        console.accounts.sign_out(token)
        console.audit.record(session.user.name, "sign_out")
    answer.delete_cookie(console.cookie, path="/", secure=console.secure, httponly=True, samesite="lax")


def address_of(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else "unknown"


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; of a field given twice the last.

    Raises:
        QueryError: the form is too large or no form.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM_BYTES:
            raise QueryError(message("the form has more than {most} bytes"), most=_LARGEST_FORM_BYTES)
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise QueryError(message("the form cannot be read")) from error
