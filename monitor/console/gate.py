"""The gate in front of everything the console serves: who may pass, and what browsers are told to allow.

An ASGI middleware around pages, their assets and sockets, and the API. Without a session or a token nothing
is reached but signing in, the set-up link and ``/healthz``; a browser is sent to the sign-in page, a
program gets a 401. Requests of another site are refused, and so is what changes something by cookie without
the session's CSRF token.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.console.accounts import same_secret
from monitor.console.problems import problem
from monitor.console.services import Console, Identity, NotSignedInError
from monitor.language import message

SIGN_IN = "/sign-in"
SET_UP = "/set-up"
HEALTH = "/healthz"
SESSION = "/api/v1/session"
OPEN_PATHS = frozenset({SIGN_IN, SET_UP, HEALTH})
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = "bearer "
_NO_ANSWER = "No response returned."

_STRICT = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The page framework compiles its templates in the browser and starts from inline scripts.
_PAGES = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ASSETS = "/_nicegui/"


class Gate:
    """Lets those pass who are signed in; ``identity_of`` then says who they are."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._answered(scope, receive, _with_headers(scope, send, secure=self._console.secure))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, _with_headers(scope, send, secure=self._console.secure))

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass. Who left before there was an answer needs none; the framework calls that an
        error of its own."""
        left = False

        async def received() -> Message:
            nonlocal left
            told = await receive()
            left = left or told["type"] == "http.disconnect"
            return told

        try:
            await self._app(scope, received, send)
        except RuntimeError as error:
            if not left or str(error) != _NO_ANSWER:
                raise

    def _refusal(self, scope: Scope) -> Response | None:
        """Why this cannot pass, as an answer; None when it can."""
        headers, path = Headers(scope=scope), str(scope["path"])
        method = str(scope.get("method", "GET"))
        changes = method not in _SAFE or scope["type"] == "websocket"
        if changes and not _is_same_site(headers):
            return problem(403, "foreign_site", "a page of another site sent this request; it is refused")
        if path in OPEN_PATHS or (path == SESSION and method == "POST"):
            return None
        identity = self._identity(headers)
        if identity is None:
            return _not_signed_in(scope, headers)
        if identity.csrf is not None and method not in _SAFE and path.startswith("/api/"):
            given = headers.get(CSRF_HEADER, "")
            if not same_secret(given, identity.csrf):
                return problem(
                    403, "csrf", f"the request lacks the session's token in {CSRF_HEADER}; load the page anew"
                )
        scope.setdefault("state", {})["identity"] = identity
        return None

    def _identity(self, headers: Headers) -> Identity | None:
        authorization = headers.get("authorization")
        if authorization is not None:
            if not authorization.lower().startswith(_BEARER):
                return None
            return self._console.identify(bearer=authorization[len(_BEARER) :].strip())
        return self._console.identify(session=session_cookie(headers, self._console.cookie))


def identity_of(connection: HTTPConnection) -> Identity:
    """Who asks, as the gate found out.

    Raises:
        NotSignedInError: the connection did not come through the gate.
    """
    identity = getattr(connection.state, "identity", None)
    if not isinstance(identity, Identity):
        raise NotSignedInError(message("sign in first"))
    return identity


def session_cookie(headers: Headers, name: str) -> str | None:
    """The session's token in a request's cookies."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return None if morsel is None else morsel.value


def safe_path(wanted: str | None) -> str:
    """A path of this console to go on to; anything that could lead elsewhere becomes ``/``."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(wanted)
    unsafe = any(one <= " " or one == "\\" for one in wanted)
    return "/" if parts.scheme or parts.netloc or unsafe else wanted


def _is_same_site(headers: Headers) -> bool:
    """Whether a browser says that a page of ours sent this (programs say nothing)."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None and fetch_site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


def _not_signed_in(scope: Scope, headers: Headers) -> Response:
    path = str(scope["path"])
    wants_page = "text/html" in headers.get("accept", "") and not path.startswith("/api/")
    if wants_page and scope.get("method") == "GET":
        query = bytes(scope.get("query_string", b"")).decode("ascii", "replace")
        wanted = path + (f"?{query}" if query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(wanted, safe='')}", status_code=303)
    refused = problem(401, "not_signed_in", "sign in, or send a bearer token")
    refused.headers["www-authenticate"] = "Bearer"
    return refused


def _with_headers(scope: Scope, send: Send, *, secure: bool) -> Send:
    path = str(scope["path"])
    is_strict = path in OPEN_PATHS or path.startswith("/api/")

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _ALWAYS.items():
                headers[name] = value
            headers["content-security-policy"] = _STRICT if is_strict else _PAGES
            if not path.startswith(_ASSETS):
                headers["cache-control"] = "no-store"
            if secure:
                headers["strict-transport-security"] = "max-age=31536000"
        await send(message)

    return sending
