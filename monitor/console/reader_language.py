"""Which language a reader gets: what the address asks, what they chose before, what the browser prefers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.console.search_language import SearchSyntaxError
from monitor.console.services import RoleError
from monitor.errors import MonitorError
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


def refusal(words: Catalogue, error: MonitorError) -> str:
    """Why something was refused, as a reader is told; in English where no catalogue knows the sentence."""
    match error:
        case SearchSyntaxError():
            return error.sentence(words)
        case RoleError():
            return words.text("Your role does not allow this; ask an administrator.")
        case _ if error.key in words.messages:
            return words.text(error.key, **error.values)
        case _:
            return str(error)


def keep_language(answer: Response, chosen: str | None, *, secure: bool) -> None:
    """Remember a reader's choice in their browser; anything but a language changes nothing."""
    if chosen in LANGUAGES:
        answer.set_cookie(
            _COOKIE, chosen, max_age=_YEAR_SECONDS, path="/", secure=secure, httponly=True, samesite="lax"
        )


def asked_language(request: Request) -> str | None:
    """The language that the address asks for."""
    return request.query_params.get(_PARAMETER)
