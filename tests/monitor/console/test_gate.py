"""The gate: strangers reach nothing, other sites change nothing, and browsers are told so."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from nicegui import app as nicegui_app
from starlette.types import Message, Receive, Scope, Send

from monitor.console.accounts import csrf_of
from monitor.console.gate import HEALTH, OPEN_PATHS, SESSION, SET_UP, SIGN_IN, Gate, safe_path
from monitor.console.pages.site import add_pages
from tests.testkit.console import PASSWORD, TestConsole, a_console, ask, bearer
from tests.testkit.documents import a_document

SECRET = "这句话只给登录的人看"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    with a_console(tmp_path_factory.mktemp("gate"), [a_document(text=SECRET)]) as opened:
        opened.console.accounts.add("li", PASSWORD, "analyst")
        yield opened


def every_route(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Each method and path of an application, included routers and mounted applications too."""
    for context in iter_route_contexts(app.routes):
        for method in sorted(getattr(context, "methods", None) or {"GET"}):
            yield method, re.sub(r"\{\w+(:path)?\}", "x", str(context.path))


def test_a_stranger_reaches_nothing_but_sign_in_and_health(console: TestConsole) -> None:
    routes = list(every_route(console.app))
    for method, path in [*routes, *(("GET", path) for path in ("/", "/nowhere", "/_nicegui/x.js", "//"))]:
        if path in OPEN_PATHS or (method, path) == ("POST", SESSION):
            continue
        answer = ask(console.app, method, path)
        assert answer.status_code == 401, (method, path)
        assert SECRET not in answer.text


def test_a_watchman_may_ask_for_the_head_alone(console: TestConsole) -> None:
    for path in (HEALTH, SIGN_IN):
        assert ask(console.app, "HEAD", path).status_code == 200, path


def test_the_walk_sees_the_routes_of_the_api(console: TestConsole) -> None:
    walked = {path for _, path in every_route(console.app)}
    described = set(console.app.openapi()["paths"])
    assert {re.sub(r"\{\w+\}", "x", path) for path in described} <= walked
    assert {SIGN_IN, SET_UP, "/sign-out", HEALTH} <= walked
    assert len(described) > 12


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "opinion_session=guess"},
        {"cookie": "opinion_session="},
        {"cookie": "\x7f=;;opinion_session"},
        {"authorization": "Bearer guess"},
        {"authorization": "Bearer "},
        {"authorization": "Basic bGk6eA=="},
        {"x-forwarded-user": "li"},
    ],
)
def test_what_is_guessed_opens_nothing(console: TestConsole, headers: dict[str, str]) -> None:
    assert ask(console.app, "GET", "/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/sign-in/../api/v1/me", "/healthz/../api/v1/me", "/api/v1/session/../me"])
def test_a_detour_through_an_open_path_leads_nowhere(console: TestConsole, path: str) -> None:
    assert ask(console.app, "GET", path).status_code in {401, 404}


def test_a_browser_is_sent_to_the_sign_in_page_and_back(console: TestConsole) -> None:
    answer = ask(console.app, "GET", "/search?q=%E6%88%BF", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fsearch%3Fq%3D%25E6%2588%25BF"
    form = {"name": "li", "password": PASSWORD, "next": "/search?q=%E6%88%BF"}
    assert ask(console.app, "POST", SIGN_IN, data=form).headers["location"] == "/search?q=%E6%88%BF"


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/\n/x"]
)
def test_signing_in_leads_to_no_other_site(wanted: str) -> None:
    assert safe_path(wanted) == "/"


def session(console: TestConsole) -> dict[str, str]:
    return {"cookie": f"opinion_session={console.console.accounts.sign_in('li', PASSWORD, '::1')}"}


def test_a_session_cookie_opens_the_api_to_read(console: TestConsole) -> None:
    assert ask(console.app, "GET", "/api/v1/me", headers=session(console)).json()["name"] == "li"


