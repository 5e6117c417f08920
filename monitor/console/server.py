"""The console's web application: sign-in, API, and whatever pages are mounted on it, behind the gate."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response

from monitor import __version__
from monitor.console.api import PREFIX, api_routes
from monitor.console.gate import HEALTH, Gate
from monitor.console.openapi import describe
from monitor.console.problems import answer_with_problems, problem
from monitor.console.services import Console
from monitor.console.sign_in import sign_in_routes

OPENAPI = "/api/v1/openapi.json"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def build_app(console: Console) -> FastAPI:
    """The application without pages. Pages are mounted on it afterwards (``monitor.console.pages.site``): the
    gate stands before them too, and ``monitor.console.gate.identity_of`` says in a page function who asks.
    """
    app = FastAPI(
        title="opinion-monitor", version=__version__, docs_url=None, redoc_url=None, openapi_url=OPENAPI
    )
    answer_with_problems(app)

    @app.api_route(HEALTH, methods=["GET", "HEAD"], include_in_schema=False)
    def health() -> Response:
        return PlainTextResponse("ok\n")

    app.include_router(sign_in_routes(console))
    app.include_router(api_routes(console))
    describe(app)

    @app.api_route(f"{PREFIX}/{{rest:path}}", methods=list(_METHODS), include_in_schema=False)
    def nothing_here(rest: str) -> Response:
        """Before the pages, which would answer a program with one of theirs."""
        return problem(404, "http", f"{PREFIX}/{rest} is no address of the API for this method")

    app.add_middleware(Gate, console=console)
    return app
