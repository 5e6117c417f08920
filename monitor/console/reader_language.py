"""Which language a reader gets: what the address asks, what they chose before, what the browser prefers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.language import LANGUAGES, Catalogue, catalogue, language_of

_COOKIE = "opinion_language"
_PARAMETER = "lang"
_YEAR_SECONDS = 365 * 24 * 3600


def words_for(request: Request) -> Catalogue:
    """The messages for the reader of a page; Chinese unless something says English."""
    return catalogue(
        language_of(
            request.query_params.get(_PARAMETER)
            or request.cookies.get(_COOKIE)
            or request.headers.get("accept-language")
        )
    )


def keep_language(answer: Response, chosen: str | None, *, secure: bool) -> None:
    """Remember a reader's choice in their browser; anything but a language changes nothing."""
    if chosen in LANGUAGES:
        answer.set_cookie(
            _COOKIE, chosen, max_age=_YEAR_SECONDS, path="/", secure=secure, httponly=True, samesite="lax"
        )


def asked_language(request: Request) -> str | None:
    """The language that the address asks for."""
    return request.query_params.get(_PARAMETER)