def test_a_change_by_cookie_needs_the_token_of_the_session(console: TestConsole) -> None:
    headers, search = session(console), {"name": "x", "state": "q=x"}
    token = headers["cookie"].partition("=")[2]
    refused = ask(console.app, "POST", "/api/v1/searches", json=search, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:opinion-monitor:csrf")
    headers["x-csrf-token"] = csrf_of(token)
    assert ask(console.app, "POST", "/api/v1/searches", json=search, headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
@pytest.mark.parametrize("path", [SIGN_IN, SET_UP, SESSION, "/sign-out", "/api/v1/searches"])
def test_another_site_can_change_nothing(console: TestConsole, headers: dict[str, str], path: str) -> None:
    assert ask(console.app, "POST", path, headers=headers | session(console)).status_code == 403


def test_the_session_cookie_is_for_our_pages_requests_alone(console: TestConsole) -> None:
    answer = ask(console.app, "POST", SIGN_IN, data={"name": "li", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_behind_https_the_cookie_is_sent_no_other_way(tmp_path_factory: pytest.TempPathFactory) -> None:
    with a_console(tmp_path_factory.mktemp("secure"), secure=True) as opened:
        opened.console.accounts.add("li", PASSWORD, "viewer")
        answer = ask(opened.app, "POST", SIGN_IN, data={"name": "li", "password": PASSWORD})
    assert answer.headers["set-cookie"].startswith("__Host-opinion_session=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize("path", [SIGN_IN, SET_UP, HEALTH, "/api/v1/me", "/nowhere"])
def test_every_answer_tells_browsers_to_be_careful(console: TestConsole, path: str) -> None:
    headers = ask(console.app, "GET", path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_what_is_typed_into_sign_in_is_no_markup(console: TestConsole) -> None:
    answer = ask(console.app, "GET", SET_UP, params={"token": '"><script>alert(1)</script>'})
    assert "<script" not in answer.text
    answer = ask(console.app, "GET", SIGN_IN, params={"next": '/"><script>alert(1)</script>'})
    assert "<script" not in answer.text


def test_a_form_too_large_is_refused(console: TestConsole) -> None:
    assert ask(console.app, "POST", SIGN_IN, content=b"x" * 20_000).status_code == 400


def test_the_first_run_is_set_up_by_its_link_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    with a_console(tmp_path_factory.mktemp("set-up")) as opened:
        form = {"name": "root", "password": PASSWORD}
        token = opened.console.accounts.set_up_token()
        assert ask(opened.app, "POST", SET_UP, data=form | {"token": "guess"}).status_code == 400
        answer = ask(opened.app, "POST", SET_UP, data=form | {"token": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"].partition(";")[0]
        me = ask(opened.app, "GET", "/api/v1/me", headers={"cookie": cookie}).json()
    assert me["role"] == "administrator"


def test_failures_to_sign_in_stand_in_the_log_and_end_in_a_429(console: TestConsole) -> None:
    answers = [
        ask(console.app, "POST", SESSION, json={"name": "wang", "password": "x"}).status_code
        for _ in range(6)
    ]
    assert answers == [409] * 5 + [429]
    page = ask(console.app, "POST", SIGN_IN, data={"name": "wang", "password": "x"})
    assert page.status_code == 429
    assert 0 < int(page.headers["retry-after"]) <= 300
    assert len(console.console.audit.page(user="wang", action="sign_in_failed").entries) == 5


def test_signing_out_closes_the_door(console: TestConsole) -> None:
    headers = session(console)
    assert ask(console.app, "POST", "/sign-out", headers=headers).headers["location"] == SIGN_IN
    assert ask(console.app, "GET", "/api/v1/me", headers=headers).status_code == 401


def test_a_token_of_a_removed_account_opens_nothing(console: TestConsole) -> None:
    headers = bearer(console.console, "viewer", "temp")
    assert ask(console.app, "GET", "/api/v1/me", headers=headers).status_code == 200
    console.console.accounts.remove("temp")
    assert ask(console.app, "GET", "/api/v1/me", headers=headers).status_code == 401


def test_pages_their_files_and_their_socket_are_behind_the_gate_too(console: TestConsole) -> None:
    add_pages(console.app, console.console, ())
    routes = [*every_route(console.app), *every_route(nicegui_app)]
    paths = {path for _, path in routes}
    assert {"/search", "/record", "/campaigns", "/wall", "/audit"} <= paths
    prefixes = ("", "/_nicegui", "/_nicegui_ws")
    for method, path in [*routes, *(("GET", prefix + path) for path in paths for prefix in prefixes)]:
        if path in OPEN_PATHS or (method, path) == ("POST", SESSION):
            continue
        assert ask(console.app, method, path).status_code == 401, (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"cookie", b"opinion_session=guess")],
        [(b"origin", b"https://evil.example"), (b"host", b"console.test")],
    ],
)
def test_a_strangers_socket_is_closed(console: TestConsole, headers: list[tuple[bytes, bytes]]) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {
        "type": "websocket",
        "path": "/_nicegui_ws/socket.io/",
        "raw_path": b"/_nicegui_ws/socket.io/",
        "query_string": b"",
        "headers": headers,
        "subprotocols": [],
    }
    asyncio.run(console.app(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_a_socket_of_another_site_is_closed_for_staff_too(console: TestConsole) -> None:
    cookie = session(console)["cookie"].encode()
    test_a_strangers_socket_is_closed(
        console, [(b"cookie", cookie), (b"origin", b"https://evil.example"), (b"host", b"console.test")]
    )


@pytest.mark.parametrize("leaves", [True, False])
def test_who_leaves_before_the_answer_is_no_error(console: TestConsole, leaves: bool) -> None:
    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise RuntimeError("No response returned.")

    async def receive() -> Message:
        return {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "GET", "path": HEALTH, "headers": []}
    gate = Gate(framework, console.console)
    with nullcontext() if leaves else pytest.raises(RuntimeError):
        asyncio.run(gate(scope, receive, send))
