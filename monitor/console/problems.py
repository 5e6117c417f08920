"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.console.attempts import TooManyAttemptsError
from monitor.console.search_language import SearchSyntaxError
from monitor.console.services import NotSignedInError, RoleError
from monitor.errors import AccessError, BrokerError, CursorError, MonitorError, QueryError, StoreError

CONTENT_TYPE = "application/problem+json"
_LOG = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: ``type`` for programs, ``title`` and ``detail`` for people; ``column`` (from 1) where
    in the search text.
    """

    type: str
    title: str
    status: int
    detail: str
    column: int | None = None


def problem(status: int, kind: str, detail: str, column: int | None = None) -> Response:
    """A problem as an answer."""
    told = Problem(f"urn:opinion-monitor:{kind}", HTTPStatus(status).phrase, status, detail, column)
    return Response(msgspec.json.encode(told), status_code=status, media_type=CONTENT_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of the app be answered as a problem."""

    @app.exception_handler(MonitorError)
    def of_ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, MonitorError)
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    def of_parameters(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        return problem(422, "parameters", told)

    @app.exception_handler(HTTPException)
    def of_routing(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return problem(error.status_code, "http", str(error.detail))

    @app.exception_handler(Exception)
    def of_no_one(_: Request, error: Exception) -> Response:
        _LOG.error("a request failed: %s", type(error).__name__, exc_info=error)
        return problem(500, "fault", "the console failed to answer; its log says why")


def problem_of(error: MonitorError) -> Response:
    """An error of this program as an answer."""
    if isinstance(error, SearchSyntaxError):
        return problem(400, "search_syntax", str(error), error.column)
    for kind, status, name in _KINDS:
        if isinstance(error, kind):
            answer = problem(status, name, str(error))
            if isinstance(error, TooManyAttemptsError):
                answer.headers["retry-after"] = str(error.wait_seconds)
            return answer
    return problem(500, "fault", str(error))


_KINDS: tuple[tuple[type[MonitorError], int, str], ...] = (
    (CursorError, 400, "cursor"),
    (QueryError, 400, "query"),
    (TooManyAttemptsError, 429, "too_many_attempts"),
    (NotSignedInError, 401, "not_signed_in"),
    (RoleError, 403, "role"),
    (AccessError, 409, "refused"),
    (StoreError, 503, "store"),
    (BrokerError, 503, "broker"),
)
"""How each kind of error is answered; the first that fits."""
