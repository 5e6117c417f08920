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
from monitor.console.pages.look import style_sheet
from monitor.console.reader_language import asked_language, keep_language, refusal, words_for
from monitor.console.services import Console
from monitor.console.sessions import (
    address_of,
    begin_session,
    end_session,
    form_of,
    set_session_cookie,
)
from monitor.errors import AccessError
from monitor.language import Catalogue


def sign_in_routes(console: Console) -> APIRouter:
    """The routes of both pages, and of signing out."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(SIGN_IN, methods=["GET", "HEAD"])
    def show(request: Request) -> Response:
        return HTMLResponse(_sign_in_page(words_for(request), safe_path(request.query_params.get("next"))))

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        return await run_in_threadpool(_signed_in, console, request, await form_of(request))

    @router.get(SET_UP)
    def show_set_up(request: Request) -> Response:
        if console.accounts.users():
            return RedirectResponse(SIGN_IN, status_code=303)
        return HTMLResponse(_set_up_page(words_for(request), request.query_params.get("token", "")))

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
    words, wanted = words_for(request), safe_path(form.get("next"))
    try:
        token = begin_session(console, form.get("name", ""), form.get("password", ""), address_of(request))
    except TooManyAttemptsError as error:
        told = words.text("Too many failed attempts. Try again in {seconds} s.", seconds=error.wait_seconds)
        headers = {"retry-after": str(error.wait_seconds)}
        return HTMLResponse(_sign_in_page(words, wanted, told), status_code=429, headers=headers)
    except AccessError:
        told = words.text("Name and password do not match an account.")
        return HTMLResponse(_sign_in_page(words, wanted, told), status_code=401)
    answer = RedirectResponse(wanted, status_code=303)
    set_session_cookie(console, answer, token)
    keep_language(answer, asked_language(request), secure=console.secure)
    return answer


def _set_up(console: Console, request: Request, form: dict[str, str]) -> Response:
    token, name, password = (form.get(field, "") for field in ("token", "name", "password"))
    try:
        user = console.accounts.set_up(token, name, password)
    except AccessError as error:
        words = words_for(request)
        return HTMLResponse(_set_up_page(words, token, refusal(words, error)), status_code=400)
    console.audit.record(user.name, "set_up", user.name)
    answer = RedirectResponse("/", status_code=303)
    set_session_cookie(console, answer, begin_session(console, name, password, address_of(request)))
    keep_language(answer, asked_language(request), secure=console.secure)
    return answer


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
    told = f'<p class="muted small" id="{name}-hint">{escape(hint)}</p>' if hint else ""
    described = f' aria-describedby="{name}-hint"' if hint else ""
    focus = " autofocus" if name == "name" else ""
    return (
        f'<div class="field"><label for="{name}">{escape(label)}</label><input class="input" id="{name}" '
        f'name="{name}" type="{kind}" autocomplete="{autocomplete}" required{described}{focus}>{told}</div>'
    )


def _page(words: Catalogue, title: str, fields: str, button: str, error: str, switch: str) -> str:
    told = f'<p class="note bad" role="alert">{escape(error)}</p>' if error else ""
    other, language = ("English", "en") if words.language == "zh" else ("中文", "zh-CN")
    logged = words.text("Only staff may look up what people wrote. Every look-up is logged.")
    return (
        f'<!doctype html><html lang="{"zh-CN" if words.language == "zh" else "en"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)} · {escape(words.text('Opinion monitor'))}</title>"
        f'<style>{style_sheet("light")}</style></head><body class="sheet"><main class="entrance">'
        f'<section class="card"><p class="centre">{escape(words.text("Opinion monitor"))}</p>'
        f"<h1>{escape(title)}</h1>{told}"
        f'<form method="post">{fields}'
        f'<button class="button first" type="submit">{escape(button)}</button></form>'
        f'<p class="muted small">{escape(logged)}</p>'
        f'<p class="small"><a href="{escape(switch)}" lang="{language}">{other}</a></p>'
        "</section></main></body></html>"
    )
