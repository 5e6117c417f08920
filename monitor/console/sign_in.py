"""Signing in and setting up, as plain pages without scripts: all that strangers ever see."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.console.accounts import SHORTEST_PASSWORD
from monitor.console.attempts import TooManyAttemptsError
from monitor.console.gate import SET_UP, SIGN_IN, safe_path
from monitor.console.services import Console
from monitor.console.sessions import (
    address_of,
    begin_session,
    end_session,
    form_of,
    set_session_cookie,
)
from monitor.errors import AccessError
from monitor.language import Catalogue, catalogue, language_of

_STYLE = """
:root { color-scheme: light; font: 16px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #eef2f6;
  color: #17212b; }
main { box-sizing: border-box; width: min(24rem, 92vw); padding: 2rem; background: #fff; border-radius: 12px;
  box-shadow: 0 1px 3px #0003; }
h1 { margin: 0 0 .25rem; font-size: 1.375rem; } p { margin: 0 0 1.25rem; color: #46545f; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: .6rem .7rem; font: inherit; border: 1px solid #71808c;
  border-radius: 6px; }
button { width: 100%; margin-top: 1.5rem; padding: .7rem; font: inherit; font-weight: 600; color: #fff;
  background: #0b5cad; border: 0; border-radius: 6px; cursor: pointer; }
:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
.error { padding: .6rem .8rem; color: #8c1d18; background: #fdecea; border-radius: 6px; }
.hint { margin: .25rem 0 0; font-size: .875rem; } footer { margin-top: 1.5rem; font-size: .875rem; }
a { color: #0b5cad; }
"""


def sign_in_routes(console: Console) -> APIRouter:
    """The routes of both pages, and of signing out."""
    router = APIRouter(include_in_schema=False)

    @router.get(SIGN_IN)
    def show(request: Request) -> Response:
        return HTMLResponse(_sign_in_page(_words(request), safe_path(request.query_params.get("next"))))

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        return await run_in_threadpool(_signed_in, console, request, await form_of(request))

    @router.get(SET_UP)
    def show_set_up(request: Request) -> Response:
        return HTMLResponse(_set_up_page(_words(request), request.query_params.get("token", "")))

    @router.post(SET_UP)
    async def set_up(request: Request) -> Response:
        return await run_in_threadpool(_set_up, console, request, await form_of(request))

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        answer = RedirectResponse(SIGN_IN, status_code=303)
        end_session(console, request, answer)
        return answer

    return router


def _signed_in(console: Console, request: Request, form: dict[str, str]) -> Response:
    words, wanted = _words(request), safe_path(form.get("next"))
    try:
        token = begin_session(console, form.get("name", ""), form.get("password", ""), address_of(request))
    except TooManyAttemptsError as error:
        told = words.text("Too many failed attempts. Try again in {seconds} s.", seconds=error.wait_seconds)
        return HTMLResponse(_sign_in_page(words, wanted, told), status_code=429)
    except AccessError:
        told = words.text("Name and password do not match an account.")
        return HTMLResponse(_sign_in_page(words, wanted, told), status_code=401)
    answer = RedirectResponse(wanted, status_code=303)
    set_session_cookie(console, answer, token)
    return answer


def _set_up(console: Console, request: Request, form: dict[str, str]) -> Response:
    token, name, password = (form.get(field, "") for field in ("token", "name", "password"))
    try:
        user = console.accounts.set_up(token, name, password)
    except AccessError as error:
        return HTMLResponse(_set_up_page(_words(request), token, str(error)), status_code=400)
    console.audit.record(user.name, "set_up", user.name)
    answer = RedirectResponse("/", status_code=303)
    set_session_cookie(console, answer, begin_session(console, name, password, address_of(request)))
    return answer


def _words(request: Request) -> Catalogue:
    """The language of a stranger: what the address asks, else Chinese unless the browser wants English."""
    return catalogue(language_of(request.query_params.get("lang") or request.headers.get("accept-language")))


def _sign_in_page(words: Catalogue, wanted: str, error: str = "") -> str:
    fields = (
        _field("name", words.text("Name"), "text", "username")
        + _field("password", words.text("Password"), "password", "current-password")
        + f'<input type="hidden" name="next" value="{escape(wanted)}">'
    )
    other = "en" if words.language == "zh" else "zh"
    switch = f"{SIGN_IN}?lang={other}&next={quote(wanted, safe='')}"
    return _page(words, words.text("Sign in"), fields, words.text("Sign in"), error, switch)


def _set_up_page(words: Catalogue, token: str, error: str = "") -> str:
    hint = words.text("At least {count} characters.", count=SHORTEST_PASSWORD)
    fields = (
        _field("name", words.text("Name"), "text", "username")
        + _field("password", words.text("Password"), "password", "new-password", hint)
        + f'<input type="hidden" name="token" value="{escape(token)}">'
    )
    other = "en" if words.language == "zh" else "zh"
    switch = f"{SET_UP}?lang={other}&token={quote(token, safe='')}"
    title = words.text("Make the first administrator")
    return _page(words, title, fields, words.text("Make the account"), error, switch)


def _field(name: str, label: str, kind: str, autocomplete: str, hint: str = "") -> str:
    told = f'<p class="hint" id="{name}-hint">{escape(hint)}</p>' if hint else ""
    described = f' aria-describedby="{name}-hint"' if hint else ""
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" type="{kind}" '
        f'autocomplete="{autocomplete}" required{described}>{told}'
    )


def _page(words: Catalogue, title: str, fields: str, button: str, error: str, switch: str) -> str:
    told = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    other = "English" if words.language == "zh" else "中文"
    return (
        f'<!doctype html><html lang="{"zh-CN" if words.language == "zh" else "en"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · {escape(words.text('Opinion monitor'))}</title><style>{_STYLE}</style>"
        f"</head><body><main><h1>{escape(words.text('Opinion monitor'))}</h1><p>{escape(title)}</p>{told}"
        f'<form method="post">{fields}<button type="submit">{escape(button)}</button></form>'
        f'<footer><a href="{escape(switch)}" lang="{"en" if words.language == "zh" else "zh-CN"}">{other}</a>'
        "</footer></main></body></html>"
    )
